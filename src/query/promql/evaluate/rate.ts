import { RESET_HINT } from '../../../model/histogram.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { isReset } from '../histogram/reset.ts';
import { add, type RateKind } from './growth.ts';
import { extendedRate } from './extended-rate.ts';
import { warnMixed, warnMixedSchemas, warnNotCounter, warnNotGauge, warnStartOverlap } from './window-notes.ts';
import type { Window } from './window.ts';

/** Gaps of up to this many average intervals at the ends of the range are bridged whole. */
const BRIDGED_INTERVALS = 1.1;

/**
 * Growth over the range, extrapolated to its ends.
 * @see https://prometheus.io/docs/prometheus/latest/querying/functions/#rate
 */
export function extrapolatedRate(window: Window, kind: RateKind): number | FloatHistogram | undefined {
  if (window.shape.modifier !== undefined) return extendedRate(window, kind);
  const floats = window.hi - window.lo;
  if (window.histHi > window.histLo) {
    if (floats > 0) return warnMixed(window);
    return histogramRate(window, kind);
  }
  if (floats === 0) return undefined;
  const { times, values, starts, lo, hi } = window;
  const last = hi - 1;
  let growth = values[last]! - values[lo]!;
  if (kind.counter && floats > 1)
    growth += starts === undefined ? resetsOf(values, lo, hi) : resetsWithStarts(window, starts);
  const started = kind.counter && starts !== undefined && startsWithin(starts[lo]!, window.startMs, times[lo]!);
  if (started) growth += values[lo]!;
  else if (floats === 1) return undefined;
  const factor = extrapolation(window, kind, {
    firstMs: started ? starts[lo]! : times[lo]!,
    lastMs: times[last]!,
    intervals: last - lo,
    averageMs: last === lo ? 0 : (times[last]! - times[lo]!) / (last - lo),
    started,
    first: values[lo]!,
    growth,
  });
  return growth * factor;
}

/** What counters lost to resets in the window. */
function resetsOf(values: Float64Array, lo: number, hi: number): number {
  let lost = 0;
  let previous = values[lo]!;
  for (let i = lo + 1; i < hi; i++) {
    const current = values[i]!;
    if (current < previous) lost += previous;
    previous = current;
  }
  return lost;
}

function resetsWithStarts(window: Window, starts: Float64Array): number {
  const { times, values, lo, hi } = window;
  let lost = 0;
  let overlap = false;
  for (let i = lo + 1; i < hi; i++) {
    overlap ||= startOverlaps(starts[i - 1]!, times[i - 1]!, starts[i]!);
    if (values[i]! < values[i - 1]! || isStartReset(starts[i - 1]!, times[i - 1]!, starts[i]!, times[i]!))
      lost += values[i - 1]!;
  }
  if (overlap) warnStartOverlap(window);
  return lost;
}

interface Extent {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly intervals: number;
  readonly averageMs: number;
  /** The first sample's counter started within the range, which needs no guess to the left. */
  readonly started: boolean;
  readonly first: number;
  readonly growth: number;
}

/** By how much the growth between the samples stands for the growth over the whole range. */
function extrapolation(window: Window, kind: RateKind, extent: Extent): number {
  const sampledMs = extent.lastMs - extent.firstMs;
  const bridgedMs = extent.averageMs * BRIDGED_INTERVALS;
  let toStart = 0;
  if (!extent.started) {
    toStart = extent.firstMs - window.startMs;
    if (toStart >= bridgedMs) toStart = extent.averageMs / 2;
    // A counter does not start below zero: no further to the left than where it would have been zero.
    if (kind.counter && extent.growth > 0 && extent.first >= 0) {
      toStart = Math.min(toStart, sampledMs * (extent.first / extent.growth));
    }
  }
  let toEnd = window.endMs - extent.lastMs;
  if (toEnd >= bridgedMs) toEnd = extent.averageMs / 2;
  const factor = sampledMs === 0 ? 1 : (sampledMs + toStart + toEnd) / sampledMs;
  return kind.perSecond ? factor / (window.shape.rangeMs / 1000) : factor;
}

function histogramRate(window: Window, kind: RateKind): FloatHistogram | undefined {
  const { times, starts } = window.histograms;
  const { histLo: lo, histHi: hi } = window;
  const last = hi - 1;
  let growth = hi - lo > 1 ? histogramGrowth(window, kind) : undefined;
  if (growth === undefined && hi - lo > 1) return undefined;
  const started = kind.counter && starts !== undefined && startsWithin(starts[lo]!, window.startMs, times[lo]!);
  if (started) {
    growth = growth === undefined ? window.histogram(lo) : add(window, growth, window.histogram(lo), 1);
  }
  if (growth === undefined) return undefined;
  const factor = extrapolation(window, kind, {
    firstMs: started ? starts[lo]! : times[lo]!,
    lastMs: times[last]!,
    intervals: last - lo,
    averageMs: last === lo ? 0 : (times[last]! - times[lo]!) / (last - lo),
    started,
    first: window.histogram(lo).count,
    growth: growth.count,
  });
  return growth.scale(factor).with({ resetHint: RESET_HINT.GAUGE });
}

