import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineReader, insertSpans, T0_MS } from './engine-reader.fixture.ts';
import type { TraceFilter, TraceListQuery, TraceSort } from './sql.ts';
import { readTrace } from './trace.ts';
import { listTraces, traceFacets, traceVolume } from './trace-list.ts';

let reader: EngineReader;
const { signal } = new AbortController();

/** Three traces a minute apart: a = agent with retrieval and two model calls, b = failed, c = without its root. */
beforeAll(() => {
  reader = new EngineReader();
  const chat = { operation: 'chat', request_model: 'llama', name: 'chat llama', kind: 3 };
  insertSpans(reader, [
    { trace: 'a', id: '1', atMs: 0, ms: 5000, values: { service: 'rag', name: 'POST /ask', kind: 2 } },
    {
      trace: 'a',
      id: '2',
      parent: '1',
      atMs: 100,
      ms: 900,
      values: { ...chat, input_tokens: 100, output_tokens: 10, ttft_seconds: 0.5 },
      raw: {
        attributes_string: `map('server.address', 'vllm-1')`,
        attributes_number: `map('gen_ai.request.max_tokens', 64)`,
        attributes_bool: `map('gen_ai.request.stream', true)`,
        resource: `map('service.version', '1.2')`,
        dropped: `map('gen_ai.input.messages', 24000)`,
        'events.time': `[fromUnixTimestamp64Nano(toInt64(${T0_MS}000000))]`,
        'events.name': `['first token']`,
        'events.attributes': `[map('n', '1')]`,
        'links.trace_id': `[unhex('${'b'.padStart(32, '0')}')]`,
        'links.span_id': `[unhex('${'9'.padStart(16, '0')}')]`,
        'links.trace_state': `['']`,
        'links.attributes': `[map()]`,
      },
    },
    // The engine's own span of the same call: its tokens must not count again.
    {
      trace: 'a',
      id: '3',
      parent: '2',
      atMs: 120,
      ms: 850,
      values: {
        service: 'vllm',
        name: 'llm_request',
        kind: 2,
        operation: 'chat',
        request_model: 'llama',
        input_tokens: 100,
        output_tokens: 10,
      },
    },
    {
      trace: 'a',
      id: '4',
      parent: '1',
      atMs: 2000,
      ms: 2500,
      values: { ...chat, input_tokens: 200, ttft_seconds: 1.5 },
    },
    {
      trace: 'b',
      id: '9',
      atMs: 60_000,
      ms: 100,
      values: { service: 'rag', name: 'POST /ask', status_code: 2, error_type: 'Timeout' },
    },
    {
      trace: 'c',
      id: '7',
      parent: '6',
      atMs: 120_000,
      ms: 50,
      values: { service: 'tools', name: 'GET /orders', tool: 'order_lookup' },
    },
  ]);
});
afterAll(() => reader.close());

const query = (filter: TraceFilter = {}, fromMs = -1000, toMs = 3_600_000): TraceListQuery => ({
  tenant: 'default',
  fromUnixNano: BigInt(T0_MS + fromMs) * 1_000_000n,
  toUnixNano: BigInt(T0_MS + toMs) * 1_000_000n,
  filter,
});
const idOf = (traceId: string): string => traceId.replace(/^0+/, '');

