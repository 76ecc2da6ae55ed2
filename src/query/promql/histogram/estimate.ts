import type { Bucket, FloatHistogram } from './float-histogram.ts';
import { KahanSum } from './kahan.ts';

/** What NaN observations, which no bucket holds, did to an estimate. */
export type NanNote = 'none' | 'result-nan' | 'skewed' | 'excluded';

/**
 * Quantile of a native histogram: exponential interpolation within exponential buckets, linear within custom ones
 * and the zero bucket.
 * @param q 0..1; below gives -Inf, above +Inf, NaN gives NaN
 * @see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export function histogramQuantile(q: number, histogram: FloatHistogram): { value: number; note: NanNote } {
  if (q < 0) return { value: -Infinity, note: 'none' };
  if (q > 1) return { value: Infinity, note: 'none' };
  if (histogram.count === 0 || Number.isNaN(q)) return { value: NaN, note: 'none' };
  const nan = Number.isNaN(histogram.sum);
  // From the nearer end, as rounding in the sum of many counts moves a quantile; with NaNs always from below.
  const forward = nan || q < 0.5;
  const buckets = histogram.buckets();
  if (!forward) buckets.reverse();
  const rank = (forward ? q : 1 - q) * histogram.count;
  let count = 0;
  let at = -1;
  while (at + 1 < buckets.length && (at < 0 || count < rank)) count += buckets[++at]!.count;
  if (at < 0) return { value: nan ? NaN : 0, note: nan ? 'result-nan' : 'none' };
  const bucket = clampToSign(buckets[at]!, histogram);
  if (histogram.isCustom) {
    if (buckets[at]!.lower === -Infinity && bucket.upper <= 0) return { value: bucket.upper, note: 'none' };
    if (bucket.upper === Infinity) return { value: bucket.lower, note: 'none' };
  }
  count = Math.min(count, histogram.count);
  if (count < rank) return nan ? { value: NaN, note: 'result-nan' } : { value: bucket.upper, note: 'none' };
  const within = forward ? rank - (count - bucket.count) : count - rank;
  const rest = buckets.slice(at + 1).reduce((sum, other) => sum + other.count, count);
  const note: NanNote = nan && rest < histogram.count ? 'skewed' : 'none';
  return { value: interpolate(bucket, within / bucket.count, histogram.isCustom), note };
}

/** Fraction of observations between `lower` and `upper`, 0..1; NaN for an empty histogram or NaN bounds. */
export function histogramFraction(
  lower: number,
  upper: number,
  histogram: FloatHistogram,
): { value: number; note: NanNote } {
  if (histogram.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return { value: NaN, note: 'none' };
  if (lower >= upper) return { value: 0, note: 'none' };
  const buckets = histogram.buckets();
  const inBuckets = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  const nan = Number.isNaN(histogram.sum);
  const total = nan ? inBuckets : histogram.count;
  const below = rankOf(upper, buckets, histogram, total) - rankOf(lower, buckets, histogram, total);
  return { value: below / histogram.count, note: nan && inBuckets < histogram.count ? 'excluded' : 'none' };
}

/** Variance around the mean, each bucket at its middle. */
export function histogramVariance(histogram: FloatHistogram): number {
  const mean = histogram.sum / histogram.count;
  const variance = new KahanSum();
  for (const { lower, upper, count } of histogram.buckets()) {
    let middle = 0;
    if (histogram.isCustom) middle = (lower + upper) / 2;
    else if (lower > 0 || upper < 0) middle = Math.sign(upper) * Math.sqrt(lower * upper);
    variance.add(count * (middle - mean) ** 2);
  }
  return (variance.sum + variance.compensation) / histogram.count;
}

/** How many observations lie at or below `value`. */
function rankOf(value: number, buckets: readonly Bucket[], histogram: FloatHistogram, total: number): number {
  let rank = 0;
  for (const original of buckets) {
    const bucket = clampZero(original, histogram);
    if (bucket.lower >= value) return Math.min(rank, total);
    if (bucket.upper > value) {
      // Nothing is known of where observations lie in a bucket without end.
      if (bucket.lower === -Infinity) return Math.min(bucket.count, total);
      const linear = histogram.isCustom || (bucket.lower <= 0 && bucket.upper >= 0);
      return Math.min(rank + bucket.count * fractionBelow(bucket, value, linear), total);
    }
    rank += bucket.count;
  }
  return total;
}

/** The part of a finite bucket's width at or below a value inside it, 0..1. */
export function fractionBelow({ lower, upper }: Bucket, value: number, linear: boolean): number {
  if (linear) return (value - lower) / (upper - lower);
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  const logValue = Math.log2(Math.abs(value));
  if (value > 0) return (logValue - logLower) / (logUpper - logLower);
  return 1 - (logValue - logUpper) / (logLower - logUpper);
}

function interpolate({ lower, upper }: Bucket, fraction: number, custom: boolean): number {
  if (custom || (lower <= 0 && upper >= 0)) return lower + (upper - lower) * fraction;
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  if (lower > 0) return 2 ** (logLower + (logUpper - logLower) * fraction);
  return -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction)));
}

/** A zero bucket beside buckets of one sign only reaches to that side; the first custom bucket starts at zero. */
function clampToSign(bucket: Bucket, histogram: FloatHistogram): Bucket {
  if (!histogram.isCustom) return bucket.lower < 0 && bucket.upper > 0 ? clampZero(bucket, histogram) : bucket;
  return bucket.lower === -Infinity && bucket.upper > 0 ? { ...bucket, lower: 0 } : bucket;
}

function clampZero(bucket: Bucket, histogram: FloatHistogram): Bucket {
  if (bucket.lower > 0 || bucket.upper < 0) return bucket;
  const positive = histogram.positive.index.length > 0;
  const negative = histogram.negative.index.length > 0;
  if (positive && !negative) return { ...bucket, lower: 0 };
  if (negative && !positive) return { ...bucket, upper: 0 };
  return bucket;
}
