import type { DeltaState } from './delta.ts';
import type { ExponentialValue } from './native-histogram.ts';

/** A sum of delta temporality. */
export interface NumberDelta extends DeltaState {
  total: number;
}

/** A histogram with explicit bounds, of delta temporality. */
export interface HistogramDelta extends DeltaState {
  count: number;
  sum: number;
  bounds: Float64Array;
  /** [bounds + 1], not cumulative over bounds */
  buckets: Float64Array;
}

/** An exponential histogram of delta temporality. */
export interface ExponentialDelta extends DeltaState {
  value: ExponentialValue;
}
