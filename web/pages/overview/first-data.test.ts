import { expect, test } from 'vitest';
import type { OverviewResponse } from '../../../src/serve/sonde/contract.ts';
import { shorterRange } from './first-data.ts';

const HOUR = 3_600_000;
const overview = (values: (number | null)[]): OverviewResponse =>
  ({
    range: { fromUnixMs: 0, toUnixMs: HOUR, stepMs: HOUR / values.length },
    t: values.map((_, i) => ((i + 1) * 3600) / values.length),
    rows: { experience: { chart: { series: [{ values }] }, lanes: [] }, time: { error: {} } },
  }) as unknown as OverviewResponse;

test.each([
  { name: 'data all along', values: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], want: undefined },
  { name: 'data since ten minutes', values: [null, null, null, null, 0, 0, 0, 0, 0, 0, 1, 1], want: 'now-15m' },
  {
    name: 'half of the range is enough',
    values: [null, null, null, null, null, null, 1, 1, 1, 1, 1, 1],
    want: undefined,
  },
  { name: 'no data at all', values: [null, null, null], want: undefined },
])('$name', ({ values, want }) => expect(shorterRange(overview(values))).toBe(want));
