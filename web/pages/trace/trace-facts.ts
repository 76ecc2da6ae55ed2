/** What a trace says, as sentences and figures made from its facts; pure, so that the rules are tested. */
import type { Span, State, TraceEngineResponse, TraceResponse } from '../../../src/serve/sonde/contract.ts';
import { isFailed } from '../../api/client.ts';
import { formatPercent, formatSeconds, plural } from '../../kit/format.ts';

export const PART_WORDS: Readonly<Record<TraceResponse['criticalPath'][number]['key'], string>> = {
  queue: 'queue',
  prefill: 'prefill',
  decode: 'decode',
  'waiting-for-first-token': 'until first token',
  streaming: 'streaming',
  model: 'model',
  retrieval: 'retrieval',
  tool: 'tools',
  safety: 'safety',
  agent: 'agent',
  other: 'other',
  'no-span': 'no span',
};

/** The worst that can be said about it. */
export function traceState(trace: TraceResponse): State {
  if (trace.errors > 0) return 'bad';
  if (trace.firstTokenOffsetMs === null) return 'ok';
  const limitMs = trace.ttftLimitSeconds * 1000;
  return trace.firstTokenOffsetMs > limitMs ? 'bad' : trace.firstTokenOffsetMs > limitMs * 0.8 ? 'warn' : 'ok';
}

/**
 * One sentence: what went wrong or how long it took, and the largest part of it. The engine's fullness is told only
 * where it was measured at the trace's time and at its limit.
 */
export function traceSentence(trace: TraceResponse, engine: TraceEngineResponse | undefined): string {
  const failed = firstFailed(trace);
  const largest = [...trace.criticalPath].sort((a, b) => b.durationMs - a.durationMs)[0];
  if (trace.firstTokenOffsetMs !== null && trace.firstTokenOffsetMs > trace.ttftLimitSeconds * 1000) {
    const cause = queueCause(trace, trace.firstTokenOffsetMs) ?? beforeCause(trace, trace.firstTokenOffsetMs) ?? '';
    const full = fullKvCache(engine);
    return `First token after ${seconds(trace.firstTokenOffsetMs)}${cause}${full === undefined ? '' : `, while the KV cache of ${full.instance} was ${formatPercent(full.ratio)} full`}${failed === undefined ? '' : `; ${failedWords(trace, failed)}`}`;
  }
  if (failed !== undefined) return upper(failedWords(trace, failed));
  const share = largest === undefined ? '' : `, ${formatPercent(largest.share)} of it ${partPhrase(largest.key)}`;
  const first = trace.firstTokenOffsetMs === null ? '' : `; first token after ${seconds(trace.firstTokenOffsetMs)}`;
  return `Took ${seconds(trace.durationMs)}${share}${first}`;
}

/** Mean gap between tokens of the longest streamed call, seconds; undefined when no span tells. */
export function meanGapSeconds(
  trace: TraceResponse,
): { readonly seconds: number; readonly tokens: number } | undefined {
  let longest: { readonly ms: number; readonly tokens: number } | undefined;
  for (const span of trace.spans) {
    const decode = span.phases.find((p) => p.phase === 'decode' || p.phase === 'streaming');
    if (decode === undefined || span.outputTokens === null || span.outputTokens < 2) continue;
    if (longest === undefined || decode.durationMs > longest.ms)
      longest = { ms: decode.durationMs, tokens: span.outputTokens };
  }
  return longest === undefined
    ? undefined
    : { seconds: longest.ms / 1000 / (longest.tokens - 1), tokens: longest.tokens };
}

/** The model call that took longest; what the detail panel shows first. */
export function largestModelCall(trace: TraceResponse): Span | undefined {
  const calls = trace.spans.filter((span) => span.category === 'model');
  return calls.reduce<Span | undefined>(
    (best, span) => (best === undefined || span.durationMs > best.durationMs ? span : best),
    undefined,
  );
}

/** The KV cache of the engine while the trace ran, when it was at its limit. */
export function fullKvCache(
  engine: TraceEngineResponse | undefined,
): { readonly instance: string; readonly ratio: number } | undefined {
  if (engine?.instance === null || engine === undefined) return undefined;
  for (const one of engine.charts) {
    if (isFailed(one) || !/kv/i.test(one.id)) continue;
    const limit = one.chart.limit?.value ?? 0.9;
    const stepMs = engine.range.stepMs;
    const values = (one.chart.series[0]?.values ?? []).filter((value, i): value is number => {
      const atMs = (engine.t[i] ?? 0) * 1000;
      return value !== null && atMs >= engine.traceFromUnixMs - stepMs && atMs <= engine.traceToUnixMs + stepMs;
    });
    const most = Math.max(-Infinity, ...values);
    if (most >= limit) return { instance: engine.instance, ratio: most };
  }
  return undefined;
}

/** Round times for the head of the waterfall, offsets in ms from its left edge's time. */
export function offsetTicks(fromMs: number, toMs: number, most = 6): readonly number[] {
  const raw = (toMs - fromMs) / most;
  const power = 10 ** Math.floor(Math.log10(Math.max(1e-6, raw)));
  const step = ([1, 2, 3, 5, 10].find((m) => m * power >= raw) ?? 10) * power;
  const ticks: number[] = [];
  for (let at = Math.ceil(fromMs / step) * step; at < toMs - step * 0.2; at += step)
    ticks.push(Number(at.toPrecision(12)));
  return ticks;
}

/** Queueing, when it made a fifth of the wait or more. */
function queueCause(trace: TraceResponse, firstMs: number): string | undefined {
  const waited = trace.criticalPath.find((part) => part.key === 'queue');
  if (waited === undefined || waited.durationMs < firstMs * 0.2) return undefined;
  const model = largestModelCall(trace)?.requestModel ?? undefined;
  return `: ${seconds(waited.durationMs)} of it queueing${model === undefined ? '' : ` for ${model}`}`;
}

/** The longest span that had to end before the first token could come, when it made a third of the wait or more. */
function beforeCause(trace: TraceResponse, firstMs: number): string | undefined {
  const before = trace.spans.filter(
    (span) => span.depth > 0 && span.offsetMs + span.durationMs <= firstMs && span.durationMs >= firstMs / 3,
  );
  const longest = before.reduce<Span | undefined>(
    (best, span) => (best === undefined || span.durationMs > best.durationMs ? span : best),
    undefined,
  );
  return longest === undefined
    ? undefined
    : `: ${seconds(longest.durationMs)} of it in ${longest.name}, before the answer began`;
}

function firstFailed(trace: TraceResponse): Span | undefined {
  const failed = trace.spans.filter((span) => span.status === 'error');
  // The deepest failed span is nearest to the cause; its parents fail with it.
  return failed.reduce<Span | undefined>(
    (best, span) => (best === undefined || span.depth > best.depth ? span : best),
    undefined,
  );
}

function failedWords(trace: TraceResponse, span: Span): string {
  const type = span.errorType === null ? '' : ` (${span.errorType})`;
  const more = trace.errors > 1 ? `, ${plural(trace.errors, 'span')} with errors in all` : '';
  return `${span.name} failed in ${span.service}${type}${more}`;
}

function partPhrase(key: TraceResponse['criticalPath'][number]['key']): string {
  return key === 'no-span'
    ? 'without any span'
    : key === 'waiting-for-first-token'
      ? 'until the first token'
      : `in ${PART_WORDS[key]}`;
}

function seconds(ms: number): string {
  return formatSeconds(ms / 1000);
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
