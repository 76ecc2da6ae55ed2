import { RESET_HINT, type ResetHint } from '../../../model/histogram.ts';
import { FloatHistogram, NO_BUCKETS, reduceBuckets, type Buckets } from './float-histogram.ts';
import { KahanSum } from './kahan.ts';

/** What happened beside the sum itself; each is worth an annotation. */
export interface SumNotes {
  /** One histogram says that a counter was reset, the other that it was not. */
  resetCollision: boolean;
  /** Custom bounds differed; the result has those that both share. */
  boundsReconciled: boolean;
}

/**
 * Sum or difference of two histograms at the lower resolution and the larger zero bucket of both.
 * @param sign 1 adds, -1 subtracts
 * @returns undefined for exponential against custom buckets, which nothing can bring together
 */
export function combine(
  a: FloatHistogram,
  b: FloatHistogram,
  sign: 1 | -1,
  notes: SumNotes = { resetCollision: false, boundsReconciled: false },
): FloatHistogram | undefined {
  const sum = new HistogramSum(a, notes);
  return sum.add(b, sign) ? sum.value() : undefined;
}

/** Running sum of histograms with compensated addition in every bucket. */
export class HistogramSum {
  readonly notes: SumNotes;
  private schema: number;
  private zeroThreshold: number;
  private bounds: readonly number[];
  private hint: ResetHint;
  private positive: Map<number, KahanSum>;
  private negative: Map<number, KahanSum>;
  private readonly custom: boolean;
  private readonly count: KahanSum;
  private readonly sum: KahanSum;
  private readonly zero: KahanSum;

  constructor(first: FloatHistogram, notes: SumNotes = { resetCollision: false, boundsReconciled: false }) {
    this.notes = notes;
    this.custom = first.isCustom;
    this.schema = first.schema;
    this.zeroThreshold = first.zeroThreshold;
    this.bounds = first.bounds;
    this.hint = first.resetHint;
    this.count = new KahanSum(first.count);
    this.sum = new KahanSum(first.sum);
    this.zero = new KahanSum(first.zeroCount);
    this.positive = sumsOf(first.positive);
    this.negative = sumsOf(first.negative);
  }

  /** @returns false, with nothing added, if the bucket kinds are incompatible */
  add(other: FloatHistogram, sign: 1 | -1 = 1): boolean {
    if (other.isCustom !== this.custom) return false;
    this.joinHint(other.resetHint);
    const fitting = this.custom ? this.fitBounds(other) : this.fitExponential(other);
    this.count.add(sign * other.count);
    this.sum.add(sign * other.sum);
    this.zero.add(sign * fitting.zeroCount);
    addBuckets(this.positive, fitting.positive, sign);
    addBuckets(this.negative, fitting.negative, sign);
    return true;
  }

  value(): FloatHistogram {
    return new FloatHistogram({
      schema: this.schema,
      count: this.count.value,
      sum: this.sum.value,
      zeroThreshold: this.zeroThreshold,
      zeroCount: this.zero.value,
      positive: bucketsOf(this.positive),
      negative: bucketsOf(this.negative),
      bounds: this.bounds,
      resetHint: this.hint,
    });
  }

  private fitExponential(other: FloatHistogram): FloatHistogram {
    let incoming = other;
    if (incoming.schema > this.schema) incoming = atSchema(incoming, this.schema);
    else if (incoming.schema < this.schema) this.replace(atSchema(this.value(), incoming.schema));
    while (incoming.zeroThreshold !== this.zeroThreshold) {
      if (incoming.zeroThreshold < this.zeroThreshold) incoming = widenZero(incoming, this.zeroThreshold);
      else this.replace(widenZero(this.value(), incoming.zeroThreshold));
    }
    return incoming;
  }

  private fitBounds(other: FloatHistogram): FloatHistogram {
    if (sameBounds(this.bounds, other.bounds)) return other;
    this.notes.boundsReconciled = true;
    const shared = this.bounds.filter((bound) => other.bounds.includes(bound));
    this.replace(atBounds(this.value(), shared));
    return atBounds(other, shared);
  }

  /** The rare change of layout; it rounds the compensations into the sums. */
  private replace(layout: FloatHistogram): void {
    this.schema = layout.schema;
    this.bounds = layout.bounds;
    if (layout.zeroThreshold !== this.zeroThreshold) {
      this.zeroThreshold = layout.zeroThreshold;
      this.zero.sum = layout.zeroCount;
      this.zero.compensation = 0;
    }
    this.positive = sumsOf(layout.positive);
    this.negative = sumsOf(layout.negative);
  }

