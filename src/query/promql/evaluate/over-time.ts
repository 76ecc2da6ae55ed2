import { RESET_HINT } from '../../../model/histogram.ts';
import { meanOf, sumOf, type SumNotes } from '../histogram/arithmetic.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { KahanSum } from '../histogram/kahan.ts';
import { quantileOf } from './quantile.ts';
import {
  noteBoundsReconciled,
  noteHistogramsIgnored,
  warnMixed,
  warnMixedSchemas,
  warnResetCollision,
} from './window-notes.ts';
import type { Window } from './window.ts';

/* The `…_over_time` functions: one window in, a value or nothing out. */

export function sumOverTime(window: Window): number | FloatHistogram | undefined {
  if (window.histogramCount > 0) return window.floats > 0 ? warnMixed(window) : overHistograms(window, sumOf);
  const { values, lo, hi } = window;
  if (lo === hi) return undefined;
  const total = new KahanSum();
  for (let i = lo; i < hi; i++) total.add(values[i]!);
  return total.value;
}

export function avgOverTime(window: Window): number | FloatHistogram | undefined {
  if (window.histogramCount > 0) return window.floats > 0 ? warnMixed(window) : overHistograms(window, meanOf);
  const { values, lo, hi } = window;
  return lo === hi ? undefined : meanOfValues(values, lo, hi);
}

/** Mean by compensated sum; where the sum overflows, by steps from mean to mean. */
export function meanOfValues(values: Float64Array, lo: number, hi: number): number {
  const total = new KahanSum(values[lo]);
  for (let i = lo + 1; i < hi; i++) {
    const { sum, compensation } = total;
    total.add(values[i]!);
    if (total.sum !== Infinity && total.sum !== -Infinity) continue;
    return meanFrom(sum / (i - lo), compensation / (i - lo), values, lo, i, hi);
  }
  return total.sum / (hi - lo) + total.compensation / (hi - lo);
}

function meanFrom(
  mean: number,
  compensation: number,
  values: Float64Array,
  lo: number,
  from: number,
  hi: number,
): number {
  const running = new KahanSum(mean);
  running.compensation = compensation;
  for (let i = from; i < hi; i++) {
    const count = i - lo + 1;
    const weight = (count - 1) / count;
    running.sum *= weight;
    running.compensation *= weight;
    running.add(values[i]! / count);
  }
  return running.sum + running.compensation;
}

function overHistograms(
  window: Window,
  reduce: (histograms: readonly FloatHistogram[], notes: SumNotes) => FloatHistogram | undefined,
): FloatHistogram | undefined {
  const histograms: FloatHistogram[] = [];
  for (let i = window.histLo; i < window.histHi; i++) histograms.push(window.histogram(i));
  const notes: SumNotes = { resetCollision: false, boundsReconciled: false };
  const result = reduce(histograms, notes);
  if (result === undefined) return warnMixedSchemas(window);
  if (hintsCollide(histograms)) warnResetCollision(window);
  if (notes.boundsReconciled) noteBoundsReconciled(window, 'aggregation');
  return result;
}

/** Whether some say that the counter was reset and others that it was not. */
export function hintsCollide(histograms: readonly FloatHistogram[]): boolean {
  const has = (hint: number): boolean => histograms.some((histogram) => histogram.resetHint === hint);
  return has(RESET_HINT.RESET) && has(RESET_HINT.NOT_RESET);
}

export function countOverTime(window: Window): number | undefined {
  return window.isEmpty ? undefined : window.floats + window.histogramCount;
}

export function presentOverTime(window: Window): number | undefined {
  return window.isEmpty ? undefined : 1;
}

export function firstOverTime(window: Window): number | FloatHistogram | undefined {
  if (window.isEmpty) return undefined;
  const floatFirst =
    window.histogramCount === 0 ||
    (window.floats > 0 && window.times[window.lo]! < window.histograms.times[window.histLo]!);
  return floatFirst ? window.values[window.lo]! : window.histogram(window.histLo);
}

export function lastOverTime(window: Window): number | FloatHistogram | undefined {
  if (window.isEmpty) return undefined;
  return floatIsLast(window) ? window.values[window.hi - 1]! : window.histogram(window.histHi - 1);
}

export function timeOfFirst(window: Window): number | undefined {
  if (window.isEmpty) return undefined;
  const float = window.floats > 0 ? window.times[window.lo]! : Infinity;
  const histogram = window.histogramCount > 0 ? window.histograms.times[window.histLo]! : Infinity;
  return Math.min(float, histogram) / 1000;
}

export function timeOfLast(window: Window): number | undefined {
  if (window.isEmpty) return undefined;
  const last = floatIsLast(window) ? window.times[window.hi - 1]! : window.histograms.times[window.histHi - 1]!;
  return last / 1000;
}

function floatIsLast(window: Window): boolean {
  if (window.histogramCount === 0) return true;
  return window.floats > 0 && window.histograms.times[window.histHi - 1]! < window.times[window.hi - 1]!;
}

