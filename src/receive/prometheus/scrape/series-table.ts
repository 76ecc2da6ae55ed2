import type { Series } from '../../../model/series.ts';
import { grow } from '../../../model/text-column.ts';

const INITIAL_SERIES = 64;

/** A series' number in a `SeriesTable`. */
export type SeriesId = number;

/**
 * The series of one target after relabelling, each once however its text was written, with what a scrape needs to
 * know of them: whether they were there the last time, whether they came already, their place in the batch.
 */
export class SeriesTable {
  readonly series: Series[] = [];
  /** [length] generation of the scrape that last had it; 0 for never */
  seenAt = new Uint32Array(INITIAL_SERIES);
  /** [length] timestamp of its last sample */
  timestampMs = new Float64Array(INITIAL_SERIES);
  /** [length] its index in the batch of generation `seenAt` */
  batchIndex = new Uint32Array(INITIAL_SERIES);
  private readonly ids = new Map<string, SeriesId>();

  get length(): number {
    return this.series.length;
  }

  /** The number of a series, new or known by its fingerprint. */
  intern(series: Series): SeriesId {
    const key = `${series.fingerprintHigh}:${series.fingerprintLow}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = this.series.push(series) - 1;
    this.ids.set(key, id);
    if (id >= this.seenAt.length) {
      const capacity = this.seenAt.length * 2;
      this.seenAt = grow(this.seenAt, capacity);
      this.batchIndex = grow(this.batchIndex, capacity);
      const timestampMs = new Float64Array(capacity);
      timestampMs.set(this.timestampMs);
      this.timestampMs = timestampMs;
    }
    this.seenAt[id] = 0;
    return id;
  }

  /** Keeps the series `ids` alone, under new numbers: `ids[i]` becomes i. */
  compact(ids: readonly SeriesId[]): void {
    const kept = ids.map((id) => ({ series: this.series[id]!, seenAt: this.seenAt[id]!, at: this.timestampMs[id]! }));
    this.series.length = 0;
    this.ids.clear();
    for (const { series, seenAt, at } of kept) {
      const id = this.intern(series);
      this.seenAt[id] = seenAt;
      this.timestampMs[id] = at;
    }
  }
}
