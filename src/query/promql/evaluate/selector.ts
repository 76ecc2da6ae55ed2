import type { Annotations } from '../annotations.ts';
import { timeAt, type Grid } from '../grid.ts';
import { ColumnBuilder, type SampleSeries } from '../series.ts';
import { firstAfter } from '../memory-source.ts';
import { interpolate, interpolateHistograms } from './extended-rate.ts';
import { warnMixed, warnMixedSchemas } from './window-notes.ts';
import { Window, type WindowShape } from './window.ts';
import { RESET_HINT } from '../../../model/histogram.ts';

/** Where an instant selector looks for its samples. */
export interface InstantShape {
  readonly offsetMs: number;
  readonly atMs: number | undefined;
  /** A sample stands for its series this long, unless a staleness marker ends it. */
  readonly lookbackMs: number;
}

/**
 * The newest sample at or before each step.
 * @param sampleTimes when given, filled with the time of the sample taken at each step, milliseconds
 */
export function latestSamples(
  series: SampleSeries,
  grid: Grid,
  shape: InstantShape,
  sampleTimes?: Float64Array,
): ColumnBuilder {
  const column = new ColumnBuilder(grid.steps);
  const { times, values, stale, histograms } = series;
  const histTimes = histograms?.times;
  let next = 0;
  let histNext = 0;
  for (let step = 0; step < grid.steps; step++) {
    const timeMs = (shape.atMs ?? timeAt(grid, step)) - shape.offsetMs;
    while (next < times.length && times[next]! <= timeMs) next++;
    let newest = next > 0 ? times[next - 1]! : -Infinity;
    let float = true;
    if (histTimes !== undefined) {
      while (histNext < histTimes.length && histTimes[histNext]! <= timeMs) histNext++;
      if (histNext > 0 && histTimes[histNext - 1]! > newest) {
        newest = histTimes[histNext - 1]!;
        float = false;
      }
    }
    if (newest <= timeMs - shape.lookbackMs) continue;
    if (float) {
      if (stale !== undefined && stale[next - 1] === 1) continue;
      column.setFloat(step, values[next - 1]!);
    } else {
      const histogram = histograms!.values[histNext - 1];
      if (histogram === undefined) continue;
      column.setHistogram(step, histogram);
    }
    if (sampleTimes !== undefined) sampleTimes[step] = newest;
  }
  return column;
}

/** `smoothed` instant selectors: the value on the line between the samples before and after each step. */
export function smoothedSamples(
  series: SampleSeries,
  grid: Grid,
  shape: InstantShape,
  annotations: Annotations,
  range: { from: number; to: number },
): ColumnBuilder {
  const column = new ColumnBuilder(grid.steps);
  const windowShape: WindowShape = {
    rangeMs: 0,
    offsetMs: shape.offsetMs,
    atMs: shape.atMs,
    modifier: 'smoothed',
    lookbackMs: shape.lookbackMs,
  };
  const window = new Window(series, windowShape, annotations, range);
  for (let step = 0; step < grid.steps; step++) {
    window.moveTo(grid, step);
    if (window.isEmpty) continue;
    if (window.floats > 0 && window.histogramCount > 0) warnMixed(window);
    else if (window.floats > 0) column.set(step, smoothedFloat(window));
    else column.set(step, smoothedHistogram(window));
  }
  return column;
}

function smoothedFloat({ times, values, lo, hi, endMs }: Window): number | undefined {
  const after = Math.max(lo, Math.min(hi, firstAfter(times, endMs)));
  if (after === lo) return undefined;
  if (after === hi || times[after - 1] === endMs) return values[after - 1]!;
  return interpolate(times[after - 1]!, values[after - 1]!, times[after]!, values[after]!, endMs, false);
}

function smoothedHistogram(window: Window): ReturnType<typeof interpolateHistograms> {
  const { histLo, histHi, endMs } = window;
  const { times } = window.histograms;
  const after = Math.max(histLo, Math.min(histHi, firstAfter(times, endMs)));
  if (after === histLo) return undefined;
  const before = window.histogram(after - 1);
  if (times[after - 1] === endMs) return before;
  if (after === histHi) return before.with({ resetHint: RESET_HINT.UNKNOWN });
  const next = window.histogram(after);
  if (before.isCustom !== next.isCustom) return warnMixedSchemas(window);
  const counter = before.resetHint !== RESET_HINT.GAUGE || next.resetHint !== RESET_HINT.GAUGE;
  return interpolateHistograms(window, after - 1, endMs, counter);
}
