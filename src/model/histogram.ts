/** Whether a histogram may be lower than the one before it without a reset. */
export const RESET_HINT = { UNKNOWN: 0, RESET: 1, NOT_RESET: 2, GAUGE: 3 } as const;
export type ResetHint = (typeof RESET_HINT)[keyof typeof RESET_HINT];

/** Schema of histograms with custom bounds (classic buckets held natively). */
export const CUSTOM_BUCKETS_SCHEMA = -53;

/** A run of neighbouring buckets: skip `offset` buckets behind the last run, then `length` follow. */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/**
 * A Prometheus native histogram with float counts.
 * Bucket i of schema s reaches from (2^(2^-s))^(i-1), exclusive, to (2^(2^-s))^i, inclusive; with
 * `CUSTOM_BUCKETS_SCHEMA` the bounds are `customBounds` (ascending, without +Inf) and there are no negative ones.
 * Counts are absolute, not deltas.
 * @see https://prometheus.io/docs/specs/native_histograms/
 */
export interface NativeHistogram {
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positiveSpans: readonly BucketSpan[];
  readonly positiveCounts: readonly number[];
  readonly negativeSpans: readonly BucketSpan[];
  readonly negativeCounts: readonly number[];
  readonly customBounds: readonly number[];
  readonly resetHint: ResetHint;
}
