import type { Annotations } from '../annotations.ts';
import { timeAt, type Grid } from '../grid.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { METRIC_NAME } from '../label-set.ts';
import type { HistogramPoints, SampleSeries } from '../series.ts';
import type { RangeModifier, TextRange } from '../syntax/ast.ts';

const NO_POINTS: HistogramPoints = { times: new Float64Array(0), values: [], starts: undefined };

/** How a window follows the steps of a grid. */
export interface WindowShape {
  readonly rangeMs: number;
  readonly offsetMs: number;
  readonly atMs: number | undefined;
  readonly modifier: RangeModifier | undefined;
  /** How far `anchored` and `smoothed` reach beyond the range. */
  readonly lookbackMs: number;
}

/**
 * The samples of one series within a range that moves along a grid: floats `lo <= i < hi` of `times` and `values`,
 * histograms `histLo <= i < histHi` of `histograms`, without staleness markers. One object serves all steps, as a
 * query has millions of them.
 */
export class Window {
  readonly series: SampleSeries;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly starts: Float64Array | undefined;
  readonly histograms: HistogramPoints;
  readonly annotations: Annotations;
  /** Of the range in the query. */
  readonly range: TextRange;
  readonly shape: WindowShape;
  lo = 0;
  hi = 0;
  histLo = 0;
  histHi = 0;
  /** The step's time. */
  timeMs = 0;
  /** Bounds of the range: left open, right closed. */
  startMs = 0;
  endMs = 0;

  constructor(series: SampleSeries, shape: WindowShape, annotations: Annotations, range: TextRange) {
    const clean = withoutStale(series);
    this.series = clean;
    this.times = clean.times;
    this.values = clean.values;
    this.starts = clean.starts;
    this.histograms = clean.histograms ?? NO_POINTS;
    this.annotations = annotations;
    this.range = range;
    this.shape = shape;
  }

  get metric(): string {
    return this.series.labels.get(METRIC_NAME);
  }

  get floats(): number {
    return this.hi - this.lo;
  }

  get histogramCount(): number {
    return this.histHi - this.histLo;
  }

  get isEmpty(): boolean {
    return this.hi === this.lo && this.histHi === this.histLo;
  }

  histogram(index: number): FloatHistogram {
    return this.histograms.values[index]!;
  }

  /** Moves to a step; steps come in ascending order. */
  moveTo(grid: Grid, step: number): void {
    const { rangeMs, offsetMs, atMs, modifier, lookbackMs } = this.shape;
    this.timeMs = timeAt(grid, step);
    this.endMs = (atMs ?? this.timeMs) - offsetMs;
    this.startMs = this.endMs - rangeMs;
    const from = modifier === undefined ? this.startMs : this.startMs - lookbackMs;
    const to = modifier === 'smoothed' ? this.endMs + lookbackMs : this.endMs;
    const { times } = this;
    let { lo, hi } = this;
    while (hi < times.length && times[hi]! <= to) hi++;
    while (lo < hi && times[lo]! <= from) lo++;
    this.lo = lo;
    this.hi = hi;
    const histTimes = this.histograms.times;
    if (histTimes.length === 0) return;
    while (this.histHi < histTimes.length && histTimes[this.histHi]! <= to) this.histHi++;
    while (this.histLo < this.histHi && histTimes[this.histLo]! <= from) this.histLo++;
  }
}

/** Range functions do not see staleness markers. */
function withoutStale(series: SampleSeries): SampleSeries {
  const { stale, histograms } = series;
  const clean = histograms?.values.includes(undefined) === true ? compactHistograms(histograms) : histograms;
  if (stale?.includes(1) !== true) return clean === histograms ? series : { ...series, histograms: clean };
  const kept = Array.from(stale.keys()).filter((i) => stale[i] === 0);
  const pick = (from: Float64Array): Float64Array => Float64Array.from(kept, (i) => from[i]!);
  return {
    ...series,
    times: pick(series.times),
    values: pick(series.values),
    stale: undefined,
    starts: series.starts === undefined ? undefined : pick(series.starts),
    histograms: clean,
  };
}

function compactHistograms({ times, values, starts }: HistogramPoints): HistogramPoints {
  const kept = values.flatMap((value, i) => (value === undefined ? [] : [i]));
  return {
    times: Float64Array.from(kept, (i) => times[i]!),
    values: kept.map((i) => values[i]!),
    starts: starts === undefined ? undefined : Float64Array.from(kept, (i) => starts[i]!),
  };
}
