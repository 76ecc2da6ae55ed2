import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriesOf } from '../../../test/promql/compare.ts';
import { openEmbeddedStore, type EmbeddedStore } from '../../../test/promql/embedded-source.ts';
import { toSampleSeries, type LoadedSeries } from '../../../test/promql/fixture-store.ts';
import { nearlyEqual } from './histogram/classic.ts';
import { LabelSet } from './label-set.ts';
import { MemorySource } from './memory-source.ts';
import { runRange, type RunOptions } from './run.ts';
import type { Source } from './source.ts';

let embedded: EmbeddedStore;
beforeAll(async () => {
  embedded = await openEmbeddedStore();
});
afterAll(() => embedded.close());

const LIMITS = { maxSamples: 1e7, maxSeries: 1e4, maxSteps: 11_000, timeoutMs: 60_000, memoryBytes: 2e9 };
const START_MS = 100_000_000;

/** Series with jitter, gaps, resets, staleness markers and repeats. */
const seriesSet: fc.Arbitrary<LoadedSeries[]> = fc
  .array(
    fc.array(
      fc.record({
        gapMs: fc.integer({ min: 1, max: 40_000 }),
        step: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant('reset' as const), fc.constant('stale' as const)),
      }),
      { minLength: 1, maxLength: 40 },
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) =>
    all.map((steps, i) => {
      let timeMs = START_MS;
      let value = 0;
      const samples = steps.map(({ gapMs, step }): LoadedSeries['samples'][number] => {
        timeMs += gapMs;
        if (step === 'stale') return { timeMs, value: 'stale', startMs: 0 };
        value = step === 'reset' ? 0 : value + step;
        return { timeMs, value, startMs: 0 };
      });
      return {
        labels: LabelSet.of([
          ['__name__', 'x_total'],
          ['g', String(i % 2)],
          ['i', String(i)],
        ]),
        samples,
      };
    }),
  );

const query = fc
  .tuple(
    fc.constantFrom('rate', 'increase', 'delta'),
    fc.constantFrom(30_000, 60_000, 61_500, 300_000),
    fc.constantFrom('', ' offset 20s', ' offset -10s'),
    fc.constantFrom('', 'sum by (g)', 'sum', 'max by (g)', 'min without (i)', 'count by (g)', 'avg by (g)'),
  )
  .map(([name, rangeMs, offset, aggregate]) => `${aggregate}(${name}(x_total[${rangeMs}ms]${offset}))`);

const times = fc.record({
  startMs: fc.integer({ min: START_MS - 60_000, max: START_MS + 200_000 }),
  stepMs: fc.constantFrom(1000, 7000, 15_000, 500),
  steps: fc.integer({ min: 1, max: 40 }),
});

async function ask(
  source: Source,
  text: string,
  over: { startMs: number; stepMs: number; steps: number },
  pushDown: boolean,
) {
  const options: RunOptions = {
    source,
    limits: LIMITS,
    lookbackMs: 300_000,
    defaultSubqueryStepMs: 60_000,
    pushDown,
    signal: undefined,
    now: () => performance.now(),
  };
  const { startMs, stepMs, steps } = over;
  const { value } = await runRange(text, { startMs, stepMs, endMs: startMs + (steps - 1) * stepMs }, options);
  const points = new Map<string, number>();
  for (const { labels, points: own } of seriesOf(value)) {
    for (const [timeMs, point] of own) points.set(`${labels.key} ${timeMs}`, point as number);
  }
  return points;
}

test('engine and evaluator give the same rates, whatever the data', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      seriesSet,
      fc.array(fc.tuple(query, times), { minLength: 1, maxLength: 4 }),
      async (series, questions) => {
        const stored = await embedded.sourceOf(series);
        const memory = new MemorySource(series.map(toSampleSeries));
        for (const [text, over] of questions) {
          const pushed = await ask(stored, text, over, true);
          for (const other of [await ask(stored, text, over, false), await ask(memory, text, over, false)]) {
            expect([...pushed.keys()].sort()).toEqual([...other.keys()].sort());
            for (const [key, value] of pushed) {
              const want = other.get(key)!;
              // Differences of large terms leave rounding near zero.
              const same = nearlyEqual(value, want, 1e-9) || Math.abs(value - want) < 1e-9;
              expect(same, `${text} at ${key}: ${value} and ${want}`).toBe(true);
            }
          }
        }
      },
    ),
    { numRuns: 25 },
  );
});
