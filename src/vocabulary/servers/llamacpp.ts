import { MODEL_FROM_TARGET, type MetricTable } from '../mapping.ts';

const MEAN_ONLY = 'cumulative time over tokens: the mean is known, quantiles are not';

/** llama.cpp's server. No labels, no latency histograms; rates named `…_seconds` are tokens per second. */
export const LLAMACPP: MetricTable = {
  system: 'llamacpp',
  title: 'llama.cpp',
  kind: 'server',
  source: 'https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md',
  prefixes: ['llamacpp:', 'llamacpp_'],
  labels: MODEL_FROM_TARGET,
  add: { gen_ai_provider_name: 'llamacpp' },
  lines: [
    {
      native: 'llamacpp:tokens_predicted_seconds_total',
      type: 'counter',
      to: 'gen_ai_server_inter_token_latency_seconds',
      as: 'sum',
      approximate: MEAN_ONLY,
    },
    {
      native: 'llamacpp:tokens_predicted_total',
      type: 'counter',
      to: 'gen_ai_server_inter_token_latency_seconds',
      as: 'count',
      approximate: MEAN_ONLY,
    },
    {
      native: 'llamacpp:tokens_predicted_seconds_total',
      type: 'counter',
      to: 'gen_ai_server_time_per_output_token_seconds',
      as: 'sum',
      approximate: MEAN_ONLY,
    },
    {
      native: 'llamacpp:tokens_predicted_total',
      type: 'counter',
      to: 'gen_ai_server_time_per_output_token_seconds',
      as: 'count',
      approximate: MEAN_ONLY,
    },
    {
      native: 'llamacpp:prompt_seconds_total',
      type: 'counter',
      to: 'gen_ai_server_prefill_seconds',
      as: 'sum',
      approximate: 'cumulative time; the number of requests is not exported, so no mean',
    },
    {
      native: 'llamacpp:tokens_predicted_seconds_total',
      type: 'counter',
      to: 'gen_ai_server_decode_seconds',
      as: 'sum',
      approximate: 'cumulative time; the number of requests is not exported, so no mean',
    },
    { native: 'llamacpp:requests_deferred', type: 'gauge', to: 'gen_ai_server_requests_waiting' },
    { native: 'llamacpp:requests_processing', type: 'gauge', to: 'gen_ai_server_requests_running' },
    { native: 'llamacpp:n_busy_slots_per_decode', type: 'gauge', to: 'gen_ai_server_batch_size' },
    { native: 'llamacpp:kv_cache_usage_ratio', type: 'gauge', to: 'gen_ai_server_kv_cache_usage_ratio' },
    { native: 'llamacpp:prompt_tokens_total', type: 'counter', to: 'gen_ai_server_prompt_tokens_total' },
    {
      native: 'llamacpp:prompt_tokens_cached_total',
      type: 'counter',
      to: 'gen_ai_server_prefix_cache_hit_tokens_total',
    },
    { native: 'llamacpp:tokens_predicted_total', type: 'counter', to: 'gen_ai_server_generation_tokens_total' },
    {
      native: 'llamacpp:predicted_tokens_seconds',
      type: 'gauge',
      to: 'gen_ai_server_generation_tokens_per_second',
      note: 'Tokens per second, though the name reads as seconds.',
    },
    { native: 'llamacpp:spec_decode_num_drafts_total', type: 'counter', to: 'gen_ai_server_spec_decode_drafts_total' },
    {
      native: 'llamacpp:spec_decode_num_draft_tokens_total',
      type: 'counter',
      to: 'gen_ai_server_spec_decode_draft_tokens_total',
    },
    {
      native: 'llamacpp:spec_decode_num_accepted_tokens_total',
      type: 'counter',
      to: 'gen_ai_server_spec_decode_accepted_tokens_total',
    },
    { native: 'llamacpp:spec_decode_num_accepted_tokens_per_pos_total', type: 'counter', note: 'By `position`.' },
    { native: 'llamacpp:prompt_tokens_seconds', type: 'gauge', note: 'Tokens per second, though it reads as seconds.' },
    { native: 'llamacpp:kv_cache_tokens', type: 'gauge' },
    { native: 'llamacpp:n_decode_total', type: 'counter' },
    { native: 'llamacpp:n_tokens_max', type: 'counter', note: 'A high-water mark; not to be rated.' },
  ],
};
