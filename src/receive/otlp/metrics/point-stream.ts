import { makeSeries, type Label, type Series } from '../../../model/series.ts';
import type { ExponentialDelta, HistogramDelta, NumberDelta } from './delta-states.ts';
import { formatBound } from './naming.ts';
import { Slot } from './streams.ts';

/** The series of one set of attributes of one metric. */
export type PointStream = NumberStream | HistogramStream | ExponentialStream | SummaryStream;

/** A gauge or sum: one series. */
export class NumberStream {
  readonly slot: Slot;
  delta: NumberDelta | undefined;

  constructor(name: string, labels: readonly Label[]) {
    this.slot = new Slot(makeSeries(name, labels));
  }
}

/** A histogram with explicit bounds: `_count`, `_sum` and a `_bucket` for each bound and +Inf. */
export class HistogramStream {
  readonly count: Slot;
  readonly sum: Slot;
  bounds = new Float64Array(0);
  /** [bounds + 1] */
  buckets: readonly Slot[] = [];
  delta: HistogramDelta | undefined;
  private readonly name: string;
  private readonly labels: readonly Label[];

  constructor(name: string, labels: readonly Label[]) {
    this.name = name;
    this.labels = labels;
    this.count = new Slot(makeSeries(`${name}_count`, labels));
    this.sum = new Slot(makeSeries(`${name}_sum`, labels));
    this.setBounds(this.bounds);
  }

  /** Makes sure that `buckets` are those of `bounds` (without +Inf). */
  setBounds(bounds: Float64Array): void {
    if (this.buckets.length > 0 && sameNumbers(this.bounds, bounds)) return;
    this.bounds = bounds.slice();
    this.buckets = [...bounds, Infinity].map(
      (bound) => new Slot(makeSeries(`${this.name}_bucket`, [...this.labels, ['le', formatBound(bound)]])),
    );
  }
}

/** An exponential histogram: one series of native histograms. */
export class ExponentialStream {
  readonly slot: Slot;
  delta: ExponentialDelta | undefined;

  constructor(name: string, labels: readonly Label[]) {
    this.slot = new Slot(makeSeries(name, labels));
  }
}

/** A summary: `_count`, `_sum` and a series for each quantile. */
export class SummaryStream {
  readonly count: Slot;
  readonly sum: Slot;
  private readonly quantiles = new Map<number, Slot>();
  private readonly name: string;
  private readonly labels: readonly Label[];

  constructor(name: string, labels: readonly Label[]) {
    this.name = name;
    this.labels = labels;
    this.count = new Slot(makeSeries(`${name}_count`, labels));
    this.sum = new Slot(makeSeries(`${name}_sum`, labels));
  }

  quantile(q: number): Slot {
    const known = this.quantiles.get(q);
    if (known !== undefined) return known;
    // A sender that invents quantiles must not fill memory.
    if (this.quantiles.size >= 100) this.quantiles.clear();
    const slot = new Slot(makeSeries(this.name, [...this.labels, ['quantile', formatBound(q)]]));
    this.quantiles.set(q, slot);
    return slot;
  }
}

/** Key of a series in maps of strings. */
export function seriesKey(series: Series): string {
  return `${series.fingerprintHigh}:${series.fingerprintLow}`;
}

export function sameNumbers(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
