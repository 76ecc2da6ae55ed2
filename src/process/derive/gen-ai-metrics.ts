import type { GenAiFacts } from '../../model/gen-ai.ts';
import type { Label } from '../../model/series.ts';
import { SPAN_STATUS, type SpanBatch } from '../../model/span.ts';
import { originOf, type DerivedSeries } from './derived-series.ts';
import { GEN_AI } from './metrics.ts';
import type { Observations } from './observations.ts';
import type { DerivedMetric, SeriesTable } from './series-table.ts';
import { secondsOf } from './span-calls.ts';

/** Operations in which a model is called; only these have tokens of their own (an agent repeats those of its calls). */
const INFERENCE: ReadonlySet<string> = new Set(['chat', 'text_completion', 'generate_content', 'embeddings', 'rerank']);
/** Other calls that a client makes and waits for. */
const CLIENT_CALLS: ReadonlySet<string> = new Set([...INFERENCE, 'retrieval', 'create_agent', 'fetch_response']);
/** Operations with a duration metric of their own, and the fact and label that name the thing done. */
const NAMED: Readonly<Record<string, { metric: DerivedMetric; label: string; fact: 'tool' | 'agent' | 'workflow' }>> = {
  execute_tool: { metric: GEN_AI.tool, label: 'gen_ai_tool_name', fact: 'tool' },
  invoke_agent: { metric: GEN_AI.agent, label: 'gen_ai_agent_name', fact: 'agent' },
  invoke_workflow: { metric: GEN_AI.workflow, label: 'gen_ai_workflow_name', fact: 'workflow' },
};

/** Series of one combination of service, operation, model and outcome. */
interface Place {
  readonly duration: DerivedSeries;
  /** Series that only some spans feed, made when one does. */
  readonly optional: Map<DerivedMetric | string, DerivedSeries>;
  readonly labels: readonly Label[];
  readonly isInference: boolean;
  slowestRow: number;
  slowestSeconds: number;
}

/**
 * Counts the GenAI spans of a batch into the metrics of the conventions.
 * @param targetOf `job` and `instance` of a span's service, undefined if it sends such metrics itself
 */
export function countGenAiSpans(
  batch: SpanBatch,
  table: SeriesTable,
  into: Observations,
  targetOf: (resource: number) => readonly Label[] | undefined,
): void {
  const places = new Map<string, Place | undefined>();
  for (let row = 0; row < batch.length; row++) {
    const facts = batch.genAi[row];
    if (facts?.operation === undefined) continue;
    const resource = batch.resourceIndex[row]!;
    const error = batch.statusCode[row] === SPAN_STATUS.ERROR ? (facts.errorType ?? '_OTHER') : '';
    // One key a span; the labels are put together once a batch and combination (bench: process/pipeline).
    const key = `${resource}\0${facts.operation}\0${facts.provider}\0${facts.requestModel}\0${facts.responseModel}\0${facts.tool}\0${facts.agent}\0${facts.workflow}\0${error}`;
    let place = places.get(key);
    if (place === undefined) {
      if (places.has(key)) continue;
      const target = targetOf(resource);
      place = target && makePlace(table, target, facts, error, row);
      places.set(key, place);
      if (place === undefined) continue;
    }
    const seconds = secondsOf(batch, row);
    into.add(place.duration, seconds);
    if (seconds > place.slowestSeconds) {
      place.slowestSeconds = seconds;
      place.slowestRow = row;
    }
    if (place.isInference) countTokens(table, into, place, facts);
  }
  for (const place of places.values()) {
    if (place === undefined) continue;
    const origin = originOf(batch, place.slowestRow);
    into.exemplify(place.duration, place.slowestSeconds, origin);
    const ttft = batch.genAi[place.slowestRow]?.timeToFirstTokenSeconds;
    const firstChunk = place.optional.get(GEN_AI.firstChunk);
    if (firstChunk !== undefined && ttft !== undefined) into.exemplify(firstChunk, ttft, origin);
  }
}

function makePlace(
  table: SeriesTable,
  target: readonly Label[],
  facts: GenAiFacts,
  errorType: string,
  row: number,
): Place | undefined {
  const operation = facts.operation!;
  const error: Label[] = errorType === '' ? [] : [['error_type', errorType]];
  const common = { optional: new Map<DerivedMetric | string, DerivedSeries>(), slowestRow: row, slowestSeconds: -1 };
  if (CLIENT_CALLS.has(operation)) {
    const labels = callLabels(target, facts, operation);
    const duration = table.at(GEN_AI.duration, [...labels, ...error]);
    return { ...common, duration, labels, isInference: INFERENCE.has(operation) };
  }
  const named = Object.hasOwn(NAMED, operation) ? NAMED[operation] : undefined;
  if (named === undefined) return undefined;
  const name = facts[named.fact];
  const labels: Label[] = [...target, ...(name === undefined ? [] : [[named.label, name] as const]), ...error];
  return { ...common, duration: table.at(named.metric, labels), labels, isInference: false };
}

function callLabels(target: readonly Label[], facts: GenAiFacts, operation: string): Label[] {
  const labels: Label[] = [...target, ['gen_ai_operation_name', operation]];
  if (facts.provider !== undefined) labels.push(['gen_ai_provider_name', facts.provider]);
  if (facts.requestModel !== undefined) labels.push(['gen_ai_request_model', facts.requestModel]);
  if (facts.responseModel !== undefined) labels.push(['gen_ai_response_model', facts.responseModel]);
  return labels;
}

function countTokens(table: SeriesTable, into: Observations, place: Place, facts: GenAiFacts): void {
  const count = (metric: DerivedMetric, amount: number | undefined): void => {
    if (amount === undefined) return;
    let series = place.optional.get(metric);
    if (series === undefined) place.optional.set(metric, (series = table.at(metric, place.labels)));
    into.add(series, amount);
  };
  const countDirection = (direction: 'input' | 'output', amount: number | undefined): void => {
    if (amount === undefined) return;
    let series = place.optional.get(direction);
    if (series === undefined) {
      series = table.at(GEN_AI.tokens, [...place.labels, ['gen_ai_token_type', direction]]);
      place.optional.set(direction, series);
    }
    into.add(series, amount);
  };
  count(GEN_AI.firstChunk, facts.timeToFirstTokenSeconds);
  countDirection('input', facts.inputTokens);
  countDirection('output', facts.outputTokens);
  count(GEN_AI.cacheRead, facts.cacheReadTokens);
  count(GEN_AI.cacheWrite, facts.cacheWriteTokens);
  count(GEN_AI.reasoning, facts.reasoningTokens);
}
