import type { Rejection } from '../../model/sink.ts';

export const DAY_MS = 86_400_000;

/** Clocks differ; a timestamp further ahead than this is wrong. */
const MAX_AHEAD_MS = DAY_MS;

/**
 * Which timestamps are stored: not older than the signal is kept, not more than a day ahead. Everything else would
 * be dropped at once, or make partitions for days that will never be looked at.
 */
export class TimeWindow {
  private readonly ageMs: number;
  private readonly nowMs: () => number;

  constructor(ageMs: number, nowMs: () => number) {
    this.ageMs = ageMs;
    this.nowMs = nowMs;
  }

  bounds(): { readonly oldestMs: number; readonly newestMs: number } {
    const now = this.nowMs();
    return { oldestMs: now - this.ageMs, newestMs: now + MAX_AHEAD_MS };
  }
}

/** Rows of a batch that can be stored, by the day (since 1970) of their time; what cannot, by reason. */
export interface DatedRows {
  readonly byDay: ReadonlyMap<number, Uint32Array>;
  readonly rejected: readonly Rejection[];
  readonly rejectedCount: number;
}

/**
 * Sorts a batch's rows by day and turns away what lies outside the window.
 *
 * @param length rows of the batch
 * @param unixMs a row's time; NaN for a row to be left out without a word
 * @param noun   what a row is, for the rejection's example
 */
export function dateRows(window: TimeWindow, length: number, unixMs: (row: number) => number, noun: string): DatedRows {
  const { oldestMs, newestMs } = window.bounds();
  const byDay = new Map<number, Uint32Array>();
  const counts = new Map<number, number>();
  let day = NaN;
  let rows: Uint32Array = new Uint32Array(0);
  let count = 0;
  const old = new RejectionCount('timestamp-too-old');
  const ahead = new RejectionCount('timestamp-too-new');
  for (let row = 0; row < length; row++) {
    const ms = unixMs(row);
    if (ms < oldestMs) old.add(noun, row, ms);
    else if (ms > newestMs) ahead.add(noun, row, ms);
    else if (ms === ms) {
      const own = Math.floor(ms / DAY_MS);
      if (own !== day) {
        if (count > 0) counts.set(day, count);
        day = own;
        count = counts.get(day) ?? 0;
        rows = byDay.get(day) ?? new Uint32Array(length);
        byDay.set(day, rows);
      }
      rows[count++] = row;
    }
  }
  if (count > 0) counts.set(day, count);
  for (const [known, filled] of counts) byDay.set(known, byDay.get(known)!.subarray(0, filled));
  const rejected = [old, ahead].filter((r) => r.count > 0).map((r) => r.toRejection());
  return { byDay, rejected, rejectedCount: old.count + ahead.count };
}

class RejectionCount {
  private readonly reason: string;
  private where = '';
  count = 0;

  constructor(reason: string) {
    this.reason = reason;
  }

  add(noun: string, row: number, unixMs: number): void {
    if (this.count++ === 0) this.where = `${noun} ${row} of ${printTime(unixMs)}`;
  }

  toRejection(): Rejection {
    return { reason: this.reason, count: this.count, where: this.where };
  }
}

function printTime(unixMs: number): string {
  const date = new Date(unixMs);
  return Number.isNaN(date.getTime()) ? `${unixMs} ms since 1970` : date.toISOString();
}

/** Milliseconds since 1970 of nanoseconds in two words, low first; exact to some microseconds. */
export function wordsToMs(words: Uint32Array, row: number): number {
  return ((words[2 * row + 1]! | 0) * 4294967296 + words[2 * row]!) / 1e6;
}
