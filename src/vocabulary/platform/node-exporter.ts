import type { MetricTable } from '../mapping.ts';

/** Prometheus's node_exporter: the machine under the model. */
export const NODE_EXPORTER: MetricTable = {
  system: 'node',
  title: 'node_exporter',
  kind: 'platform',
  source: 'https://github.com/prometheus/node_exporter',
  prefixes: ['node_'],
  lines: [
    { native: 'node_cpu_seconds_total', type: 'counter', to: 'host_cpu_seconds_total' },
    { native: 'node_memory_MemTotal_bytes', type: 'gauge', to: 'host_memory_total_bytes' },
    { native: 'node_memory_MemAvailable_bytes', type: 'gauge', to: 'host_memory_available_bytes' },
    { native: 'node_load1', type: 'gauge', to: 'host_load1' },
    { native: 'node_filesystem_size_bytes', type: 'gauge', to: 'host_filesystem_size_bytes' },
    { native: 'node_filesystem_avail_bytes', type: 'gauge', to: 'host_filesystem_available_bytes' },
    { native: 'node_network_receive_bytes_total', type: 'counter', to: 'host_network_receive_bytes_total' },
    { native: 'node_network_transmit_bytes_total', type: 'counter', to: 'host_network_transmit_bytes_total' },
    { native: 'node_disk_io_time_seconds_total', type: 'counter', to: 'host_disk_io_seconds_total' },
  ],
};