export function maxOverTime(window: Window): number | undefined {
  if (!hasFloats(window)) return undefined;
  const { values, lo, hi } = window;
  let best = values[lo]!;
  for (let i = lo + 1; i < hi; i++) if (values[i]! > best || Number.isNaN(best)) best = values[i]!;
  return best;
}

export function minOverTime(window: Window): number | undefined {
  if (!hasFloats(window)) return undefined;
  const { values, lo, hi } = window;
  let best = values[lo]!;
  for (let i = lo + 1; i < hi; i++) if (values[i]! < best || Number.isNaN(best)) best = values[i]!;
  return best;
}

/** When the largest (`sign` 1) or smallest (-1) value was seen last, seconds. */
export function timeOfExtreme(window: Window, sign: 1 | -1): number | undefined {
  if (!hasFloats(window)) return undefined;
  const { values, times, lo, hi } = window;
  let at = lo;
  for (let i = lo + 1; i < hi; i++) if (sign * values[i]! >= sign * values[at]! || Number.isNaN(values[at]!)) at = i;
  return times[at]! / 1000;
}

export function varianceOverTime(window: Window): number | undefined {
  if (!hasFloats(window)) return undefined;
  const { values, lo, hi } = window;
  const mean = new KahanSum();
  const squares = new KahanSum();
  for (let i = lo; i < hi; i++) {
    const delta = values[i]! - (mean.sum + mean.compensation);
    mean.add(delta / (i - lo + 1));
    squares.add(delta * (values[i]! - (mean.sum + mean.compensation)));
  }
  return (squares.sum + squares.compensation) / (hi - lo);
}

export function stddevOverTime(window: Window): number | undefined {
  const variance = varianceOverTime(window);
  return variance === undefined ? undefined : Math.sqrt(variance);
}

export function quantileOverTime(window: Window, q: number): number | undefined {
  return hasFloats(window) ? quantileOf(q, window.values.slice(window.lo, window.hi)) : undefined;
}

/** Median of the distances from the median. */
export function madOverTime(window: Window): number | undefined {
  if (!hasFloats(window)) return undefined;
  const values = window.values.slice(window.lo, window.hi);
  if (values.some((value) => Number.isNaN(value))) return NaN;
  const median = quantileOf(0.5, values);
  return quantileOf(
    0.5,
    values.map((value) => Math.abs(value - median)),
  );
}

/** Histograms beside floats are left out, with a word on it; without floats there is no answer. */
function hasFloats(window: Window): boolean {
  if (window.floats === 0) return false;
  if (window.histogramCount > 0) noteHistogramsIgnored(window);
  return true;
}

/** Slope per second by least squares. */
export function deriv(window: Window): number | undefined {
  if (!enoughForTrend(window)) return undefined;
  // Times relative to one near by, as squares of epoch times would drown the differences.
  return linearRegression(window, window.times[window.lo]!).slope;
}

/** Value `seconds` after the time of evaluation on the line through the samples. */
export function predictLinear(window: Window, seconds: number): number | undefined {
  if (!enoughForTrend(window)) return undefined;
  const { slope, intercept } = linearRegression(window, window.timeMs);
  return slope * seconds + intercept;
}

function enoughForTrend(window: Window): boolean {
  if (window.histogramCount > 0 && window.floats > 0) noteHistogramsIgnored(window);
  return window.floats >= 2;
}

function linearRegression(window: Window, originMs: number): { slope: number; intercept: number } {
  const { values, times, lo, hi } = window;
  const count = hi - lo;
  const [x, y, xy, xx] = [new KahanSum(), new KahanSum(), new KahanSum(), new KahanSum()];
  let constant = true;
  for (let i = lo; i < hi; i++) {
    const value = values[i]!;
    if (value !== values[lo]!) constant = false;
    const seconds = (times[i]! - originMs) / 1000;
    x.add(seconds);
    y.add(value);
    xy.add(seconds * value);
    xx.add(seconds * seconds);
  }
  if (constant) {
    const value = values[lo]!;
    return value === Infinity || value === -Infinity ? { slope: NaN, intercept: NaN } : { slope: 0, intercept: value };
  }
  const total = ({ sum, compensation }: KahanSum): number => sum + compensation;
  const covariance = total(xy) - (total(x) * total(y)) / count;
  const variance = total(xx) - (total(x) * total(x)) / count;
  const slope = covariance / variance;
  return { slope, intercept: total(y) / count - (slope * total(x)) / count };
}

/**
 * Holt's linear smoothing.
 * @param smoothing weight of new values, 0..1
 * @param trendFactor weight of new trends, 0..1
 */
export function doubleExponentialSmoothing(window: Window, smoothing: number, trendFactor: number): number | undefined {
  if (!enoughForTrend(window)) return undefined;
  const { values, lo, hi } = window;
  let before = 0;
  let level = values[lo]!;
  let trend = values[lo + 1]! - values[lo]!;
  for (let i = lo + 1; i < hi; i++) {
    if (i > lo + 1) trend = trendFactor * (level - before) + (1 - trendFactor) * trend;
    const next = smoothing * values[i]! + (1 - smoothing) * (level + trend);
    before = level;
    level = next;
  }
  return level;
}
