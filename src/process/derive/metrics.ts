import { CLIENT_METRICS } from '../../vocabulary/genai.ts';
import type { DerivedMetric } from './series-table.ts';

/** Bounds of span durations in seconds: 2 ms doubled sixteen times, up to 65 s. */
const LATENCY_BUCKETS = Array.from({ length: 16 }, (_, i) => Number((0.002 * 2 ** i).toPrecision(6)));

/** Names and labels as Tempo's metrics generator and the Collector's span-metrics connector have them. */
export const SPAN_CALLS: DerivedMetric = {
  name: 'traces_spanmetrics_calls_total',
  type: 'counter',
  unit: '{call}',
  help: 'Spans that ended, by service, span_name, span_kind and status_code.',
};
export const SPAN_LATENCY: DerivedMetric = {
  name: 'traces_spanmetrics_latency',
  type: 'histogram',
  unit: 's',
  help: 'Duration of spans in seconds, by service, span_name, span_kind and status_code.',
  buckets: LATENCY_BUCKETS,
};

/** Metrics of the GenAI conventions, as an instrumented application would send them. */
export const GEN_AI = {
  duration: conventional('gen_ai_client_operation_duration_seconds'),
  firstChunk: conventional('gen_ai_client_operation_time_to_first_chunk_seconds'),
  tokens: conventional('gen_ai_client_token_usage'),
  cacheRead: conventional('gen_ai_client_inference_usage_cache_read_input_tokens_total'),
  cacheWrite: conventional('gen_ai_client_inference_usage_cache_write_input_tokens_total'),
  reasoning: conventional('gen_ai_client_inference_usage_reasoning_output_tokens_total'),
  agent: conventional('gen_ai_invoke_agent_duration_seconds'),
  tool: conventional('gen_ai_execute_tool_duration_seconds'),
  workflow: conventional('gen_ai_workflow_duration_seconds'),
} as const satisfies Record<string, DerivedMetric>;

function conventional(name: (typeof CLIENT_METRICS)[number]['name']): DerivedMetric {
  const metric = CLIENT_METRICS.find((candidate) => candidate.name === name)!;
  const buckets = 'buckets' in metric ? { buckets: metric.buckets } : {};
  return { name, type: metric.type, unit: metric.unit, help: `${metric.help} Made from spans.`, ...buckets };
}
