import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addExponential, toNativeHistogram, type ExponentialValue } from './native-histogram.ts';

function value(scale: number, positive: [number, number][], negative: [number, number][] = []): ExponentialValue {
  const count = [...positive, ...negative].reduce((sum, [, n]) => sum + n, 0);
  return {
    scale,
    count,
    sum: 0,
    zeroCount: 0,
    zeroThreshold: 0,
    positive: new Map(positive),
    negative: new Map(negative),
  };
}

/** Prometheus bucket index to count. */
function bucketsOf(
  spans: readonly { offset: number; length: number }[],
  counts: readonly number[],
): [number, number][] {
  const result: [number, number][] = [];
  let index = 0;
  let at = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++, index++) {
      const count = counts[at++]!;
      if (count > 0) result.push([index, count]);
    }
  }
  expect(at).toBe(counts.length);
  return result;
}

test.each([
  { name: 'one index on', scale: 0, buckets: [[0, 2]], schema: 0, spans: [{ offset: 1, length: 1 }], counts: [2] },
  {
    name: 'neighbours share a span',
    scale: 3,
    buckets: [
      [4, 1],
      [5, 2],
    ],
    schema: 3,
    spans: [{ offset: 5, length: 2 }],
    counts: [1, 2],
  },
  {
    name: 'a gap of two is filled',
    scale: 0,
    buckets: [
      [0, 1],
      [3, 1],
    ],
    schema: 0,
    spans: [{ offset: 1, length: 4 }],
    counts: [1, 0, 0, 1],
  },
  {
    name: 'a gap of three begins a span',
    scale: 0,
    buckets: [
      [0, 1],
      [4, 1],
    ],
    schema: 0,
    spans: [
      { offset: 1, length: 1 },
      { offset: 3, length: 1 },
    ],
    counts: [1, 1],
  },
  {
    name: 'scale 10 is merged to 8',
    scale: 10,
    buckets: [
      [-1, 1],
      [0, 1],
      [3, 1],
      [4, 1],
    ],
    schema: 8,
    spans: [{ offset: 0, length: 3 }],
    counts: [1, 2, 1],
  },
  {
    name: 'negative offsets',
    scale: -2,
    buckets: [[-7, 5]],
    schema: -2,
    spans: [{ offset: -6, length: 1 }],
    counts: [5],
  },
  { name: 'nothing', scale: 20, buckets: [], schema: 8, spans: [], counts: [] },
])('toNativeHistogram: $name', ({ scale, buckets, schema, spans, counts }) => {
  const histogram = toNativeHistogram(value(scale, buckets as [number, number][]));
  expect(histogram.schema).toBe(schema);
  expect(histogram.positiveSpans).toEqual(spans);
  expect(histogram.positiveCounts).toEqual(counts);
});

const side = fc.uniqueArray(fc.tuple(fc.integer({ min: -2000, max: 2000 }), fc.integer({ min: 1, max: 50 })), {
  selector: ([index]) => index,
  maxLength: 40,
});
const random = fc.tuple(fc.integer({ min: -4, max: 20 }), side, side).map(([scale, p, n]) => value(scale, p, n));

test('every observation stays within the bounds of its bucket', () => {
  fc.assert(
    fc.property(random, (sent) => {
      const histogram = toNativeHistogram(sent);
      const down = sent.scale - histogram.schema;
      const want = new Map<number, number>();
      for (const [index, count] of sent.positive) {
        const target = Math.floor(index / 2 ** down) + 1;
        want.set(target, (want.get(target) ?? 0) + count);
      }
      const got = bucketsOf(histogram.positiveSpans, histogram.positiveCounts);
      expect(got).toEqual([...want].sort((a, b) => a[0] - b[0]));
      const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
      expect(sum(histogram.positiveCounts) + sum(histogram.negativeCounts)).toBe(sent.count);
    }),
  );
});

test('adding keeps the count, takes the coarser scale and the bound on buckets', () => {
  fc.assert(
    fc.property(random, random, fc.integer({ min: 2, max: 40 }), (a, b, most) => {
      const total = value(a.scale, [...a.positive], [...a.negative]);
      addExponential(total, b, most);
      expect(total.count).toBe(a.count + b.count);
      expect(total.scale).toBeLessThanOrEqual(Math.min(a.scale, b.scale));
      const counted = [...total.positive.values(), ...total.negative.values()].reduce((x, y) => x + y, 0);
      expect(counted).toBe(total.count);
      if (total.scale > -4) expect(Math.max(total.positive.size, total.negative.size)).toBeLessThanOrEqual(most);
    }),
  );
});
