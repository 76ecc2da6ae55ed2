import {
  CUSTOM_BUCKETS_SCHEMA,
  RESET_HINT,
  type BucketSpan,
  type NativeHistogram,
  type ResetHint,
} from '../../../model/histogram.ts';
import { formatCompact } from '../number-format.ts';

/** Populated buckets of one sign: ascending indices and their counts, none of them 0. */
export interface Buckets {
  readonly index: readonly number[];
  readonly count: readonly number[];
}

export const NO_BUCKETS: Buckets = { index: [], count: [] };

/** A bucket with its bounds; those of a negative bucket are below zero, `lower < upper`. */
export interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

export interface HistogramFields {
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: Buckets;
  readonly negative: Buckets;
  readonly bounds: readonly number[];
  readonly resetHint: ResetHint;
}

/**
 * A native histogram in the evaluator: immutable, empty buckets left out.
 * @see https://prometheus.io/docs/specs/native_histograms/
 */
export class FloatHistogram implements HistogramFields {
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: Buckets;
  readonly negative: Buckets;
  /** Upper bounds of custom buckets, ascending, without +Inf; empty for exponential ones. */
  readonly bounds: readonly number[];
  readonly resetHint: ResetHint;

  constructor(fields: HistogramFields) {
    this.schema = fields.schema;
    this.count = fields.count;
    this.sum = fields.sum;
    this.zeroThreshold = fields.zeroThreshold;
    this.zeroCount = fields.zeroCount;
    this.positive = withoutEmpty(fields.positive);
    this.negative = withoutEmpty(fields.negative);
    this.bounds = fields.bounds;
    this.resetHint = fields.resetHint;
  }

  static ofNative(native: NativeHistogram): FloatHistogram {
    return new FloatHistogram({
      ...native,
      positive: bucketsOfSpans(native.positiveSpans, native.positiveCounts),
      negative: bucketsOfSpans(native.negativeSpans, native.negativeCounts),
      bounds: native.customBounds,
    });
  }

  get isCustom(): boolean {
    return this.schema === CUSTOM_BUCKETS_SCHEMA;
  }

  with(changes: Partial<HistogramFields>): FloatHistogram {
    return new FloatHistogram({ ...this.fields(), ...changes });
  }

  fields(): HistogramFields {
    const { schema, count, sum, zeroThreshold, zeroCount, positive, negative, bounds, resetHint } = this;
    return { schema, count, sum, zeroThreshold, zeroCount, positive, negative, bounds, resetHint };
  }

  scale(factor: number): FloatHistogram {
    return this.map((value) => value * factor, factor < 0);
  }

  /** Division by zero leaves no buckets, only count and sum as infinities. */
  divide(by: number): FloatHistogram {
    if (by === 0) return this.map((value) => value / by, false).with({ positive: NO_BUCKETS, negative: NO_BUCKETS });
    return this.map((value) => value / by, by < 0);
  }

  /** All buckets from the lowest to the highest; those beside the zero bucket end at its threshold. */
  buckets(): Bucket[] {
    const all: Bucket[] = [];
    const zero = this.zeroThreshold;
    for (let i = this.negative.index.length - 1; i >= 0; i--) {
      const [near, far] = this.boundsOf(this.negative.index[i]!);
      all.push({ lower: -far, upper: Math.min(-near, -zero), count: this.negative.count[i]! });
    }
    if (this.zeroCount > 0) all.push({ lower: -zero, upper: zero, count: this.zeroCount });
    for (let i = 0; i < this.positive.index.length; i++) {
      const [near, far] = this.boundsOf(this.positive.index[i]!);
      const lower = near > 0 && near < zero ? zero : near;
      all.push({ lower, upper: far, count: this.positive.count[i]! });
    }
    return all;
  }

  /** Lower and upper bound of the positive bucket with this index. */
  boundsOf(index: number): [number, number] {
    return [upperBound(this, index - 1), upperBound(this, index)];
  }

  equals(other: FloatHistogram): boolean {
    return (
      this.schema === other.schema &&
      sameBits(this.count, other.count) &&
      sameBits(this.sum, other.sum) &&
      this.zeroThreshold === other.zeroThreshold &&
      sameBits(this.zeroCount, other.zeroCount) &&
      sameNumbers(this.bounds, other.bounds) &&
      sameNumbers(this.positive.index, other.positive.index) &&
      sameNumbers(this.positive.count, other.positive.count) &&
      sameNumbers(this.negative.index, other.negative.index) &&
      sameNumbers(this.negative.count, other.negative.count)
    );
  }

