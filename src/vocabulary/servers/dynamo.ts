import type { MetricTable } from '../mapping.ts';

/**
 * NVIDIA Dynamo: the front end is a gateway before the workers, whose engines export their own families beside
 * `dynamo_component_*`; both are never added.
 */
export const DYNAMO: MetricTable = {
  system: 'dynamo',
  title: 'NVIDIA Dynamo',
  kind: 'gateway',
  source: 'https://github.com/ai-dynamo/dynamo/blob/main/docs/observability/metrics.md',
  prefixes: ['dynamo_'],
  labels: { model: 'gen_ai_request_model', status: 'status' },
  add: { gen_ai_provider_name: 'dynamo' },
  lines: [
    {
      native: 'dynamo_frontend_request_duration_seconds',
      type: 'histogram',
      to: 'gen_ai_gateway_request_duration_seconds',
    },
    {
      native: 'dynamo_frontend_time_to_first_token_seconds',
      type: 'histogram',
      to: 'gen_ai_gateway_time_to_first_token_seconds',
    },
    {
      native: 'dynamo_frontend_inter_token_latency_seconds',
      type: 'histogram',
      to: 'gen_ai_gateway_inter_token_latency_seconds',
    },
    {
      native: 'dynamo_frontend_input_sequence_tokens',
      type: 'histogram',
      to: 'gen_ai_gateway_input_tokens_total',
      from: 'sum',
    },
    {
      native: 'dynamo_frontend_output_sequence_tokens',
      type: 'histogram',
      to: 'gen_ai_gateway_output_tokens_total',
      from: 'sum',
    },
    {
      native: 'dynamo_frontend_input_sequence_tokens',
      type: 'histogram',
      to: 'gen_ai_gateway_request_input_tokens',
    },
    {
      native: 'dynamo_frontend_output_sequence_tokens',
      type: 'histogram',
      to: 'gen_ai_gateway_request_output_tokens',
    },
    { native: 'dynamo_frontend_queued_requests', type: 'gauge', to: 'gen_ai_gateway_requests_waiting' },
    { native: 'dynamo_frontend_inflight_requests', type: 'gauge', to: 'gen_ai_gateway_requests_running' },
    { native: 'dynamo_frontend_active_requests', type: 'gauge', to: 'gen_ai_gateway_requests_running' },
    { native: 'dynamo_frontend_requests_total', type: 'counter', to: 'gen_ai_gateway_requests_total' },
    {
      native: 'dynamo_frontend_requests_total',
      type: 'counter',
      to: 'gen_ai_gateway_request_errors_total',
      where: [{ label: 'status', op: '=', value: 'error' }],
    },
    {
      native: 'dynamo_component_gpu_cache_usage_percent',
      type: 'gauge',
      to: 'gen_ai_server_kv_cache_usage_ratio',
      note: 'A ratio 0 to 1, in spite of its name.',
    },
    { native: 'dynamo_component_model_load_time_seconds', type: 'gauge', to: 'gen_ai_server_model_load_seconds' },
    { native: 'dynamo_component_total_blocks', type: 'gauge' },
    { native: 'dynamo_component_uptime_seconds', type: 'gauge' },
  ],
};