/** Difference of the last and the first histogram, with what was counted before resets. */
function histogramGrowth(window: Window, kind: RateKind): FloatHistogram | undefined {
  const { histLo: lo, histHi: hi, histograms } = window;
  const { times, starts } = histograms;
  const gauges = (index: number): boolean => window.histogram(index).resetHint === RESET_HINT.GAUGE;
  const wasReset = (index: number): boolean =>
    (starts !== undefined && isStartReset(starts[index - 1]!, times[index - 1]!, starts[index]!, times[index]!)) ||
    isReset(window.histogram(index), window.histogram(index - 1));
  // What came before a reset right behind the first sample does not matter, its buckets do not have to fit.
  const fromZero = kind.counter && wasReset(lo + 1);
  for (let i = fromZero ? lo + 1 : lo; i < hi; i++) {
    if (window.histogram(i).isCustom !== window.histogram(hi - 1).isCustom) return warnMixedSchemas(window);
  }
  for (let i = lo; kind.counter && i < hi; i++) if (gauges(i)) warnNotCounter(window);
  if (!kind.counter && (!gauges(lo) || !gauges(hi - 1))) warnNotGauge(window);
  let growth: FloatHistogram | undefined = window.histogram(hi - 1);
  if (!fromZero) growth = add(window, growth, window.histogram(lo), -1);
  let overlap = false;
  for (let i = lo + 1; kind.counter && i < hi && growth !== undefined; i++) {
    overlap ||= starts !== undefined && startOverlaps(starts[i - 1]!, times[i - 1]!, starts[i]!);
    if (i === lo + 1 && fromZero) continue;
    if (wasReset(i)) growth = add(window, growth, window.histogram(i - 1), 1);
  }
  if (overlap) warnStartOverlap(window);
  return growth;
}

function startsWithin(startMs: number, rangeStartMs: number, firstMs: number): boolean {
  return startMs !== 0 && startMs > rangeStartMs && startMs < firstMs;
}

/**
 * Whether a counter's start time says that it started anew after the previous sample. A start equal to the previous
 * sample's time means a reset only if that sample's own start was known (a delta series), as OpenTelemetry also
 * marks unknown starts so.
 * @see https://opentelemetry.io/docs/specs/otel/metrics/data-model/#resets-and-gaps
 */
export function isStartReset(previousStart: number, previousTime: number, start: number, time: number): boolean {
  if (start === 0 || start >= time || start < previousTime) return false;
  if (start > previousTime) return true;
  return previousStart !== 0 && previousStart < previousTime;
}

function startOverlaps(previousStart: number, previousTime: number, start: number): boolean {
  return start !== 0 && start < previousTime && start !== previousStart;
}

/**
 * `irate` and `idelta`: between the last two samples, whatever the range.
 * @see https://prometheus.io/docs/prometheus/latest/querying/functions/#irate
 */
export function instantRate(window: Window, counter: boolean): number | FloatHistogram | undefined {
  const floats = window.floats;
  const histograms = window.histogramCount;
  if (floats + histograms < 2) return undefined;
  const { times, values, starts } = window;
  const points = window.histograms;
  if (histograms > 0) {
    const newestFloat = floats > 0 ? times[window.hi - 1]! : -Infinity;
    const secondFloat = floats > 1 ? times[window.hi - 2]! : -Infinity;
    const newest = points.times[window.histHi - 1]!;
    const second = histograms > 1 ? points.times[window.histHi - 2]! : -Infinity;
    if (second > newestFloat) return instantHistogramRate(window, counter);
    if (secondFloat <= newest) return warnMixed(window);
  }
  const last = window.hi - 1;
  const intervalMs = times[last]! - times[last - 1]!;
  const reset =
    values[last]! < values[last - 1]! ||
    (starts !== undefined && isStartReset(starts[last - 1]!, times[last - 1]!, starts[last]!, times[last]!));
  const growth = counter && reset ? values[last]! : values[last]! - values[last - 1]!;
  return counter ? growth / (intervalMs / 1000) : growth;
}

function instantHistogramRate(window: Window, counter: boolean): FloatHistogram | undefined {
  const last = window.histHi - 1;
  const { times, starts } = window.histograms;
  const current = window.histogram(last);
  const previous = window.histogram(last - 1);
  const gauges = [current, previous].filter((histogram) => histogram.resetHint === RESET_HINT.GAUGE).length;
  if (counter && gauges > 0) warnNotCounter(window);
  if (!counter && gauges < 2) warnNotGauge(window);
  const reset =
    (starts !== undefined && isStartReset(starts[last - 1]!, times[last - 1]!, starts[last]!, times[last]!)) ||
    isReset(current, previous);
  const growth = counter && reset ? current : add(window, current, previous, -1);
  const result = growth?.with({ resetHint: RESET_HINT.GAUGE });
  return counter ? result?.divide((times[last]! - times[last - 1]!) / 1000) : result;
}