  get overflows(): boolean {
    const infinite = (value: number): boolean => value === Infinity || value === -Infinity;
    const { count, sum, zeroCount, positive, negative } = this;
    return [count, sum, zeroCount, ...positive.count, ...negative.count].some(infinite);
  }

  /** `{count:20, sum:10, [-2,-1):2, (1,2]:2}`, as `count_values` names histograms. */
  toString(): string {
    const parts = [`count:${formatCompact(this.count)}`, `sum:${formatCompact(this.sum)}`];
    // The side away from zero belongs to a bucket.
    const text = (lower: number, upper: number, count: number): string =>
      `${lower < 0 ? '[' : '('}${formatCompact(lower)},${formatCompact(upper)}${upper > 0 ? ']' : ')'}:${formatCompact(count)}`;
    for (let i = this.negative.index.length - 1; i >= 0; i--) {
      const [near, far] = this.boundsOf(this.negative.index[i]!);
      parts.push(text(-far, -near, this.negative.count[i]!));
    }
    if (this.zeroCount !== 0) parts.push(text(-this.zeroThreshold, this.zeroThreshold, this.zeroCount));
    for (let i = 0; i < this.positive.index.length; i++) {
      parts.push(text(...this.boundsOf(this.positive.index[i]!), this.positive.count[i]!));
    }
    return `{${parts.join(', ')}}`;
  }

  private map(change: (value: number) => number, turnsToGauge: boolean): FloatHistogram {
    const buckets = ({ index, count }: Buckets): Buckets => ({ index, count: count.map(change) });
    return this.with({
      count: change(this.count),
      sum: change(this.sum),
      zeroCount: change(this.zeroCount),
      positive: buckets(this.positive),
      negative: buckets(this.negative),
      resetHint: turnsToGauge ? RESET_HINT.GAUGE : this.resetHint,
    });
  }
}

function upperBound(histogram: FloatHistogram, index: number): number {
  if (histogram.isCustom) {
    if (index < 0) return -Infinity;
    return histogram.bounds[index] ?? Infinity;
  }
  return exponentialBound(histogram.schema, index);
}

/**
 * Upper bound of bucket `index`. The last bucket of ordinary numbers ends at the largest of them; what comes behind
 * counts infinities.
 */
export function exponentialBound(schema: number, index: number): number {
  const exponent = schema < 0 ? index * 2 ** -schema : index / 2 ** schema;
  return exponent === 1024 ? Number.MAX_VALUE : 2 ** exponent;
}

/** The same buckets at a lower resolution: each step down joins two neighbours. */
export function reduceBuckets(buckets: Buckets, from: number, to: number): Buckets {
  if (from === to) return buckets;
  const index: number[] = [];
  const count: number[] = [];
  for (let i = 0; i < buckets.index.length; i++) {
    const target = ((buckets.index[i]! - 1) >> (from - to)) + 1;
    if (index.at(-1) === target) count[count.length - 1]! += buckets.count[i]!;
    else {
      index.push(target);
      count.push(buckets.count[i]!);
    }
  }
  return { index, count };
}

function bucketsOfSpans(spans: readonly BucketSpan[], counts: readonly number[]): Buckets {
  const index: number[] = [];
  let at = 0;
  for (const { offset, length } of spans) {
    at += offset;
    for (let i = 0; i < length; i++) index.push(at++);
  }
  return { index, count: counts };
}

/** The reverse of `bucketsOfSpans`, for formats that speak in spans. */
export function spansOfBuckets(buckets: Buckets): BucketSpan[] {
  const spans: { offset: number; length: number }[] = [];
  let next = 0;
  for (const index of buckets.index) {
    const last = spans.at(-1);
    if (last !== undefined && index === next) last.length++;
    else spans.push({ offset: index - next, length: 1 });
    next = index + 1;
  }
  return spans;
}

function withoutEmpty(buckets: Buckets): Buckets {
  if (!buckets.count.includes(0)) return buckets;
  const kept = buckets.count.flatMap((count, i) => (count === 0 ? [] : [i]));
  return { index: kept.map((i) => buckets.index[i]!), count: kept.map((i) => buckets.count[i]!) };
}

function sameBits(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => sameBits(value, b[i]!));
}
