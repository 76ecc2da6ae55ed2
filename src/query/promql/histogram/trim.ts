import { fractionBelow } from './estimate.ts';
import type { Bucket, Buckets, FloatHistogram } from './float-histogram.ts';

/** What is left of a bucket: its count and the value its observations are taken to have. */
interface Rest {
  readonly count: number;
  readonly middle: number;
}

/**
 * The histogram without what lies above (`keep` = 'below', operator `</`) or below ('above', `>/`) a value. A bucket
 * that holds the value is split by interpolation; count and sum are estimated anew when anything was cut.
 */
export function trimHistogram(histogram: FloatHistogram, value: number, keep: 'below' | 'above'): FloatHistogram {
  let count = 0;
  let sum = 0;
  let cut = false;
  const take = (before: number, rest: Rest): number => {
    count += rest.count;
    sum += rest.middle * rest.count;
    if (rest.count !== before) cut = true;
    return rest.count;
  };
  const trimSide = ({ index, count: counts }: Buckets, sign: 1 | -1): Buckets => ({
    index,
    count: index.map((bucketIndex, i) => {
      const [near, far] = histogram.boundsOf(bucketIndex);
      const [lower, upper] = sign > 0 ? [near, far] : [-far, -near];
      return take(counts[i]!, restOf({ lower, upper, count: counts[i]! }, value, keep, histogram.isCustom, sign));
    }),
  });
  const positive = trimSide(histogram.positive, 1);
  const negative = trimSide(histogram.negative, -1);
  const zeroCount = histogram.zeroCount > 0 ? take(histogram.zeroCount, restOfZero(histogram, value, keep)) : 0;
  return cut ? histogram.with({ count, sum, zeroCount, positive, negative }) : histogram;
}

function restOf(bucket: Bucket, value: number, keep: 'below' | 'above', custom: boolean, sign: 1 | -1): Rest {
  const { lower, upper, count } = bucket;
  const whole = keep === 'below' ? upper <= value : lower >= value;
  if (whole) return { count, middle: middleOf(lower, upper, custom, sign) };
  const none = keep === 'below' ? lower >= value : upper <= value;
  if (none) return { count: 0, middle: 0 };
  if (lower === -Infinity) return restOfLowest(bucket, value, keep);
  // Where observations lie up to +Inf nobody knows: those above the value are taken to be at it.
  if (upper === Infinity) return keep === 'below' ? { count: 0, middle: 0 } : { count, middle: value };
  const below = count * fractionBelow(bucket, value, custom);
  if (keep === 'below') return { count: below, middle: middleOf(lower, value, custom, sign) };
  return { count: count - below, middle: middleOf(value, upper, custom, sign) };
}

/** The custom bucket from -Inf: taken to start at zero if it ends above zero. */
function restOfLowest({ upper, count }: Bucket, value: number, keep: 'below' | 'above'): Rest {
  const finite = upper > 0 && upper !== Infinity;
  if (keep === 'below') {
    if (value > 0 && finite) return { count: (count * value) / upper, middle: value / 2 };
    return upper <= 0 ? { count, middle: value } : { count: 0, middle: 0 };
  }
  if (value >= 0 && finite) return { count: count * (1 - value / upper), middle: (value + upper) / 2 };
  return { count: 0, middle: 0 };
}

function restOfZero(histogram: FloatHistogram, value: number, keep: 'below' | 'above'): Rest {
  const hasPositive = histogram.positive.index.length > 0;
  const hasNegative = histogram.negative.index.length > 0;
  const lower = hasPositive && !hasNegative ? 0 : -histogram.zeroThreshold;
  const upper = hasNegative && !hasPositive ? 0 : histogram.zeroThreshold;
  const count = histogram.zeroCount;
  const [from, to] = keep === 'below' ? [lower, Math.min(value, upper)] : [Math.max(value, lower), upper];
  if (keep === 'below' ? value <= lower : value >= upper) return { count: 0, middle: 0 };
  if (from === lower && to === upper) return { count, middle: (lower + upper) / 2 };
  return { count: count * ((to - from) / (upper - lower)), middle: (from + to) / 2 };
}

function middleOf(lower: number, upper: number, linear: boolean, sign: 1 | -1): number {
  if (lower === -Infinity) return upper === Infinity ? 0 : upper > 0 ? upper / 2 : upper;
  if (upper === Infinity) return lower;
  return linear ? (lower + upper) / 2 : sign * Math.sqrt(Math.abs(lower * upper));
}