  private joinHint(other: ResetHint): void {
    if (other === this.hint || this.hint === RESET_HINT.GAUGE) return;
    if (other === RESET_HINT.GAUGE) this.hint = RESET_HINT.GAUGE;
    else if (this.hint !== RESET_HINT.UNKNOWN) {
      if (other !== RESET_HINT.UNKNOWN) this.notes.resetCollision = true;
      this.hint = RESET_HINT.UNKNOWN;
    }
  }
}

/** Mean of histograms; where the sum overflows, each is divided before it is added. Undefined if incompatible. */
export function meanOf(histograms: readonly FloatHistogram[], notes: SumNotes): FloatHistogram | undefined {
  const total = sumOf(histograms, notes);
  if (total === undefined || !total.overflows) return total?.divide(histograms.length);
  return sumOf(
    histograms.map((histogram) => histogram.divide(histograms.length)),
    notes,
  );
}

/** Sum of at least one histogram. Undefined if exponential and custom buckets meet. */
export function sumOf(histograms: readonly FloatHistogram[], notes: SumNotes): FloatHistogram | undefined {
  const sum = new HistogramSum(histograms[0]!, notes);
  for (let i = 1; i < histograms.length; i++) if (!sum.add(histograms[i]!)) return undefined;
  return histograms.length === 1 ? histograms[0] : sum.value();
}

/** Lower resolution, `schema` at most the histogram's own. */
export function atSchema(histogram: FloatHistogram, schema: number): FloatHistogram {
  if (schema === histogram.schema) return histogram;
  return histogram.with({
    schema,
    positive: reduceBuckets(histogram.positive, histogram.schema, schema),
    negative: reduceBuckets(histogram.negative, histogram.schema, schema),
  });
}

/** Custom buckets joined to those between `bounds`, a subset of the histogram's own. */
export function atBounds(histogram: FloatHistogram, bounds: readonly number[]): FloatHistogram {
  const joined = new Map<number, KahanSum>();
  histogram.positive.index.forEach((from, i) => {
    const upper = histogram.bounds[from] ?? Infinity;
    const found = bounds.findIndex((bound) => bound >= upper);
    addTo(joined, found < 0 ? bounds.length : found, histogram.positive.count[i]!);
  });
  return histogram.with({ bounds, positive: bucketsOf(joined) });
}

/**
 * The histogram with a zero bucket at least as wide as `threshold`. If the threshold falls inside a populated
 * bucket, the zero bucket takes that bucket whole and ends where it ends.
 */
export function widenZero(histogram: FloatHistogram, threshold: number): FloatHistogram {
  let wanted = threshold;
  for (const buckets of [histogram.positive, histogram.negative, histogram.positive]) {
    for (const index of buckets.index) {
      const [lower, upper] = histogram.boundsOf(index);
      if (lower < wanted && upper > wanted) wanted = upper;
    }
  }
  const zero = new KahanSum(histogram.zeroCount);
  const outside = (buckets: Buckets): Buckets => {
    const kept = buckets.index.flatMap((index, i) => {
      if (histogram.boundsOf(index)[0] >= wanted) return [i];
      zero.add(buckets.count[i]!);
      return [];
    });
    if (kept.length === buckets.index.length) return buckets;
    return { index: kept.map((i) => buckets.index[i]!), count: kept.map((i) => buckets.count[i]!) };
  };
  const positive = outside(histogram.positive);
  const negative = outside(histogram.negative);
  return histogram.with({ zeroThreshold: wanted, zeroCount: zero.value, positive, negative });
}

export function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((bound, i) => bound === b[i]));
}

function sumsOf(buckets: Buckets): Map<number, KahanSum> {
  return new Map(buckets.index.map((index, i) => [index, new KahanSum(buckets.count[i])]));
}

function addBuckets(sums: Map<number, KahanSum>, buckets: Buckets, sign: 1 | -1): void {
  for (let i = 0; i < buckets.index.length; i++) addTo(sums, buckets.index[i]!, sign * buckets.count[i]!);
}

function addTo(sums: Map<number, KahanSum>, index: number, count: number): void {
  const known = sums.get(index);
  if (known === undefined) sums.set(index, new KahanSum(count));
  else known.add(count);
}

function bucketsOf(sums: ReadonlyMap<number, KahanSum>): Buckets {
  if (sums.size === 0) return NO_BUCKETS;
  const index = [...sums.keys()].sort((a, b) => a - b);
  return { index, count: index.map((i) => sums.get(i)!.value) };
}
