import { combine, type SumNotes } from '../histogram/arithmetic.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { noteBoundsReconciled, warnMixedSchemas } from './window-notes.ts';
import type { Window } from './window.ts';

/** What tells rate, increase and delta apart. */
export interface RateKind {
  readonly counter: boolean;
  readonly perSecond: boolean;
}

export const RATE: RateKind = { counter: true, perSecond: true };
export const INCREASE: RateKind = { counter: true, perSecond: false };
export const DELTA: RateKind = { counter: false, perSecond: false };

/** `a ± b` with its advice; undefined, with a warning, if their buckets cannot be brought together. */
export function add(window: Window, a: FloatHistogram, b: FloatHistogram, sign: 1 | -1): FloatHistogram | undefined {
  const notes: SumNotes = { resetCollision: false, boundsReconciled: false };
  const sum = combine(a, b, sign, notes);
  if (sum === undefined) return warnMixedSchemas(window);
  if (notes.boundsReconciled) noteBoundsReconciled(window, sign > 0 ? 'addition' : 'subtraction');
  return sum;
}
