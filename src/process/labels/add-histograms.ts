import { CUSTOM_BUCKETS_SCHEMA, RESET_HINT, type BucketSpan, type NativeHistogram } from '../../model/histogram.ts';

/**
 * Sum of two native histograms, at the coarser of their schemas and the wider of their zero buckets. Histograms with
 * custom bounds add up if the bounds are the same; else the one with more observations stands for both, with the
 * count and sum of both.
 */
export function addHistograms(a: NativeHistogram, b: NativeHistogram): NativeHistogram {
  const count = a.count + b.count;
  const sum = a.sum + b.sum;
  const isCustom = a.schema === CUSTOM_BUCKETS_SCHEMA || b.schema === CUSTOM_BUCKETS_SCHEMA;
  if (isCustom && !sameBounds(a, b)) return { ...(a.count >= b.count ? a : b), count, sum };
  const schema = isCustom ? CUSTOM_BUCKETS_SCHEMA : Math.min(a.schema, b.schema);
  const positive = new Map<number, number>();
  const negative = new Map<number, number>();
  for (const histogram of [a, b]) {
    const shift = isCustom ? 0 : histogram.schema - schema;
    collect(positive, histogram.positiveSpans, histogram.positiveCounts, shift);
    collect(negative, histogram.negativeSpans, histogram.negativeCounts, shift);
  }
  const [positiveSpans, positiveCounts] = layOut(positive);
  const [negativeSpans, negativeCounts] = layOut(negative);
  return {
    schema,
    count,
    sum,
    zeroThreshold: Math.max(a.zeroThreshold, b.zeroThreshold),
    zeroCount: a.zeroCount + b.zeroCount,
    positiveSpans,
    positiveCounts,
    negativeSpans,
    negativeCounts,
    customBounds: a.customBounds,
    resetHint: a.resetHint === b.resetHint ? a.resetHint : RESET_HINT.UNKNOWN,
  };
}

function sameBounds(a: NativeHistogram, b: NativeHistogram): boolean {
  return (
    a.schema === b.schema &&
    a.customBounds.length === b.customBounds.length &&
    a.customBounds.every((bound, i) => bound === b.customBounds[i])
  );
}

/** Adds counts by absolute bucket index, each `shift` schemas coarser. */
function collect(
  into: Map<number, number>,
  spans: readonly BucketSpan[],
  counts: readonly number[],
  shift: number,
): void {
  let index = 0;
  let at = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++, index++) {
      // Bucket i ends at base^i, so its end stays inside ceil(i / 2^shift).
      const coarse = Math.ceil(index / 2 ** shift);
      into.set(coarse, (into.get(coarse) ?? 0) + (counts[at++] ?? 0));
    }
  }
}

function layOut(buckets: ReadonlyMap<number, number>): [BucketSpan[], number[]] {
  const spans: { offset: number; length: number }[] = [];
  const counts: number[] = [];
  let next = 0;
  for (const [index, count] of [...buckets].sort(([a], [b]) => a - b)) {
    const last = spans.at(-1);
    if (last !== undefined && index === next) last.length++;
    else spans.push({ offset: index - (last === undefined ? 0 : next), length: 1 });
    counts.push(count);
    next = index + 1;
  }
  return [spans, counts];
}
