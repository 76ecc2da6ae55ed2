import type { MetricTable } from '../mapping.ts';

/** nvidia_gpu_exporter, which asks nvidia-smi; in base units already. */
export const NVIDIA_SMI: MetricTable = {
  system: 'nvidia-smi',
  title: 'nvidia_gpu_exporter (nvidia-smi)',
  kind: 'hardware',
  source: 'https://github.com/utkuozdemir/nvidia_gpu_exporter/blob/master/METRICS.md',
  prefixes: ['nvidia_smi_'],
  labels: { uuid: 'gpu_uuid' },
  lines: [
    { native: 'nvidia_smi_utilization_gpu_ratio', type: 'gauge', to: 'gpu_utilization_ratio' },
    { native: 'nvidia_smi_utilization_memory_ratio', type: 'gauge', to: 'gpu_memory_active_ratio' },
    { native: 'nvidia_smi_memory_used_bytes', type: 'gauge', to: 'gpu_memory_used_bytes' },
    { native: 'nvidia_smi_memory_free_bytes', type: 'gauge', to: 'gpu_memory_free_bytes' },
    { native: 'nvidia_smi_memory_total_bytes', type: 'gauge', to: 'gpu_memory_total_bytes' },
    { native: 'nvidia_smi_power_draw_watts', type: 'gauge', to: 'gpu_power_watts' },
    { native: 'nvidia_smi_enforced_power_limit_watts', type: 'gauge', to: 'gpu_power_limit_watts' },
    { native: 'nvidia_smi_temperature_gpu', type: 'gauge', to: 'gpu_temperature_celsius' },
    { native: 'nvidia_smi_temperature_memory', type: 'gauge', to: 'gpu_memory_temperature_celsius' },
    { native: 'nvidia_smi_clocks_current_sm_clock_hz', type: 'gauge', to: 'gpu_sm_clock_hertz' },
    { native: 'nvidia_smi_clocks_current_memory_clock_hz', type: 'gauge', to: 'gpu_memory_clock_hertz' },
  ],
};
