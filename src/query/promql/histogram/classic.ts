/** Buckets of a classic histogram at one time: upper bounds ascending and distinct, counts cumulative. */
export interface ClassicBuckets {
  readonly upper: readonly number[];
  readonly cumulative: number[];
}

/** How counts were lifted because a bucket held less than the one below it, which cannot be. */
export interface MonotonicityFix {
  readonly minBucket: number;
  readonly maxBucket: number;
  readonly maxDifference: number;
}

/** Relative differences below this are rounding and no reason to speak of. */
const ROUNDING = 1e-12;

/**
 * Quantile of a classic histogram, linear within its bucket.
 *
 * @param q       wanted quantile 0..1; below gives -Inf, above +Inf, NaN gives NaN
 * @param buckets counts are made monotonic in place
 * @returns in the unit of the bounds; NaN for an empty histogram or one without a bucket up to +Inf
 * @see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export function bucketQuantile(
  q: number,
  buckets: ClassicBuckets,
): { value: number; fix: MonotonicityFix | undefined } {
  const { upper, cumulative } = buckets;
  const last = upper.length - 1;
  if (Number.isNaN(q)) return { value: NaN, fix: undefined };
  if (q < 0) return { value: -Infinity, fix: undefined };
  if (q > 1) return { value: Infinity, fix: undefined };
  if (upper[last] !== Infinity) return { value: NaN, fix: undefined };
  const fix = makeMonotonic(buckets);
  const total = cumulative[last]!;
  if (last < 1 || total === 0) return { value: NaN, fix };
  const rank = q * total;
  const at = firstReaching(cumulative, rank);
  if (at === last) return { value: upper[last - 1]!, fix };
  if (at === 0 && upper[0]! <= 0) return { value: upper[0]!, fix };
  const lower = at === 0 ? 0 : upper[at - 1]!;
  const below = at === 0 ? 0 : cumulative[at - 1]!;
  const value = lower + (upper[at]! - lower) * ((rank - below) / (cumulative[at]! - below));
  return { value, fix };
}

/** Fraction of observations between `lower` and `upper`, 0..1; NaN for an empty histogram. */
export function bucketFraction(lower: number, upper: number, { upper: bounds, cumulative }: ClassicBuckets): number {
  const last = bounds.length - 1;
  const total = cumulative[last]!;
  if (bounds[last] !== Infinity || total === 0 || Number.isNaN(total)) return NaN;
  if (Number.isNaN(lower) || Number.isNaN(upper)) return NaN;
  if (lower >= upper) return 0;
  const rankOf = (value: number): number => Math.min(total, rankBelow(value, bounds, cumulative));
  return (rankOf(upper) - rankOf(lower)) / total;
}

function rankBelow(value: number, bounds: readonly number[], cumulative: readonly number[]): number {
  let rank = 0;
  let from = bounds[0]! <= 0 ? -Infinity : 0;
  for (let i = 0; i < bounds.length; i++) {
    const to = bounds[i]!;
    const count = cumulative[i]!;
    if (from >= value) return rank;
    // A bucket without end cannot be interpolated: the lowest counts whole, the highest not at all.
    if (to > value) return from === -Infinity ? count : rank + ((count - rank) * (value - from)) / (to - from);
    rank = count;
    from = to;
  }
  return Infinity;
}

function firstReaching(cumulative: readonly number[], rank: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cumulative[middle]! >= rank) high = middle;
    else low = middle + 1;
  }
  return low;
}

function makeMonotonic({ upper, cumulative }: ClassicBuckets): MonotonicityFix | undefined {
  let minBucket = Infinity;
  let maxBucket = -Infinity;
  let maxDifference = 0;
  let previous = cumulative[0]!;
  for (let i = 1; i < cumulative.length; i++) {
    const current = cumulative[i]!;
    if (current === previous) continue;
    if (nearlyEqual(previous, current, ROUNDING)) cumulative[i] = previous;
    else if (current < previous) {
      cumulative[i] = previous;
      minBucket = Math.min(minBucket, upper[i]!);
      maxBucket = Math.max(maxBucket, upper[i]!);
      maxDifference = Math.max(maxDifference, previous - current);
    } else previous = current;
  }
  return minBucket === Infinity && maxBucket === -Infinity ? undefined : { minBucket, maxBucket, maxDifference };
}

const SMALLEST_NORMAL = 2 ** -1022;

/** Whether two floats differ by no more than `tolerance`, relative to their size. */
export function nearlyEqual(a: number, b: number, tolerance: number): boolean {
  if (a === b) return true;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  const size = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || size < SMALLEST_NORMAL) return difference < tolerance * SMALLEST_NORMAL;
  return difference / Math.min(size, Number.MAX_VALUE) < tolerance;
}

/** Value of a bucket's `le` label, undefined if it is no number. */
export function parseBound(text: string): number | undefined {
  const lower = text.toLowerCase();
  if (/^[+-]?inf(inity)?$/.test(lower)) return lower.startsWith('-') ? -Infinity : Infinity;
  if (lower === 'nan') return NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(lower) ? Number(lower) : undefined;
}
