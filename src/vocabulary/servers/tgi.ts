import { MODEL_FROM_TARGET, type MetricTable } from '../mapping.ts';

/**
 * Hugging Face Text Generation Inference. It names no model: the label comes from the target's own labels. It exports
 * no time to first token. Counters carry no `_total`.
 */
export const TGI: MetricTable = {
  system: 'tgi',
  title: 'Hugging Face TGI',
  kind: 'server',
  source: 'https://huggingface.co/docs/text-generation-inference/reference/metrics',
  prefixes: ['tgi_'],
  labels: { ...MODEL_FROM_TARGET, err: 'error_type' },
  add: { gen_ai_provider_name: 'tgi' },
  lines: [
    { native: 'tgi_request_duration', type: 'histogram', to: 'gen_ai_server_request_duration_seconds' },
    {
      native: 'tgi_request_mean_time_per_token_duration',
      type: 'histogram',
      to: 'gen_ai_server_time_per_output_token_seconds',
    },
    {
      native: 'tgi_request_mean_time_per_token_duration',
      type: 'histogram',
      to: 'gen_ai_server_inter_token_latency_seconds',
      approximate: 'the mean of each request, not each gap between tokens',
    },
    { native: 'tgi_request_queue_duration', type: 'histogram', to: 'gen_ai_server_request_queue_seconds' },
    { native: 'tgi_request_inference_duration', type: 'histogram', to: 'gen_ai_server_inference_seconds' },
    {
      native: 'tgi_batch_inference_duration',
      type: 'histogram',
      to: 'gen_ai_server_prefill_seconds',
      where: [{ label: 'method', op: '=', value: 'prefill' }],
      labels: { method: '' },
      approximate: 'one observation a batch, not a request',
    },
    { native: 'tgi_queue_size', type: 'gauge', to: 'gen_ai_server_requests_waiting' },
    { native: 'tgi_batch_current_size', type: 'gauge', to: 'gen_ai_server_requests_running' },
    { native: 'tgi_batch_current_size', type: 'gauge', to: 'gen_ai_server_batch_size' },
    {
      native: 'tgi_batch_current_max_tokens',
      type: 'gauge',
      to: 'gen_ai_server_kv_cache_usage_ratio',
      operand: { op: 'divide', native: 'tgi_batch_max_total_tokens' },
      approximate: 'tokens reserved by the batch over its budget',
    },
    { native: 'tgi_batch_max_total_tokens', type: 'gauge' },
    {
      native: 'tgi_request_input_length',
      type: 'histogram',
      to: 'gen_ai_server_prompt_tokens_total',
      from: 'sum',
    },
    {
      native: 'tgi_request_generated_tokens',
      type: 'histogram',
      to: 'gen_ai_server_generation_tokens_total',
      from: 'sum',
    },
    { native: 'tgi_request_input_length', type: 'histogram', to: 'gen_ai_server_request_prompt_tokens' },
    { native: 'tgi_request_generated_tokens', type: 'histogram', to: 'gen_ai_server_request_generation_tokens' },
    { native: 'tgi_request_count', type: 'counter', to: 'gen_ai_server_requests_total' },
    { native: 'tgi_request_failure', type: 'counter', to: 'gen_ai_server_request_errors_total' },
    { native: 'tgi_request_success', type: 'counter' },
    { native: 'tgi_request_validation_duration', type: 'histogram' },
    { native: 'tgi_request_max_new_tokens', type: 'histogram' },
    { native: 'tgi_request_skipped_tokens', type: 'summary', note: 'Speculated tokens; a summary on the wire.' },
    { native: 'tgi_batch_next_size', type: 'histogram' },
    { native: 'tgi_batch_inference_count', type: 'counter', note: 'By `method`: prefill or decode.' },
    { native: 'tgi_batch_inference_success', type: 'counter' },
    { native: 'tgi_batch_inference_failure', type: 'counter' },
    { native: 'tgi_batch_forward_duration', type: 'histogram' },
    { native: 'tgi_batch_decode_duration', type: 'histogram' },
    { native: 'tgi_batch_filter_duration', type: 'histogram' },
    { native: 'tgi_batch_concat_duration', type: 'histogram' },
    { native: 'tgi_batch_concat', type: 'counter' },
  ],
};
