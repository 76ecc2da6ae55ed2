import type { GenAiFacts } from '../../model/gen-ai.ts';
import type { Label } from '../../model/series.ts';
import type { Origin } from './derived-series.ts';
import type { Observations } from './observations.ts';
import { GEN_AI } from './metrics.ts';
import type { SeriesTable } from './series-table.ts';

/** Operations in which a model is called; only these have tokens of their own (an agent repeats those of its calls). */
const INFERENCE: ReadonlySet<string> = new Set(['chat', 'text_completion', 'generate_content', 'embeddings', 'rerank']);
/** Other calls that a client makes and waits for. */
const CLIENT_CALLS: ReadonlySet<string> = new Set([...INFERENCE, 'retrieval', 'create_agent', 'fetch_response']);

/** What a span of a GenAI application adds to the metrics of the conventions. */
export interface GenAiSpan {
  /** `job` and `instance` of the service, as OTLP metrics get them. */
  readonly target: readonly Label[];
  readonly facts: GenAiFacts;
  readonly durationSeconds: number;
  readonly isError: boolean;
  readonly origin: Origin;
}

/** Counts one GenAI span. */
export function countGenAiSpan(table: SeriesTable, into: Observations, span: GenAiSpan): void {
  const { facts, durationSeconds, origin, target } = span;
  const operation = facts.operation;
  if (operation === undefined) return;
  const error: Label[] = span.isError ? [['error_type', facts.errorType ?? '_OTHER']] : [];
  if (CLIENT_CALLS.has(operation)) {
    const labels = callLabels(span, operation);
    into.add(table.at(GEN_AI.duration, [...labels, ...error]), durationSeconds, origin);
    if (INFERENCE.has(operation)) countTokens(table, into, span, labels);
    return;
  }
  const named = (name: string, value: string | undefined): Label[] => [
    ...target,
    ...(value === undefined ? [] : [[name, value] as const]),
    ...error,
  ];
  switch (operation) {
    case 'execute_tool':
      into.add(table.at(GEN_AI.tool, named('gen_ai_tool_name', facts.tool)), durationSeconds, origin);
      break;
    case 'invoke_agent':
      into.add(table.at(GEN_AI.agent, named('gen_ai_agent_name', facts.agent)), durationSeconds, origin);
      break;
    case 'invoke_workflow':
      into.add(table.at(GEN_AI.workflow, named('gen_ai_workflow_name', facts.workflow)), durationSeconds, origin);
      break;
  }
}

function callLabels({ facts, target }: GenAiSpan, operation: string): Label[] {
  const labels: Label[] = [...target, ['gen_ai_operation_name', operation]];
  if (facts.provider !== undefined) labels.push(['gen_ai_provider_name', facts.provider]);
  if (facts.requestModel !== undefined) labels.push(['gen_ai_request_model', facts.requestModel]);
  if (facts.responseModel !== undefined) labels.push(['gen_ai_response_model', facts.responseModel]);
  return labels;
}

function countTokens(table: SeriesTable, into: Observations, span: GenAiSpan, labels: readonly Label[]): void {
  const { facts, origin } = span;
  if (facts.timeToFirstTokenSeconds !== undefined) {
    into.add(table.at(GEN_AI.firstChunk, labels), facts.timeToFirstTokenSeconds, origin);
  }
  for (const [tokenType, tokens] of [
    ['input', facts.inputTokens],
    ['output', facts.outputTokens],
  ] as const) {
    if (tokens === undefined) continue;
    into.add(table.at(GEN_AI.tokens, [...labels, ['gen_ai_token_type', tokenType]]), tokens, origin);
  }
  if (facts.cacheReadTokens !== undefined) into.add(table.at(GEN_AI.cacheRead, labels), facts.cacheReadTokens);
  if (facts.cacheWriteTokens !== undefined) into.add(table.at(GEN_AI.cacheWrite, labels), facts.cacheWriteTokens);
  if (facts.reasoningTokens !== undefined) into.add(table.at(GEN_AI.reasoning, labels), facts.reasoningTokens);
}
