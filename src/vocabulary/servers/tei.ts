import { MODEL_FROM_TARGET, type MetricTable } from '../mapping.ts';

/** Hugging Face Text Embeddings Inference. It names no model; counters carry no `_total`. */
export const TEI: MetricTable = {
  system: 'tei',
  title: 'Hugging Face TEI',
  kind: 'server',
  source: 'https://github.com/huggingface/text-embeddings-inference/blob/main/router/src/prometheus.rs',
  prefixes: ['te_'],
  labels: { ...MODEL_FROM_TARGET, err: 'error_type' },
  add: { gen_ai_provider_name: 'tei' },
  lines: [
    { native: 'te_request_duration', type: 'histogram', to: 'gen_ai_server_request_duration_seconds' },
    { native: 'te_request_queue_duration', type: 'histogram', to: 'gen_ai_server_request_queue_seconds' },
    { native: 'te_request_inference_duration', type: 'histogram', to: 'gen_ai_server_inference_seconds' },
    {
      native: 'te_request_inference_duration',
      type: 'histogram',
      to: 'gen_ai_server_prefill_seconds',
      approximate: 'embeddings have no decode: all of the inference is prefill',
    },
    { native: 'te_queue_size', type: 'gauge', to: 'gen_ai_server_requests_waiting' },
    { native: 'te_request_input_length', type: 'histogram', to: 'gen_ai_server_prompt_tokens_total', from: 'sum' },
    { native: 'te_request_input_length', type: 'histogram', to: 'gen_ai_server_request_prompt_tokens' },
    { native: 'te_batch_next_tokens', type: 'histogram', to: 'gen_ai_server_batch_tokens' },
    { native: 'te_request_count', type: 'counter', to: 'gen_ai_server_requests_total' },
    { native: 'te_request_failure', type: 'counter', to: 'gen_ai_server_request_errors_total' },
    { native: 'te_request_success', type: 'counter' },
    { native: 'te_request_tokenization_duration', type: 'histogram' },
    { native: 'te_batch_next_size', type: 'histogram' },
    ...(['embed', 'predict'] as const).flatMap((task) => [
      { native: `te_${task}_count`, type: 'counter' as const, note: 'By task; the requests again.' },
      { native: `te_${task}_success`, type: 'counter' as const },
      { native: `te_${task}_duration`, type: 'histogram' as const },
      { native: `te_${task}_tokenization_duration`, type: 'histogram' as const },
      { native: `te_${task}_queue_duration`, type: 'histogram' as const },
      { native: `te_${task}_inference_duration`, type: 'histogram' as const },
    ]),
  ],
};
