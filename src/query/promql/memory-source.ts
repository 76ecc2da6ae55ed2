import { tooManySamples, tooManySeries } from './limits.ts';
import { matchesAll } from './matcher.ts';
import type { HistogramPoints, SampleSeries } from './series.ts';
import type { SelectRequest, Selection, Source } from './source.ts';

/** Series held in memory: the source of tests and of what is computed elsewhere. */
export class MemorySource implements Source {
  private readonly series: readonly SampleSeries[];

  /** @param series distinct in their labels, samples ascending in time */
  constructor(series: readonly SampleSeries[]) {
    this.series = series;
  }

  async select(request: SelectRequest): Promise<Selection> {
    const series = this.series
      .filter(({ labels }) => matchesAll(request.matchers, (name) => labels.get(name)))
      .map((one) => between(one, request.fromMs, request.toMs))
      .filter((one) => one.times.length > 0 || one.histograms !== undefined);
    if (series.length > request.maxSeries) throw tooManySeries(series.length, request.maxSeries);
    return {
      labels: series.map(({ labels }) => labels),
      notes: [],
      async read(indices) {
        const wanted = indices?.map((index) => series[index]!) ?? series;
        const samples = wanted.reduce((sum, one) => sum + one.times.length, 0);
        if (samples > request.maxSamples) throw tooManySamples(samples, request.maxSamples);
        return wanted;
      },
    };
  }
}

/** The part of a series with `fromMs < time <= toMs`. */
export function between(series: SampleSeries, fromMs: number, toMs: number): SampleSeries {
  const low = firstAfter(series.times, fromMs);
  const high = firstAfter(series.times, toMs);
  return {
    ...series,
    times: series.times.subarray(low, high),
    values: series.values.subarray(low, high),
    stale: series.stale?.subarray(low, high),
    starts: series.starts?.subarray(low, high),
    histograms: series.histograms === undefined ? undefined : histogramsBetween(series.histograms, fromMs, toMs),
  };
}

function histogramsBetween(points: HistogramPoints, fromMs: number, toMs: number): HistogramPoints | undefined {
  const low = firstAfter(points.times, fromMs);
  const high = firstAfter(points.times, toMs);
  if (low === high) return undefined;
  const times = points.times.subarray(low, high);
  return { times, values: points.values.slice(low, high), starts: points.starts?.subarray(low, high) };
}

/** Index of the first time after `timeMs`. */
export function firstAfter(times: Float64Array, timeMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! > timeMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
