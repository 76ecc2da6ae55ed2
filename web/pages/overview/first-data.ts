/** Where the data of an overview begins, so that a fresh Sonde does not show an hour of nothing. */
import type { OverviewResponse } from '../../../src/serve/sonde/contract.ts';
import { isFailed } from '../../api/client.ts';
import { RANGE_CHOICES } from '../../app/time-range.ts';

const EMPTY_SHARE = 0.6;

/**
 * A shorter range that still holds all data, when more than 60 % of the range is before the first value of any chart;
 * undefined when the range is right, or nothing is there at all.
 */
export function shorterRange(data: OverviewResponse): string | undefined {
  let first = data.t.length;
  for (const row of Object.values(data.rows)) {
    if (isFailed(row)) continue;
    for (const series of row.chart?.series ?? []) first = Math.min(first, firstIndex(series.values));
    for (const lane of row.lanes) first = Math.min(first, firstIndex(lane.values));
  }
  const begin = data.t[first];
  if (begin === undefined || first < data.t.length * EMPTY_SHARE) return undefined;
  const neededMs = data.range.toUnixMs - begin * 1000;
  const spanMs = data.range.toUnixMs - data.range.fromUnixMs;
  const fitting = RANGE_CHOICES.find((choice) => minutesOf(choice.from) * 60_000 >= neededMs * 1.1);
  return fitting === undefined || minutesOf(fitting.from) * 60_000 >= spanMs ? undefined : fitting.from;
}

/** Zeros may be filled in for counts; data begins with the first value that is not one. */
function firstIndex(values: readonly (number | null)[]): number {
  const at = values.findIndex((value) => value !== null && value !== 0);
  return at < 0 ? values.length : at;
}

function minutesOf(from: string): number {
  const found = /^now-(\d+)([mhd])$/.exec(from);
  return found === null ? 0 : Number(found[1]) * ({ m: 1, h: 60, d: 1440 }[found[2] ?? 'm'] ?? 1);
}
