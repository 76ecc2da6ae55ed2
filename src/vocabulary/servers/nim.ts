import type { LabelFilter, MetricTable } from '../mapping.ts';

const REASON = { finished_reason: 'gen_ai_response_finish_reason' };
// Names without prefix may belong to anything: only series that name a model are taken.
const NAMES_A_MODEL: readonly LabelFilter[] = [{ label: 'model_name', op: '!=', value: '' }];

/**
 * NVIDIA NIM for LLMs, and the first version of trtllm-serve, whose names carry no prefix. Newer NIM images built on
 * vLLM show `vllm:` names instead.
 */
export const NIM: MetricTable = {
  system: 'nim',
  title: 'NVIDIA NIM',
  kind: 'server',
  source: 'https://docs.nvidia.com/nim/large-language-models/latest/observability.html',
  prefixes: [],
  labels: { model_name: 'gen_ai_request_model', engine_type: '' },
  add: { gen_ai_provider_name: 'nim' },
  lines: [
    {
      native: 'e2e_request_latency_seconds',
      type: 'histogram',
      to: 'gen_ai_server_request_duration_seconds',
      where: NAMES_A_MODEL,
    },
    {
      native: 'time_to_first_token_seconds',
      type: 'histogram',
      to: 'gen_ai_server_time_to_first_token_seconds',
      where: NAMES_A_MODEL,
    },
    {
      native: 'time_per_output_token_seconds',
      type: 'histogram',
      to: 'gen_ai_server_inter_token_latency_seconds',
      where: NAMES_A_MODEL,
    },
    {
      native: 'time_per_output_token_seconds',
      type: 'histogram',
      to: 'gen_ai_server_time_per_output_token_seconds',
      where: NAMES_A_MODEL,
      approximate: 'each gap between tokens, not the mean of a request',
    },
    {
      native: 'request_queue_time_seconds',
      type: 'histogram',
      to: 'gen_ai_server_request_queue_seconds',
      where: NAMES_A_MODEL,
    },
    { native: 'num_requests_waiting', type: 'gauge', to: 'gen_ai_server_requests_waiting', where: NAMES_A_MODEL },
    { native: 'num_requests_running', type: 'gauge', to: 'gen_ai_server_requests_running', where: NAMES_A_MODEL },
    { native: 'num_requests_running', type: 'gauge', to: 'gen_ai_server_batch_size', where: NAMES_A_MODEL },
    { native: 'gpu_cache_usage_perc', type: 'gauge', to: 'gen_ai_server_kv_cache_usage_ratio', where: NAMES_A_MODEL },
    { native: 'prompt_tokens_total', type: 'counter', to: 'gen_ai_server_prompt_tokens_total', where: NAMES_A_MODEL },
    {
      native: 'generation_tokens_total',
      type: 'counter',
      to: 'gen_ai_server_generation_tokens_total',
      where: NAMES_A_MODEL,
    },
    {
      native: 'request_prompt_tokens',
      type: 'histogram',
      to: 'gen_ai_server_request_prompt_tokens',
      where: NAMES_A_MODEL,
    },
    {
      native: 'request_generation_tokens',
      type: 'histogram',
      to: 'gen_ai_server_request_generation_tokens',
      where: NAMES_A_MODEL,
    },
    {
      native: 'request_success_total',
      type: 'counter',
      to: 'gen_ai_server_requests_total',
      where: NAMES_A_MODEL,
      labels: REASON,
      together: 'outcomes',
    },
    {
      native: 'request_failure_total',
      type: 'counter',
      to: 'gen_ai_server_requests_total',
      where: NAMES_A_MODEL,
      add: { error_type: '_OTHER' },
      together: 'outcomes',
    },
    {
      native: 'request_failure_total',
      type: 'counter',
      to: 'gen_ai_server_request_errors_total',
      where: NAMES_A_MODEL,
    },
    { native: 'request_finish_total', type: 'counter', note: 'The successes again, by `finished_reason`.' },
    { native: 'num_request_max', type: 'gauge' },
  ],
};
