import type { LabelFilter, MetricTable } from '../mapping.ts';

const MEAN_ONLY = 'cumulative time: the mean is known, quantiles are not';
// Names such as `MemoryUsed` may belong to anything: TorchServe's carry a Level.
const FROM_TORCHSERVE: readonly LabelFilter[] = [{ label: 'Level', op: '!=', value: '' }];
const GPU = { DeviceId: 'gpu', Level: '' };
const MIB = 1024 * 1024;

/** TorchServe: CamelCase names without prefix, last values instead of distributions, `Hostname` beside `hostname`. */
export const TORCHSERVE: MetricTable = {
  system: 'torchserve',
  title: 'TorchServe',
  kind: 'server',
  source: 'https://docs.pytorch.org/serve/metrics.html',
  prefixes: [],
  labels: {
    model_name: 'gen_ai_request_model',
    ModelName: 'gen_ai_request_model',
    model_version: 'model_version',
    Hostname: 'host_name',
    hostname: 'host_name',
  },
  add: { gen_ai_provider_name: 'torchserve' },
  lines: [
    {
      native: 'ts_inference_latency_microseconds',
      type: 'counter',
      to: 'gen_ai_server_request_duration_seconds',
      as: 'sum',
      scale: 1e-6,
      approximate: MEAN_ONLY,
    },
    {
      native: 'ts_inference_requests_total',
      type: 'counter',
      to: 'gen_ai_server_request_duration_seconds',
      as: 'count',
      approximate: MEAN_ONLY,
    },
    {
      native: 'ts_queue_latency_microseconds',
      type: 'counter',
      to: 'gen_ai_server_request_queue_seconds',
      as: 'sum',
      scale: 1e-6,
      approximate: MEAN_ONLY,
    },
    {
      native: 'ts_inference_requests_total',
      type: 'counter',
      to: 'gen_ai_server_request_queue_seconds',
      as: 'count',
      approximate: MEAN_ONLY,
    },
    { native: 'ts_inference_requests_total', type: 'counter', to: 'gen_ai_server_requests_total' },
    {
      native: 'Requests5XX',
      type: 'counter',
      to: 'gen_ai_server_request_errors_total',
      where: FROM_TORCHSERVE,
      labels: { Level: '' },
      add: { error_type: '5XX' },
    },
    { native: 'Requests4XX', type: 'counter' },
    { native: 'Requests2XX', type: 'counter' },
    {
      native: 'WorkerLoadTime',
      type: 'gauge',
      to: 'gen_ai_server_model_load_seconds',
      scale: 1e-3,
      where: FROM_TORCHSERVE,
      labels: { Level: '' },
    },
    {
      native: 'GPUUtilization',
      type: 'gauge',
      to: 'gpu_utilization_ratio',
      scale: 0.01,
      where: FROM_TORCHSERVE,
      labels: GPU,
    },
    {
      native: 'GPUMemoryUsed',
      type: 'gauge',
      to: 'gpu_memory_used_bytes',
      scale: MIB,
      where: FROM_TORCHSERVE,
      labels: GPU,
    },
    {
      native: 'CPUUtilization',
      type: 'gauge',
      to: 'host_cpu_usage_ratio',
      scale: 0.01,
      where: FROM_TORCHSERVE,
      labels: { Level: '' },
    },
    {
      native: 'MemoryAvailable',
      type: 'gauge',
      to: 'host_memory_available_bytes',
      scale: MIB,
      where: FROM_TORCHSERVE,
      labels: { Level: '' },
    },
    { native: 'QueueTime', type: 'gauge', note: 'Milliseconds of the last request; a sample, not a mean.' },
    { native: 'WorkerThreadTime', type: 'gauge' },
    { native: 'HandlerTime', type: 'gauge' },
    { native: 'PredictionTime', type: 'gauge' },
    { native: 'GPUMemoryUtilization', type: 'gauge' },
    { native: 'MemoryUsed', type: 'gauge' },
    { native: 'MemoryUtilization', type: 'gauge' },
    { native: 'DiskAvailable', type: 'gauge' },
    { native: 'DiskUsage', type: 'gauge' },
    { native: 'DiskUtilization', type: 'gauge' },
  ],
};