describe('listTraces', () => {
  test('sums up a trace', async () => {
    const { rows } = await listTraces(
      reader,
      query({ models: ['llama'] }),
      { sort: 'start', descending: true, limit: 10 },
      signal,
    );
    expect(rows).toEqual([
      {
        traceId: 'a'.padStart(32, '0'),
        rootService: 'rag',
        rootName: 'POST /ask',
        rootKnown: true,
        startUnixNano: BigInt(T0_MS) * 1_000_000n,
        durationNano: 5_000_000_000n,
        spans: 4,
        errors: 0,
        services: ['app', 'rag', 'vllm'],
        models: ['llama'],
        operations: ['chat'],
        inputTokens: 300,
        outputTokens: 10,
        ttftSeconds: 1.5,
      },
    ]);
  });

  test.each<{ name: string; filter: TraceFilter; want: string[] }>([
    { name: 'nothing', filter: {}, want: ['c', 'b', 'a'] },
    { name: 'service of any span', filter: { services: ['vllm', 'tools'] }, want: ['c', 'a'] },
    { name: 'conditions met by different spans', filter: { services: ['vllm'], names: ['POST /ask'] }, want: ['a'] },
    { name: 'failed', filter: { status: 'error' }, want: ['b'] },
    { name: 'not failed', filter: { status: 'ok' }, want: ['c', 'a'] },
    { name: 'duration', filter: { minDurationMs: 60, maxDurationMs: 4999 }, want: ['b'] },
    { name: 'first token', filter: { minTtftMs: 1000 }, want: ['a'] },
    { name: 'text in a tool', filter: { text: 'ORDER_look' }, want: ['c'] },
    { name: 'text in an error type', filter: { text: 'timeout' }, want: ['b'] },
    { name: 'a trace id', filter: { text: 'B'.padStart(32, '0') }, want: ['b'] },
    { name: 'text that would be SQL', filter: { text: `') OR 1=1 --` }, want: [] },
    { name: 'a name with a quote', filter: { names: [`a'b`, 'x\\'] }, want: [] },
  ])('filter by $name', async ({ filter, want }) => {
    const { rows } = await listTraces(reader, query(filter), { sort: 'start', descending: true, limit: 10 }, signal);
    expect(rows.map(({ traceId }) => idOf(traceId))).toEqual(want);
  });

  test('a trace whose root is missing is named by its earliest span', async () => {
    const { rows } = await listTraces(
      reader,
      query({ services: ['tools'] }),
      { sort: 'start', descending: true, limit: 1 },
      signal,
    );
    expect(rows[0]).toMatchObject({ rootKnown: false, rootService: 'tools', inputTokens: null, ttftSeconds: null });
  });

  test.each<{ sort: TraceSort; descending: boolean; want: string[] }>([
    { sort: 'start', descending: true, want: ['c', 'b', 'a'] },
    { sort: 'start', descending: false, want: ['a', 'b', 'c'] },
    { sort: 'duration', descending: true, want: ['a', 'b', 'c'] },
    { sort: 'tokens', descending: true, want: ['a', 'c', 'b'] },
    { sort: 'errors', descending: true, want: ['b', 'c', 'a'] },
    { sort: 'ttft', descending: true, want: ['a', 'c', 'b'] },
    { sort: 'spans', descending: false, want: ['b', 'c', 'a'] },
  ])('pages by $sort, descending $descending', async ({ sort, descending, want }) => {
    const got: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await listTraces(
        reader,
        query(),
        { sort, descending, limit: 1, ...(cursor == null ? {} : { cursor }) },
        signal,
      );
      got.push(...page.rows.map(({ traceId }) => idOf(traceId)));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(got).toEqual(want);
  });

  test('a cursor from elsewhere is refused', async () => {
    const request = { sort: 'start', descending: true, limit: 1, cursor: 'x' } as const;
    await expect(listTraces(reader, query(), request, signal)).rejects.toMatchObject({ code: 'traces-bad-cursor' });
  });

  test('a trace that began before the range is not of the range', async () => {
    const { rows } = await listTraces(reader, query({}, 1000), { sort: 'start', descending: true, limit: 9 }, signal);
    expect(rows.map(({ traceId }) => idOf(traceId))).toEqual(['c', 'b']);
  });
});

test('traceVolume counts traces a step, failed ones apart', async () => {
  const volume = await traceVolume(reader, query({}, 0, 180_000), 60_000, 3, signal);
  expect(volume).toEqual({ ok: [1, 0, 1], failed: [0, 1, 0] });
});

test('traceFacets counts traces a value', async () => {
  const facets = await traceFacets(reader, query(), 10, signal);
  expect(facets.get('service')).toEqual([
    { value: 'rag', count: 2 },
    { value: 'app', count: 1 },
    { value: 'tools', count: 1 },
    { value: 'vllm', count: 1 },
  ]);
  expect(facets.get('name')).toEqual([{ value: 'POST /ask', count: 2 }]);
  expect(facets.get('status')).toEqual([{ value: 'error', count: 1 }]);
});

describe('readTrace', () => {
  test('gives every column of every span', async () => {
    const trace = await readTrace(reader, 'default', 'a'.padStart(32, '0'), signal);
    expect(trace!.truncated).toBe(false);
    expect(trace!.spans.map(({ spanId }) => idOf(spanId))).toEqual(['1', '2', '3', '4']);
    expect(trace!.spans[1]).toMatchObject({
      parentSpanId: '1'.padStart(16, '0'),
      service: 'app',
      kind: 3,
      operation: 'chat',
      requestModel: 'llama',
      responseModel: null,
      inputTokens: 100,
      cacheReadTokens: null,
      ttftSeconds: 0.5,
      attributes: { 'server.address': 'vllm-1', 'gen_ai.request.max_tokens': 64, 'gen_ai.request.stream': true },
      resource: { 'service.version': '1.2' },
      dropped: [{ field: 'gen_ai.input.messages', bytes: 24000 }],
      events: [{ timeUnixNano: BigInt(T0_MS) * 1_000_000n, name: 'first token', attributes: { n: '1' } }],
      links: [{ traceId: 'b'.padStart(32, '0'), spanId: '9'.padStart(16, '0'), attributes: {} }],
    });
    expect(trace!.spans[0]).toMatchObject({ parentSpanId: null, operation: null, durationNano: 5_000_000_000n });
  });

  test('an unknown trace is undefined', async () => {
    expect(await readTrace(reader, 'default', 'f'.repeat(32), signal)).toBeUndefined();
    expect(await readTrace(reader, 'other', 'a'.padStart(32, '0'), signal)).toBeUndefined();
  });
});
