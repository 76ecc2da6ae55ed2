import { describe, expect, test } from 'vitest';
import type { Chart, Series } from '../../../src/serve/sonde/contract.ts';
import {
  chartModel,
  chartSentence,
  lastValue,
  niceAxis,
  readoutAt,
  stackLayers,
  timeTicks,
  topSeries,
} from './model.ts';

const series = (name: string, values: (number | null)[], key: string | null = null): Series => ({
  name,
  role: 'main',
  key,
  values,
});
const chart = (kind: Chart['kind'], of: Series[], more: Partial<Chart> = {}): Chart => ({
  kind,
  unit: 's',
  series: of,
  limit: null,
  breaches: [],
  exemplars: [],
  query: null,
  ...more,
});

describe('axes', () => {
  test.each([
    { name: 'round steps', low: 0, high: 5.4, unit: 's', want: ['0 s', '2 s', '4 s', '6 s'] },
    { name: 'a share is 0 to 100 %', low: 0, high: 0.93, unit: 'ratio', want: ['0 %', '50 %', '100 %'] },
    { name: 'a small share has its own scale', low: 0, high: 0.04, unit: 'ratio', want: ['0 %', '2 %', '4 %'] },
    { name: 'nothing but zeros', low: 0, high: 0, unit: 'requests', want: ['0', '1'] },
    { name: 'binary sizes', low: 0, high: 3 * 1024 ** 3, unit: 'bytes', want: ['0', '1 GiB', '2 GiB', '3 GiB'] },
    {
      name: 'a value on the tick needs no further tick',
      low: 0,
      high: 60,
      unit: 'requests',
      want: ['0', '20', '40', '60'],
    },
  ] as const)('$name', ({ low, high, unit, want }) => expect(niceAxis(low, high, unit, 90).labels).toEqual(want));

  test('the limit is always in sight', () => {
    const limit = { value: 2, unit: 's', label: 'limit', configKey: 'limits.ttft' } as const;
    expect(chartModel(chart('line', [series('p95', [0.3])], { limit }), [0], 90).y.max).toBeGreaterThan(2);
  });

  test('time ticks are round clock times and do not crowd', () => {
    expect(timeTicks(133 * 60, 193 * 60, 400).map((t) => t / 60)).toEqual([140, 150, 160, 170, 180, 190]);
    expect(timeTicks(133 * 60, 193 * 60, 120).length).toBeLessThanOrEqual(3);
  });
});

describe('series', () => {
  test('layers add up, a missing value adds nothing, nothing at all is a gap', () => {
    const model = chartModel(
      chart('stacked', [series('queue', [1, null, null]), series('decode', [2, 3, null])]),
      [0, 1, 2],
      90,
    );
    expect(stackLayers(model.series)).toEqual([
      [1, 0, null],
      [3, 3, null],
    ]);
  });

  test('more than eight curves: the largest eight and the mean of the rest', () => {
    const many = Array.from({ length: 11 }, (_, i) => series(`s${i}`, [i]));
    const top = topSeries(many, 8);
    expect(top).toHaveLength(9);
    expect(top.at(-1)).toMatchObject({ name: 'other 3, mean', values: [1] });
  });

  test('the tooltip lists by value, and absent reads "no data"', () => {
    const model = chartModel(
      chart('line', [series('p50', [0.4]), series('p95', [4.8]), series('old', [null])]),
      [0],
      90,
    );
    expect(readoutAt(model, 0).map((r) => `${r.name} ${r.text}`)).toEqual(['p95 4.8 s', 'p50 400 ms', 'old no data']);
  });

  test('a sentence stands for the picture', () => {
    const limit = { value: 2, unit: 's', label: 'limit', configKey: 'limits.ttft' } as const;
    const model = chartModel(chart('line', [series('p95', [1.2, 4.8, null])], { limit }), [0, 1, 2], 90);
    expect(chartSentence('Time to first token', model, 'bad')).toBe(
      'Time to first token. Latest: p95 4.8 s, over the limit; limit 2.0 s.',
    );
    expect(lastValue([null, null])).toBeNull();
  });
});
