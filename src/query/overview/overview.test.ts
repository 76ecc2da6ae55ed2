import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineReader, insertSpans, T0_MS, type SpanSketch } from '../traces/engine-reader.fixture.ts';
import {
  readFilterValues,
  readLabelCounts,
  readLastKept,
  readLedger,
  readMetricNames,
  readPresentMetrics,
  readSeriesCounts,
} from './account.ts';
import {
  readModelCalls,
  readOtherPhases,
  slidingFirstTokenQuantile,
  slidingRatio,
  slidingSum,
  type ModelCalls,
} from './client-calls.ts';
import { readSlowestCalls } from './exemplars.ts';

let reader: EngineReader;
const { signal } = new AbortController();
const scope = { tenant: 'default', fromUnixMs: T0_MS, toUnixMs: T0_MS + 60_000 };

beforeAll(() => {
  reader = new EngineReader();
  const call = (id: string, atMs: number, ms: number, values: SpanSketch['values'] = {}): SpanSketch => ({
    trace: `${id}0`,
    id,
    atMs,
    ms,
    values: { operation: 'chat', request_model: 'llama', kind: 3, provider: 'vllm', ...values },
  });
  insertSpans(reader, [
    call('1', 1000, 2000, { ttft_seconds: 0.5, input_tokens: 100, output_tokens: 20, cache_read_tokens: 40 }),
    call('2', 11_000, 4000, { ttft_seconds: 2, input_tokens: 100 }),
    call('3', 12_000, 100, { status_code: 2 }),
    // The engine's span of call 1, and a model that only engines speak of.
    call('4', 1000, 1900, { kind: 2, ttft_seconds: 0.4, service: 'vllm' }),
    call('5', 1000, 10, { kind: 2, request_model: 'bge', operation: 'embeddings', service: 'triton' }),
    call('6', 11_000, 300, { operation: 'retrieval', request_model: '' }),
    call('7', 11_000, 200, { operation: 'execute_tool', request_model: '' }),
    call('8', 11_000, 50, { request_model: 'llama-guard-3-8b' }),
  ]);
  reader.run(`INSERT INTO ledger VALUES
    ('default', fromUnixTimestamp(${T0_MS / 1000}), 'traces', 'received', '', 'otlp-http', 10, 1000),
    ('default', fromUnixTimestamp(${T0_MS / 1000}), 'traces', 'kept', '', 'otlp-http', 8, 900),
    ('default', fromUnixTimestamp(${T0_MS / 1000}), 'traces', 'dropped', 'bad-timestamp', 'otlp-http', 2, 100)`);
  reader.run(`INSERT INTO series VALUES
    ('default', 'vllm:x_bucket', 1, map('le', '1', 'pod', 'a'), toDate('2023-11-14')),
    ('default', 'vllm:x_bucket', 2, map('le', '2', 'pod', 'a'), toDate('2023-11-14')),
    ('default', 'vllm:x_bucket', 2, map('le', '2', 'pod', 'a'), toDate('2023-11-15')),
    ('default', 'up', 3, map('job', 'b'), toDate('2023-11-14'))`);
  reader.run(`INSERT INTO metadata VALUES ('default', 'vllm:x', 'histogram', 'Some help.', 's', now())`);
});
afterAll(() => reader.close());

test('model calls: callers count before engines, per step', async () => {
  const calls = await readModelCalls(reader, scope, 10_000, 6, signal);
  expect(calls.map(({ model, fromEngine, provider }) => [model, fromEngine, provider]).sort()).toEqual([
    ['bge', true, 'vllm'],
    ['llama', false, 'vllm'],
    ['llama-guard-3-8b', false, 'vllm'],
  ]);
  const { sums } = calls.find(({ model }) => model === 'llama')!;
  expect([...sums.calls]).toEqual([1, 2, 0, 0, 0, 0]);
  expect([...sums.errors]).toEqual([0, 1, 0, 0, 0, 0]);
  expect([...sums.input]).toEqual([100, 100, 0, 0, 0, 0]);
  expect([...sums.output_calls]).toEqual([1, 0, 0, 0, 0, 0]);
  expect([...sums.cacheable]).toEqual([100, 0, 0, 0, 0, 0]);
  expect(sums.seconds[1]).toBeCloseTo(4.1);
  const p95 = slidingFirstTokenQuantile(
    calls.find(({ model }) => model === 'llama')!,
    0.95,
    6,
    6,
  );
  expect(p95[0]).toBeCloseTo(0.5, 1);
  expect(p95[5]! / 2).toBeGreaterThan(0.95);
  expect(p95[5]! / 2).toBeLessThan(1.05);
});

