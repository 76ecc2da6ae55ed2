import { RESET_HINT, type BucketSpan, type NativeHistogram } from '../../../model/histogram.ts';

/** Highest resolution of native histograms: 256 buckets for each power of two. */
export const MAX_SCHEMA = 8;
/** Lowest resolution: one bucket for each power of 2^16. */
export const MIN_SCHEMA = -4;
/** Used where the sender gives none, as Prometheus does. */
const DEFAULT_ZERO_THRESHOLD = 1e-128;
/** Gaps up to this many buckets are filled with zeros rather than begin a new span. */
const FILLED_GAP = 2;

/** One side of an exponential histogram: counts by OTLP bucket index at some scale. */
export type ExponentialBuckets = Map<number, number>;

/** An exponential histogram, as a point gives it or as delta points sum up to. */
export interface ExponentialValue {
  scale: number;
  count: number;
  sum: number;
  zeroCount: number;
  zeroThreshold: number;
  positive: ExponentialBuckets;
  negative: ExponentialBuckets;
}

/**
 * The same distribution as a Prometheus native histogram. OTLP's bucket i reaches from base^i to base^(i+1), so its
 * index here is i + 1; scales above 8 are merged down.
 * `value.scale` must be at least `MIN_SCHEMA`.
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#exponential-histograms
 */
export function toNativeHistogram(value: ExponentialValue): NativeHistogram {
  const down = Math.max(0, value.scale - MAX_SCHEMA);
  const positive = layOut(downscaled(value.positive, down));
  const negative = layOut(downscaled(value.negative, down));
  return {
    schema: value.scale - down,
    count: value.count,
    sum: value.sum,
    zeroThreshold: value.zeroThreshold > 0 ? value.zeroThreshold : DEFAULT_ZERO_THRESHOLD,
    zeroCount: value.zeroCount,
    positiveSpans: positive.spans,
    positiveCounts: positive.counts,
    negativeSpans: negative.spans,
    negativeCounts: negative.counts,
    customBounds: [],
    resetHint: RESET_HINT.UNKNOWN,
  };
}

/** Adds `delta` to `total`, at the coarser of both scales and with at most `maxBuckets` buckets a side. */
export function addExponential(total: ExponentialValue, delta: ExponentialValue, maxBuckets: number): void {
  const scale = Math.min(total.scale, delta.scale);
  total.positive = merged(total, delta, 'positive', scale);
  total.negative = merged(total, delta, 'negative', scale);
  total.scale = scale;
  total.count += delta.count;
  total.sum += delta.sum;
  total.zeroCount += delta.zeroCount;
  total.zeroThreshold = Math.max(total.zeroThreshold, delta.zeroThreshold);
  while (Math.max(total.positive.size, total.negative.size) > maxBuckets && total.scale > MIN_SCHEMA) {
    total.positive = downscaled(total.positive, 1);
    total.negative = downscaled(total.negative, 1);
    total.scale--;
  }
}

function merged(
  total: ExponentialValue,
  delta: ExponentialValue,
  side: 'positive' | 'negative',
  scale: number,
): ExponentialBuckets {
  const result = downscaled(total[side], total.scale - scale);
  for (const [index, count] of downscaled(delta[side], delta.scale - scale)) {
    result.set(index, (result.get(index) ?? 0) + count);
  }
  return result;
}

/** Each 2^`by` neighbouring buckets as one. */
function downscaled(buckets: ExponentialBuckets, by: number): ExponentialBuckets {
  if (by === 0) return buckets;
  const width = 2 ** by;
  const result: ExponentialBuckets = new Map();
  for (const [index, count] of buckets) {
    const target = Math.floor(index / width);
    result.set(target, (result.get(target) ?? 0) + count);
  }
  return result;
}

function layOut(buckets: ExponentialBuckets): { spans: BucketSpan[]; counts: number[] } {
  const spans: { offset: number; length: number }[] = [];
  const counts: number[] = [];
  let next = 0;
  for (const index of [...buckets.keys()].sort((a, b) => a - b)) {
    const count = buckets.get(index)!;
    if (count === 0) continue;
    const at = index + 1;
    const gap = at - next;
    let span = spans.at(-1);
    if (span === undefined || gap > FILLED_GAP) {
      span = { offset: gap, length: 0 };
      spans.push(span);
    } else {
      for (let i = 0; i < gap; i++) counts.push(0);
      span.length += gap;
    }
    counts.push(count);
    span.length++;
    next = at + 1;
  }
  return { spans, counts };
}
