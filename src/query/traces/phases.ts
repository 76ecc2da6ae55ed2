import type { TreeSpan } from './span-tree.ts';

export type PhaseName = 'queue' | 'prefill' | 'decode' | 'waiting-for-first-token' | 'streaming' | 'whole';

/** A part of a model call; milliseconds from the trace's start. */
export interface CallPhase {
  readonly phase: PhaseName;
  readonly startMs: number;
  readonly endMs: number;
}

/** Seconds, as vLLM's spans say them. @see https://docs.vllm.ai/en/latest/examples/online_serving/opentelemetry/ */
const QUEUE = 'gen_ai.latency.time_in_queue';
const PREFILL = 'gen_ai.latency.time_in_model_prefill';
const DECODE = 'gen_ai.latency.time_in_model_decode';

/**
 * The phases of a model call, in order and without overlap, filling the span. An engine's span names queue, prefill
 * and decode; a caller's span only knows when the first token came; without that it is one whole.
 * Spans that are no model call have none.
 */
export function phasesOf(node: TreeSpan): CallPhase[] {
  if (node.category !== 'model') return [];
  const { span, startMs, endMs } = node;
  if (span.operation === null || span.operation === 'embeddings') return [];
  const seconds = (key: string): number | undefined => {
    const value = span.attributes[key];
    return typeof value === 'number' && value >= 0 ? value : undefined;
  };
  const ttft = span.ttftSeconds ?? undefined;
  const queue = seconds(QUEUE);
  const prefill =
    seconds(PREFILL) ?? (queue !== undefined && ttft !== undefined ? Math.max(0, ttft - queue) : undefined);
  if (queue !== undefined && prefill !== undefined) {
    const decode = seconds(DECODE);
    return cut(startMs, endMs, [
      ['queue', queue],
      ['prefill', prefill],
      ['decode', decode === undefined ? Infinity : Math.max(decode, (endMs - startMs) / 1000 - queue - prefill)],
    ]);
  }
  if (ttft !== undefined) {
    return cut(startMs, endMs, [
      ['waiting-for-first-token', ttft],
      ['streaming', Infinity],
    ]);
  }
  return [{ phase: 'whole', startMs, endMs }];
}

function cut(startMs: number, endMs: number, parts: readonly (readonly [PhaseName, number])[]): CallPhase[] {
  const phases: CallPhase[] = [];
  let at = startMs;
  for (const [phase, seconds] of parts) {
    const end = Math.min(endMs, at + seconds * 1000);
    if (end > at) phases.push({ phase, startMs: at, endMs: end });
    at = end;
  }
  return phases;
}
