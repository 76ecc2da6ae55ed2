import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { criticalPath, pathShares } from './critical-path.ts';
import { findGaps } from './gaps.ts';
import { phasesOf } from './phases.ts';
import { buildSpanTree } from './span-tree.ts';
import type { TraceSpan } from './trace.ts';

interface Sketch extends Partial<TraceSpan> {
  readonly id: string;
  readonly parent?: string;
  readonly at: number;
  readonly ms: number;
}

function span({ id, parent, at, ms, ...rest }: Sketch): TraceSpan {
  return {
    spanId: id,
    parentSpanId: parent ?? null,
    service: 'app',
    name: id,
    kind: 1,
    statusCode: 0,
    statusMessage: '',
    traceState: '',
    startUnixNano: 1_700_000_000_000_000_000n + BigInt(Math.round(at * 1e6)),
    durationNano: BigInt(Math.round(ms * 1e6)),
    scopeName: '',
    scopeVersion: '',
    operation: null,
    provider: null,
    requestModel: null,
    responseModel: null,
    inputTokens: null,
    outputTokens: null,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    reasoningTokens: null,
    ttftSeconds: null,
    finishReason: null,
    tool: null,
    agent: null,
    workflow: null,
    conversation: null,
    dataSource: null,
    errorType: null,
    dialect: null,
    attributes: {},
    resource: {},
    dropped: [],
    events: [],
    links: [],
    ...rest,
  };
}

const tree = (...sketches: Sketch[]) =>
  buildSpanTree(sketches.map(span).sort((a, b) => Number(a.startUnixNano - b.startUnixNano)));

describe('buildSpanTree', () => {
  test.each<{ name: string; spans: Sketch[]; want: [id: string, depth: number][]; missing: number }>([
    {
      name: 'children by start, depth first',
      spans: [
        { id: 'root', at: 0, ms: 10 },
        { id: 'b', parent: 'root', at: 5, ms: 1 },
        { id: 'a', parent: 'root', at: 1, ms: 1 },
        { id: 'a1', parent: 'a', at: 1.5, ms: 0.2 },
      ],
      want: [
        ['root', 0],
        ['a', 1],
        ['a1', 2],
        ['b', 1],
      ],
      missing: 0,
    },
    {
      name: 'a missing parent makes a root of its own',
      spans: [
        { id: 'x', parent: 'gone', at: 0, ms: 1 },
        { id: 'y', parent: 'gone', at: 2, ms: 1 },
      ],
      want: [
        ['x', 0],
        ['y', 0],
      ],
      missing: 1,
    },
    {
      name: 'a ring is cut at its earliest span',
      spans: [
        { id: 'a', parent: 'b', at: 0, ms: 1 },
        { id: 'b', parent: 'a', at: 1, ms: 1 },
        { id: 'self', parent: 'self', at: 2, ms: 1 },
      ],
      want: [
        ['self', 0],
        ['a', 0],
        ['b', 1],
      ],
      missing: 0,
    },
  ])('$name', ({ spans, want, missing }) => {
    const { spans: got, missingParents } = tree(...spans);
    expect(got.map(({ span: { spanId }, depth }) => [spanId, depth])).toEqual(want);
    expect(missingParents).toBe(missing);
  });

  test('a chain of 20,000 spans does not overflow', () => {
    const spans = Array.from({ length: 20_000 }, (_, i) =>
      span({ id: `s${i}`, ...(i > 0 ? { parent: `s${i - 1}` } : {}), at: i, ms: 20_000 - i }),
    );
    const chain = buildSpanTree(spans);
    expect(chain.spans.at(-1)!.depth).toBe(19_999);
    expect(criticalPath(chain).length).toBe(20_000);
  });

  test('categories: what a span serves, it belongs to', () => {
    const { spans } = tree(
      { id: 'agent', at: 0, ms: 100, operation: 'invoke_agent' },
      { id: 'guard', parent: 'agent', at: 0, ms: 1, operation: 'chat', requestModel: 'llama-guard-3-8b' },
      { id: 'find', parent: 'agent', at: 2, ms: 9, operation: 'retrieval' },
      { id: 'embed', parent: 'find', at: 3, ms: 1, operation: 'embeddings', requestModel: 'bge-m3' },
      { id: 'qdrant', parent: 'find', at: 5, ms: 1 },
      { id: 'tool', parent: 'agent', at: 20, ms: 9, operation: 'execute_tool', tool: 'order' },
      { id: 'GET', parent: 'tool', at: 21, ms: 1 },
      { id: 'own', parent: 'agent', at: 40, ms: 1 },
      { id: 'chat', parent: 'agent', at: 50, ms: 10, operation: 'chat', requestModel: 'llama-3.1-70b' },
    );
    expect(Object.fromEntries(spans.map(({ span: { spanId }, category }) => [spanId, category]))).toEqual({
      agent: 'agent',
      guard: 'safety',
      find: 'retrieval',
      embed: 'retrieval',
      qdrant: 'retrieval',
      tool: 'tool',
      GET: 'tool',
      own: 'other',
      chat: 'model',
    });
  });
});