test('model calls can be limited to a model', async () => {
  const calls = await readModelCalls(reader, { ...scope, models: ['bge'] }, 10_000, 6, signal);
  expect(calls.map(({ model }) => model)).toEqual(['bge']);
});

test('time beside models', async () => {
  const phases = await readOtherPhases(reader, scope, 10_000, 6, signal);
  expect([phases.retrieval[1], phases.tools[1], phases.safety[1]]).toEqual([0.3, 0.2, 0.05]);
  expect([...phases.calls]).toEqual([1, 2, 0, 0, 0, 0]);
});

test('the slowest call of each part', async () => {
  const slow = await readSlowestCalls(reader, scope, 6, signal);
  expect(slow.map(({ ttftSeconds, spanId, service }) => [ttftSeconds, spanId, service])).toEqual([
    [0.5, '1'.padStart(16, '0'), 'app'],
    [2, '2'.padStart(16, '0'), 'app'],
  ]);
});

test('the ledger, by minute', async () => {
  const lines = await readLedger(reader, 'default', T0_MS, T0_MS + 60_000, signal);
  expect(lines).toHaveLength(3);
  expect(lines).toContainEqual({
    minuteUnixMs: T0_MS - (T0_MS % 60_000),
    signal: 'traces',
    outcome: 'dropped',
    reason: 'bad-timestamp',
    source: 'otlp-http',
    count: 2,
    bytes: 100,
  });
  expect(await readLastKept(reader, 'default', signal)).toMatchObject([{ source: 'otlp-http', signal: 'traces' }]);
});

test('series by metric and label, counted once over days', async () => {
  expect(await readSeriesCounts(reader, 'default', T0_MS, T0_MS + 86_400_000, 10, signal)).toEqual({
    total: 3,
    byMetric: [
      { metric: 'vllm:x_bucket', series: 2 },
      { metric: 'up', series: 1 },
    ],
  });
  expect(await readLabelCounts(reader, 'default', T0_MS, T0_MS, 1, signal)).toEqual([
    { label: 'le', values: 2, series: 2 },
  ]);
});

test('metric names carry what the family says', async () => {
  expect(await readMetricNames(reader, 'default', T0_MS, T0_MS, '', 10, signal)).toEqual([
    { name: 'up', series: 1, type: '', unit: '', help: '' },
    { name: 'vllm:x_bucket', series: 2, type: 'histogram', unit: 's', help: 'Some help.' },
  ]);
});

test('metrics that are there', async () => {
  expect([...(await readPresentMetrics(reader, 'default', T0_MS, T0_MS, signal))].sort()).toEqual([
    'up',
    'vllm:x_bucket',
  ]);
  expect((await readPresentMetrics(reader, 'other', T0_MS, T0_MS, signal)).size).toBe(0);
});

test('filter values', async () => {
  const values = await readFilterValues(reader, scope, signal);
  expect(values).toContainEqual({ model: 'llama', service: 'app', calls: 3, spans: 3 });
  expect(values).toContainEqual({ model: 'bge', service: 'triton', calls: 0, spans: 1 });
});

describe('sliding windows', () => {
  test('sum', () => {
    expect([...slidingSum(Float64Array.of(1, 2, 3, 4), 2)]).toEqual([1, 3, 5, 7]);
  });
  test('ratio of nothing is NaN', () => {
    expect([...slidingRatio(Float64Array.of(1, 0, 0), Float64Array.of(2, 0, 0), 2)]).toEqual([0.5, 0.5, NaN]);
  });
  test('quantile stays within a bucket of the exact one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 100, noNaN: true }), { minLength: 1, maxLength: 200 }),
        (ttft) => {
          const firstTokenTimes = new Map<number, Float64Array>();
          for (const seconds of ttft) {
            const width = Math.floor(Math.log2(seconds) * 16);
            firstTokenTimes.set(width, Float64Array.of((firstTokenTimes.get(width)?.[0] ?? 0) + 1));
          }
          const calls = { firstTokenTimes } as unknown as ModelCalls;
          const got = slidingFirstTokenQuantile(calls, 1, 1, 1)[0]!;
          const exact = Math.max(...ttft);
          expect(got / exact).toBeGreaterThan(0.999);
          expect(got / exact).toBeLessThan(1.046);
        },
      ),
    );
  });
});
