import { RESET_HINT } from '../../../model/histogram.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { isReset } from '../histogram/reset.ts';
import { add, type RateKind } from './growth.ts';
import { warnMixed, warnMixedSchemas, warnNotCounter, warnNotGauge } from './window-notes.ts';
import type { Window } from './window.ts';

/**
 * Growth over the range without extrapolation: from the last sample at or before its start (`anchored`), or from
 * values interpolated at both ends (`smoothed`). The window reaches beyond the range to find these samples.
 */
export function extendedRate(window: Window, kind: RateKind): number | FloatHistogram | undefined {
  if (window.histogramCount > 0) return window.floats > 0 ? warnMixed(window) : extendedHistogramRate(window, kind);
  const { times, values, startMs, endMs } = window;
  const smoothed = window.shape.modifier === 'smoothed';
  const ends = endsOf(times, window.lo, window.hi, startMs, endMs, smoothed);
  if (ends === undefined) return undefined;
  const { first, last } = ends;
  const between = (i: number, timeMs: number): number =>
    interpolate(times[i]!, values[i]!, times[i + 1]!, values[i + 1]!, timeMs, kind.counter);
  const left = smoothed && times[first]! < startMs ? between(first, startMs) : values[first]!;
  const right = smoothed && last > window.lo && times[last]! > endMs ? between(last - 1, endMs) : values[last]!;
  let growth = right - left;
  if (kind.counter) {
    const from = times[first]! <= startMs ? first + 1 : first;
    const to = times[last]! >= endMs ? last - 1 : last;
    let previous = left;
    for (let i = from; i <= to; i++) {
      if (values[i]! < previous) growth += previous;
      previous = values[i]!;
    }
    if (right < previous) growth += previous;
  }
  return kind.perSecond ? growth / (window.shape.rangeMs / 1000) : growth;
}

/** The samples that stand for both ends of the range, if it has any. */
function endsOf(
  times: Float64Array,
  lo: number,
  hi: number,
  startMs: number,
  endMs: number,
  smoothed: boolean,
): { first: number; last: number } | undefined {
  if (hi === lo) return undefined;
  let first = lo;
  while (first + 1 < hi && times[first + 1]! <= startMs) first++;
  let last = hi - 1;
  if (smoothed) while (last > lo && times[last - 1]! >= endMs) last--;
  if (times[last]! <= startMs || (smoothed && times[first]! > endMs)) return undefined;
  return { first, last };
}

/** The value on the line between two samples; a counter that was reset between them starts at zero. */
export function interpolate(t1: number, v1: number, t2: number, v2: number, timeMs: number, counter: boolean): number {
  const from = counter && v2 < v1 ? 0 : v1;
  return from + ((v2 - from) * (timeMs - t1)) / (t2 - t1);
}

function extendedHistogramRate(window: Window, kind: RateKind): FloatHistogram | undefined {
  const { times } = window.histograms;
  const { startMs, endMs } = window;
  const smoothed = window.shape.modifier === 'smoothed';
  const ends = endsOf(times, window.histLo, window.histHi, startMs, endMs, smoothed);
  if (ends === undefined) return undefined;
  const { first, last } = ends;
  for (let i = first; i <= last; i++) {
    if (window.histogram(i).isCustom !== window.histogram(first).isCustom) return warnMixedSchemas(window);
    if (kind.counter && window.histogram(i).resetHint === RESET_HINT.GAUGE) warnNotCounter(window);
  }
  const atStart = smoothed && times[first]! < startMs;
  const left = atStart ? interpolateHistograms(window, first, startMs, kind.counter) : window.histogram(first);
  const atEnd = smoothed && last > window.histLo && times[last]! > endMs;
  const right = atEnd ? interpolateHistograms(window, last - 1, endMs, kind.counter) : window.histogram(last);
  if (left === undefined || right === undefined) return undefined;
  if (!kind.counter && (left.resetHint !== RESET_HINT.GAUGE || right.resetHint !== RESET_HINT.GAUGE))
    warnNotGauge(window);
  let growth = add(window, right, left, -1);
  if (kind.counter) {
    let previous = left;
    let from = first + 1;
    if (atStart && isReset(window.histogram(first + 1), window.histogram(first))) {
      // The value at the start was interpolated across this reset and accounts for it.
      previous = window.histogram(first + 1);
      from++;
    }
    for (let i = from; i < last && growth !== undefined; i++) {
      if (isReset(window.histogram(i), previous)) growth = add(window, growth, previous, 1);
      previous = window.histogram(i);
    }
    if (from <= last && growth !== undefined && isReset(right, previous)) growth = add(window, growth, previous, 1);
  }
  const result = kind.perSecond ? growth?.divide(window.shape.rangeMs / 1000) : growth;
  return result?.with({ resetHint: RESET_HINT.GAUGE });
}

/** The histogram on the line between the samples `index` and `index + 1`. */
export function interpolateHistograms(
  window: Window,
  index: number,
  timeMs: number,
  counter: boolean,
): FloatHistogram | undefined {
  const { times } = window.histograms;
  const before = window.histogram(index);
  const after = window.histogram(index + 1);
  if (timeMs === times[index]) return before;
  if (timeMs === times[index + 1]) return after;
  const fraction = (timeMs - times[index]!) / (times[index + 1]! - times[index]!);
  if (counter && isReset(after, before)) return after.scale(fraction);
  const difference = add(window, after, before, -1);
  return difference === undefined ? undefined : add(window, difference.scale(fraction), before, 1);
}
