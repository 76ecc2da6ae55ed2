import { describe, expect, test } from 'vitest';
import type { Span, TraceEngineResponse, TraceResponse } from '../../../src/serve/sonde/contract.ts';
import { fullKvCache, meanGapSeconds, offsetTicks, traceSentence, traceState } from './trace-facts.ts';

const span = (more: Partial<Span>): Span =>
  ({
    name: 'chat',
    service: 'rag',
    depth: 1,
    status: 'unset',
    errorType: null,
    category: 'model',
    requestModel: 'llama',
    durationMs: 1000,
    outputTokens: null,
    phases: [],
    ...more,
  }) as Span;
const trace = (more: Partial<TraceResponse>): TraceResponse =>
  ({
    errors: 0,
    firstTokenOffsetMs: null,
    ttftLimitSeconds: 2,
    durationMs: 3500,
    spans: [],
    criticalPath: [],
    ...more,
  }) as TraceResponse;
const engine = (values: number[]): TraceEngineResponse =>
  ({
    instance: 'vllm-1',
    range: { fromUnixMs: 0, toUnixMs: 60_000, stepMs: 10_000 },
    t: values.map((_, i) => i * 10),
    traceFromUnixMs: 20_000,
    traceToUnixMs: 30_000,
    charts: [{ id: 'kv-cache', chart: { limit: { value: 0.9 }, series: [{ values }] } }],
  }) as unknown as TraceEngineResponse;

describe('the sentence of a trace', () => {
  test.each([
    {
      name: 'slow first token, and what it waited for',
      of: trace({
        firstTokenOffsetMs: 9950,
        durationMs: 17_310,
        spans: [span({})],
        criticalPath: [
          { key: 'queue', durationMs: 5330, share: 0.31 },
          { key: 'decode', durationMs: 8500, share: 0.49 },
        ],
      }),
      want: 'First token after 9.95 s: 5.33 s of it queueing for llama, while the KV cache of vllm-1 was 99 % full',
    },
    {
      name: 'slow first token, because of a call before it',
      of: trace({
        firstTokenOffsetMs: 2950,
        spans: [
          span({ depth: 0, offsetMs: 0, durationMs: 8000 }),
          span({ name: 'chat plan', offsetMs: 10, durationMs: 2610 }),
          span({ offsetMs: 2900, durationMs: 5000 }),
        ],
      }),
      want: 'First token after 2.95 s: 2.61 s of it in chat plan, before the answer began, while the KV cache of vllm-1 was 99 % full',
    },
    {
      name: 'an error is told where it began',
      of: trace({
        errors: 2,
        spans: [
          span({ status: 'error', depth: 0, name: 'root' }),
          span({ status: 'error', depth: 2, name: 'GET /orders', service: 'orders', errorType: '500' }),
        ],
      }),
      want: 'GET /orders failed in orders (500), 2 spans with errors in all',
    },
    {
      name: 'nothing wrong: how long, and the largest part',
      of: trace({ firstTokenOffsetMs: 400, criticalPath: [{ key: 'decode', durationMs: 2800, share: 0.8 }] }),
      want: 'Took 3.5 s, 80 % of it in decode; first token after 400 ms',
    },
  ])('$name', ({ of, want }) => expect(traceSentence(of, engine([0.5, 0.6, 0.99, 0.99]))).toBe(want));

  test('the engine is named only for the time of the trace', () => {
    expect(fullKvCache(engine([0.99, 0.2, 0.3, 0.4, 0.5, 0.99]))).toBeUndefined();
    expect(fullKvCache(undefined)).toBeUndefined();
  });

  test('states', () => {
    expect(traceState(trace({ firstTokenOffsetMs: 400 }))).toBe('ok');
    expect(traceState(trace({ firstTokenOffsetMs: 1900 }))).toBe('warn');
    expect(traceState(trace({ firstTokenOffsetMs: 2100 }))).toBe('bad');
    expect(traceState(trace({ errors: 1 }))).toBe('bad');
  });

  test('mean gap between tokens is of the longest streamed call', () => {
    const call = (durationMs: number, outputTokens: number | null) =>
      span({ outputTokens, phases: [{ phase: 'decode', offsetMs: 0, durationMs }] });
    expect(meanGapSeconds(trace({ spans: [call(1000, 11), call(7210, 212), call(9000, null)] }))?.seconds).toBeCloseTo(
      7.21 / 211,
    );
    expect(meanGapSeconds(trace({ spans: [] }))).toBeUndefined();
  });

  test('ticks are round', () => {
    expect(offsetTicks(0, 17_310)).toEqual([0, 3000, 6000, 9000, 12_000, 15_000]);
    expect(offsetTicks(0, 90)).toEqual([0, 20, 40, 60, 80]);
  });
});
