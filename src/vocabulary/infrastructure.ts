import { GPU_IDENTITY, TARGET_IDENTITY, type CanonicalMetric } from './canonical.ts';

/** GPUs, in base units; labels `gpu_uuid`, `gpu` (index on the host), `gpu_model`, `host_name`. */
export const GPU_METRICS = [
  gauge('gpu_utilization_ratio', '1', 'Share of time in which a kernel ran on the GPU, 0 to 1.'),
  gauge('gpu_sm_active_ratio', '1', 'Share of cycles in which a multiprocessor had work, 0 to 1.'),
  gauge('gpu_sm_occupancy_ratio', '1', 'Share of warps resident on the multiprocessors, 0 to 1.'),
  gauge('gpu_tensor_active_ratio', '1', 'Share of cycles in which the tensor cores were busy, 0 to 1.'),
  gauge('gpu_memory_active_ratio', '1', 'Share of cycles in which the memory interface was busy, 0 to 1.'),
  gauge('gpu_memory_used_bytes', 'By', 'GPU memory in use.'),
  gauge('gpu_memory_free_bytes', 'By', 'GPU memory not in use.'),
  gauge('gpu_memory_total_bytes', 'By', 'GPU memory there is.'),
  gauge('gpu_power_watts', 'W', 'Power drawn.'),
  gauge('gpu_power_limit_watts', 'W', 'Power allowed.'),
  { name: 'gpu_energy_joules_total', type: 'counter', unit: 'J', help: 'Energy used.', identity: GPU_IDENTITY },
  gauge('gpu_temperature_celsius', 'Cel', 'Temperature of the GPU.'),
  gauge('gpu_memory_temperature_celsius', 'Cel', 'Temperature of the GPU’s memory.'),
  gauge('gpu_sm_clock_hertz', 'Hz', 'Clock of the multiprocessors.'),
  gauge('gpu_memory_clock_hertz', 'Hz', 'Clock of the memory.'),
  gauge('gpu_xid_last_code', '1', 'Code of the last Xid error (not a count); 0 when there was none.'),
  gauge('gpu_xid_errors', '{error}', 'Xid errors in the exporter’s window, by code.'),
  {
    name: 'gpu_ecc_errors_total',
    type: 'counter',
    unit: '{error}',
    help: 'Memory errors since the driver was loaded; label `error_type` is corrected or uncorrected.',
    identity: GPU_IDENTITY,
  },
  gauge('gpu_remapped_rows', '{row}', 'Memory rows remapped; label `error_type` is corrected or uncorrected.'),
  gauge('gpu_throttle_reasons', '1', 'Bit set of reasons for a lowered clock.'),
  {
    name: 'gpu_pcie_replays_total',
    type: 'counter',
    unit: '{event}',
    help: 'Retries on the PCIe link.',
    identity: GPU_IDENTITY,
  },
] as const satisfies readonly CanonicalMetric[];

/** The machine and the process beside the model. */
export const HOST_METRICS = [
  {
    name: 'host_cpu_seconds_total',
    type: 'counter',
    unit: 's',
    help: 'CPU time by `cpu` and `mode`.',
    identity: TARGET_IDENTITY,
  },
  host('host_cpu_usage_ratio', '1', 'Share of the CPUs in use, 0 to 1, where a server reports the ratio itself.'),
  host('host_memory_total_bytes', 'By', 'Memory of the machine.'),
  host('host_memory_available_bytes', 'By', 'Memory that can be had without swapping.'),
  host('host_load1', '1', 'Load average of one minute.'),
  host('host_filesystem_size_bytes', 'By', 'Size of a file system.'),
  host('host_filesystem_available_bytes', 'By', 'Space left on a file system.'),
  {
    name: 'host_network_receive_bytes_total',
    type: 'counter',
    unit: 'By',
    help: 'Bytes received, by `device`.',
    identity: TARGET_IDENTITY,
  },
  {
    name: 'host_network_transmit_bytes_total',
    type: 'counter',
    unit: 'By',
    help: 'Bytes sent, by `device`.',
    identity: TARGET_IDENTITY,
  },
  {
    name: 'host_disk_io_seconds_total',
    type: 'counter',
    unit: 's',
    help: 'Time a disk was busy, by `device`.',
    identity: TARGET_IDENTITY,
  },
] as const satisfies readonly CanonicalMetric[];

interface GpuGauge<Name extends string> extends CanonicalMetric {
  readonly name: Name;
  readonly type: 'gauge';
}

function gauge<const Name extends string>(name: Name, unit: string, help: string): GpuGauge<Name> {
  return { name, type: 'gauge', unit, help, identity: GPU_IDENTITY };
}

function host<const Name extends string>(name: Name, unit: string, help: string): GpuGauge<Name> {
  return { name, type: 'gauge', unit, help, identity: TARGET_IDENTITY };
}
