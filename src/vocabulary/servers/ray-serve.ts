import type { MetricTable } from '../mapping.ts';

/** Ray Serve's proxies and replicas. The engines inside show as `ray_vllm_…`, which is in the table of vLLM. */
export const RAY_SERVE: MetricTable = {
  system: 'ray-serve',
  title: 'Ray Serve',
  kind: 'gateway',
  source: 'https://docs.ray.io/en/latest/serve/monitoring.html',
  prefixes: ['ray_serve_', 'serve_'],
  labels: { status_code: 'status_code', error_code: 'error_type' },
  add: { gen_ai_provider_name: 'ray-serve' },
  lines: [
    {
      native: 'ray_serve_http_request_latency_ms',
      type: 'histogram',
      to: 'gen_ai_gateway_request_duration_seconds',
      scale: 1e-3,
    },
    {
      native: 'ray_serve_deployment_processing_latency_ms',
      type: 'histogram',
      to: 'gen_ai_gateway_upstream_duration_seconds',
      scale: 1e-3,
    },
    { native: 'ray_serve_num_http_requests_total', type: 'counter', to: 'gen_ai_gateway_requests_total' },
    { native: 'ray_serve_num_http_requests', type: 'counter', to: 'gen_ai_gateway_requests_total' },
    { native: 'ray_serve_num_http_error_requests_total', type: 'counter', to: 'gen_ai_gateway_request_errors_total' },
    { native: 'ray_serve_num_http_error_requests', type: 'counter', to: 'gen_ai_gateway_request_errors_total' },
    { native: 'ray_serve_deployment_queued_queries', type: 'gauge', to: 'gen_ai_gateway_requests_waiting' },
    { native: 'ray_serve_replica_processing_queries', type: 'gauge', to: 'gen_ai_gateway_requests_running' },
    { native: 'ray_serve_num_ongoing_requests_at_replicas', type: 'gauge', to: 'gen_ai_gateway_requests_running' },
    {
      native: 'ray_serve_multiplexed_model_load_latency_ms',
      type: 'histogram',
      note: 'Milliseconds; model loads of multiplexed deployments.',
    },
    { native: 'ray_serve_deployment_request_counter_total', type: 'counter' },
    { native: 'ray_serve_deployment_error_counter_total', type: 'counter' },
    { native: 'ray_serve_deployment_replica_healthy', type: 'gauge' },
    { native: 'ray_serve_deployment_replica_starts_total', type: 'counter' },
    { native: 'ray_serve_autoscaling_target_replicas', type: 'gauge' },
  ],
};
