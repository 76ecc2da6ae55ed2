import type { ViewPart } from './canonical-view.ts';
import { LabelSet } from './label-set.ts';
import type { SampleSeries } from './series.ts';

/** A part's samples with sentinels left out, combined with its operand, in canonical units. */
export function partSamples(part: ViewPart, stored: ReadonlyMap<number, SampleSeries>): SampleSeries {
  const { source } = part;
  const series = stored.get(part.index)!;
  const operand = part.operand === undefined ? undefined : stored.get(part.operand)!;
  if (operand === undefined && source.absentFrom === undefined && source.scale === 1) return series;
  const absentFrom = source.absentFrom ?? Infinity;
  const { times, values, stale } = series;
  const out = new SampleList(times.length);
  let at = 0;
  for (let i = 0; i < times.length; i++) {
    if (stale?.[i] === 1) out.push(times[i]!, NaN, true);
    else if (source.absentFrom === undefined || !(values[i]! >= absentFrom)) {
      let value = values[i]!;
      if (operand !== undefined) {
        while (at < operand.times.length && operand.times[at]! < times[i]!) at++;
        if (operand.times[at] !== times[i] || operand.stale?.[at] === 1) continue;
        value = source.operand!.op === 'add' ? value + operand.values[at]! : value / operand.values[at]!;
      }
      out.push(times[i]!, value * source.scale, false);
    }
  }
  return out.series(series.histograms);
}

/**
 * The samples at times when no better source was alive: none of its samples lies within the lookback before.
 * @param better ascending
 */
export function keepOutside(series: SampleSeries, better: Float64Array, lookbackMs: number): SampleSeries {
  if (better.length === 0) return series;
  let at = 0;
  const alive = (timeMs: number): boolean => {
    while (at < better.length && better[at]! <= timeMs) at++;
    return at > 0 && better[at - 1]! > timeMs - lookbackMs;
  };
  const out = new SampleList(series.times.length);
  series.times.forEach((timeMs, i) => {
    if (!alive(timeMs)) out.push(timeMs, series.values[i]!, series.stale?.[i] === 1);
  });
  at = 0;
  const { histograms } = series;
  if (histograms === undefined) return out.series(undefined);
  const kept = Array.from(histograms.times.keys()).filter((i) => !alive(histograms.times[i]!));
  return out.series({
    times: Float64Array.from(kept, (i) => histograms.times[i]!),
    values: kept.map((i) => histograms.values[i]),
    starts: undefined,
  });
}

/**
 * One series of parts that share their canonical labels. At the same time: repeats of one thing count once, the
 * highest; parts of one whole are added, but ratios, of which the highest stands for all.
 */
export function combineParts(
  parts: readonly { readonly part: ViewPart; readonly series: SampleSeries }[],
): SampleSeries {
  if (parts.length === 1) return parts[0]!.series;
  const { source } = parts[0]!.part;
  const highest = source.maxOver.length > 0 || source.canonical.endsWith('_ratio');
  const all = parts.flatMap(({ series }) =>
    Array.from(series.times, (timeMs, i) => ({ timeMs, value: series.values[i]!, stale: series.stale?.[i] === 1 })),
  );
  all.sort((a, b) => a.timeMs - b.timeMs);
  const out = new SampleList(all.length);
  for (let i = 0; i < all.length;) {
    let { value, stale } = all[i]!;
    let next = i + 1;
    for (; next < all.length && all[next]!.timeMs === all[i]!.timeMs; next++) {
      const other = all[next]!;
      // A part that has ended does not end the others.
      if (other.stale) continue;
      if (stale) ({ value, stale } = other);
      else value = highest ? Math.max(value, other.value) : value + other.value;
    }
    out.push(all[i]!.timeMs, value, stale);
    i = next;
  }
  const withHistograms = parts.find(({ series }) => series.histograms !== undefined);
  return out.series(withHistograms?.series.histograms);
}

/** Samples in order of time, gathered one by one. */
class SampleList {
  private readonly times: Float64Array;
  private readonly values: Float64Array;
  private stale: Uint8Array | undefined;
  private length = 0;

  constructor(capacity: number) {
    this.times = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
  }

  push(timeMs: number, value: number, stale: boolean): void {
    this.times[this.length] = timeMs;
    this.values[this.length] = value;
    if (stale) this.stale ??= new Uint8Array(this.times.length);
    if (stale) this.stale![this.length] = 1;
    this.length++;
  }

  series(histograms: SampleSeries['histograms']): SampleSeries {
    return {
      labels: LabelSet.EMPTY,
      dropName: false,
      times: this.times.subarray(0, this.length),
      values: this.values.subarray(0, this.length),
      stale: this.stale?.subarray(0, this.length),
      starts: undefined,
      histograms,
    };
  }
}