const round = (ms: number): number => Math.round(ms * 1000) / 1000;

describe('phasesOf', () => {
  const chat = { id: 'c', at: 0, ms: 1000, operation: 'chat' };
  test.each<{ name: string; span: Partial<TraceSpan>; want: [string, number, number][] }>([
    { name: 'a caller without first token', span: {}, want: [['whole', 0, 1000]] },
    {
      name: 'a caller with first token',
      span: { ttftSeconds: 0.25 },
      want: [
        ['waiting-for-first-token', 0, 250],
        ['streaming', 250, 1000],
      ],
    },
    {
      name: 'an engine',
      span: {
        attributes: {
          'gen_ai.latency.time_in_queue': 0.1,
          'gen_ai.latency.time_in_model_prefill': 0.2,
          'gen_ai.latency.time_in_model_decode': 0.6,
        },
      },
      want: [
        ['queue', 0, 100],
        ['prefill', 100, 300],
        ['decode', 300, 1000],
      ],
    },
    {
      name: 'an engine that knows queue and first token',
      span: { ttftSeconds: 0.4, attributes: { 'gen_ai.latency.time_in_queue': 0.1 } },
      want: [
        ['queue', 0, 100],
        ['prefill', 100, 400],
        ['decode', 400, 1000],
      ],
    },
    {
      name: 'a first token after the end is cut',
      span: { ttftSeconds: 5 },
      want: [['waiting-for-first-token', 0, 1000]],
    },
  ])('$name', ({ span: facts, want }) => {
    const node = tree({ ...chat, ...facts }).spans[0]!;
    expect(phasesOf(node).map(({ phase, startMs, endMs }) => [phase, round(startMs), round(endMs)])).toEqual(want);
  });
});

describe('criticalPath', () => {
  test('follows the child that ended last, and counts what no child explains', () => {
    const shape = tree(
      { id: 'root', at: 0, ms: 100, operation: 'invoke_agent' },
      { id: 'slow', parent: 'root', at: 10, ms: 50, operation: 'retrieval' },
      { id: 'beside', parent: 'root', at: 10, ms: 20, operation: 'execute_tool' },
      { id: 'chat', parent: 'root', at: 60, ms: 30, operation: 'chat', ttftSeconds: 0.01 },
    );
    const path = criticalPath(shape);
    expect(path.map(({ at, startMs, endMs }) => [shape.spans[at!]!.span.spanId, startMs, endMs])).toEqual([
      ['root', 0, 10],
      ['slow', 10, 60],
      ['chat', 60, 90],
      ['root', 90, 100],
    ]);
    expect([...pathShares(shape, path)]).toEqual([
      ['agent', 20],
      ['retrieval', 50],
      ['waiting-for-first-token', 10],
      ['streaming', 20],
    ]);
  });

  const sketch = fc.record({
    parent: fc.nat(11),
    at: fc.double({ min: 0, max: 1000, noNaN: true }),
    ms: fc.double({ min: 0, max: 1000, noNaN: true }),
    operation: fc.constantFrom(null, 'chat', 'retrieval', 'invoke_agent', 'execute_tool'),
    ttftSeconds: fc.option(fc.double({ min: 0, max: 2, noNaN: true })),
  });
  test('covers the trace exactly once, whatever its shape', () => {
    fc.assert(
      fc.property(fc.array(sketch, { minLength: 1, maxLength: 12 }), (sketches) => {
        const shape = tree(...sketches.map((s, i) => ({ ...s, id: `s${i}`, parent: `s${s.parent}` })));
        const path = criticalPath(shape);
        let at = 0;
        for (const { startMs, endMs } of path) {
          expect(startMs).toBeCloseTo(at, 6);
          expect(endMs).toBeGreaterThanOrEqual(startMs);
          at = endMs;
        }
        expect(at).toBeCloseTo(shape.durationMs, 6);
        const sum = [...pathShares(shape, path).values()].reduce((a, b) => a + b, 0);
        expect(sum).toBeCloseTo(shape.durationMs, 4);
      }),
    );
  });
});

describe('findGaps', () => {
  test('names the stretch and the span that waits', () => {
    const shape = tree(
      { id: 'root', at: 0, ms: 100 },
      { id: 'a', parent: 'root', at: 0, ms: 40 },
      { id: 'b', parent: 'root', at: 70, ms: 28 },
    );
    expect(findGaps(shape)).toEqual([{ startMs: 40, endMs: 70, under: 0 }]);
  });
  test('a trace of one span has none', () => {
    expect(findGaps(tree({ id: 'root', at: 0, ms: 100 }))).toEqual([]);
  });
});
