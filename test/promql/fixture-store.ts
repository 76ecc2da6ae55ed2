import { CUSTOM_BUCKETS_SCHEMA, RESET_HINT } from '../../src/model/histogram.ts';
import { parseBound } from '../../src/query/promql/histogram/classic.ts';
import { FloatHistogram, NO_BUCKETS } from '../../src/query/promql/histogram/float-histogram.ts';
import { isReset } from '../../src/query/promql/histogram/reset.ts';
import { METRIC_NAME, type LabelSet } from '../../src/query/promql/label-set.ts';
import type { SampleSeries } from '../../src/query/promql/series.ts';
import type { LoadCommand } from './script.ts';

/** A sample as loaded; `stale` ends the series. */
export interface LoadedSample {
  readonly timeMs: number;
  readonly value: number | FloatHistogram | 'stale';
  /** Milliseconds, 0 if unknown. */
  readonly startMs: number;
}

export interface LoadedSeries {
  readonly labels: LabelSet;
  readonly samples: LoadedSample[];
}

/** What `load` commands have put together, by series. */
export class FixtureStore {
  private readonly series = new Map<string, LoadedSeries>();

  load(command: LoadCommand): void {
    let starts: readonly number[] | undefined;
    const loaded: LoadedSeries[] = [];
    for (const line of command.series) {
      if (line.startTimes) {
        starts = line.points.map((point) => (point.kind === 'float' ? point.value : NaN));
        continue;
      }
      const samples: LoadedSample[] = [];
      line.points.forEach((point, i) => {
        if (point.kind === 'omitted') return;
        const timeMs = i * command.stepMs;
        const relative = starts?.[i] ?? NaN;
        const value = point.kind === 'float' ? point.value : point.kind === 'stale' ? 'stale' : point.histogram;
        samples.push({ timeMs, value, startMs: Number.isNaN(relative) ? 0 : timeMs + relative });
      });
      starts = undefined;
      loaded.push({ labels: line.labels, samples });
    }
    // A series given twice in one load counts as it stands last.
    const last = new Map(loaded.map((one) => [one.labels.key, one]));
    for (const one of last.values()) this.add(one);
    if (command.withNhcb) for (const one of customHistograms([...last.values()])) this.add(one);
  }

  all(): LoadedSeries[] {
    return [...this.series.values()];
  }

  private add({ labels, samples }: LoadedSeries): void {
    const known = this.series.get(labels.key);
    const byTime = new Map([...(known?.samples ?? []), ...samples].map((sample) => [sample.timeMs, sample]));
    const merged = [...byTime.values()].sort((a, b) => a.timeMs - b.timeMs);
    this.series.set(labels.key, { labels, samples: merged });
  }
}

/** Columns of a loaded series, with the reset hints that Prometheus's storage works out as it appends. */
export function toSampleSeries({ labels, samples }: LoadedSeries): SampleSeries {
  const floats = samples.filter(({ value }) => !(value instanceof FloatHistogram));
  const histograms = samples.filter(({ value }) => value instanceof FloatHistogram);
  const hinted = withHints(samples);
  const known = (list: readonly LoadedSample[]): boolean => list.some(({ startMs }) => startMs !== 0);
  return {
    labels,
    dropName: false,
    times: Float64Array.from(floats, ({ timeMs }) => timeMs),
    values: Float64Array.from(floats, ({ value }) => (value === 'stale' ? NaN : (value as number))),
    stale: floats.some(({ value }) => value === 'stale')
      ? Uint8Array.from(floats, ({ value }) => (value === 'stale' ? 1 : 0))
      : undefined,
    starts: known(floats) ? Float64Array.from(floats, ({ startMs }) => startMs) : undefined,
    histograms:
      histograms.length === 0
        ? undefined
        : {
            times: Float64Array.from(histograms, ({ timeMs }) => timeMs),
            values: hinted,
            starts: known(histograms) ? Float64Array.from(histograms, ({ startMs }) => startMs) : undefined,
          },
  };
}

function withHints(samples: readonly LoadedSample[]): FloatHistogram[] {
  const hinted: FloatHistogram[] = [];
  let previous: FloatHistogram | undefined;
  for (const { value } of samples) {
    if (!(value instanceof FloatHistogram)) {
      previous = undefined;
      continue;
    }
    const gauge = value.resetHint === RESET_HINT.GAUGE;
    let hint: FloatHistogram['resetHint'] = value.resetHint;
    if (!gauge) {
      const plain = value.resetHint === RESET_HINT.NOT_RESET ? value.with({ resetHint: RESET_HINT.UNKNOWN }) : value;
      if (previous === undefined || previous.resetHint === RESET_HINT.GAUGE) {
        hint = value.resetHint === RESET_HINT.RESET ? RESET_HINT.RESET : RESET_HINT.UNKNOWN;
      } else if (!isReset(plain, previous)) hint = RESET_HINT.NOT_RESET;
      // A reset it finds by itself begins a new chunk, whose first histogram says nothing of resets.
      else hint = value.resetHint === RESET_HINT.RESET ? RESET_HINT.RESET : RESET_HINT.UNKNOWN;
    }
    previous = value;
    hinted.push(value.with({ resetHint: hint }));
  }
  return hinted;
}

interface ClassicAtTime {
  readonly buckets: Map<number, number>;
  count: number | undefined;
  sum: number;
}

/** Classic histograms as native ones with custom buckets. */
function customHistograms(loaded: readonly LoadedSeries[]): LoadedSeries[] {
  const families = new Map<string, { labels: LabelSet; times: Map<number, ClassicAtTime> }>();
  for (const { labels, samples } of loaded) {
    const match = /^(.*)_(bucket|count|sum)$/.exec(labels.get(METRIC_NAME));
    if (match === null) continue;
    const bound = match[2] === 'bucket' ? parseBound(labels.get('le')) : 0;
    if (bound === undefined || Number.isNaN(bound)) continue;
    const base = labels.without(['le']).with(METRIC_NAME, match[1]!);
    const family = families.get(base.key) ?? { labels: base, times: new Map<number, ClassicAtTime>() };
    families.set(base.key, family);
    for (const { timeMs, value } of samples) {
      if (typeof value !== 'number') continue;
      const at = family.times.get(timeMs) ?? { buckets: new Map<number, number>(), count: undefined, sum: 0 };
      family.times.set(timeMs, at);
      if (match[2] === 'bucket') at.buckets.set(bound, value);
      else if (match[2] === 'count') at.count = value;
      else at.sum = value;
    }
  }
  return [...families.values()].map(({ labels, times }) => ({
    labels,
    samples: [...times]
      .sort(([a], [b]) => a - b)
      .map(([timeMs, classic]) => ({ timeMs, value: customHistogram(classic), startMs: 0 })),
  }));
}

function customHistogram({ buckets, count, sum }: ClassicAtTime): FloatHistogram {
  const bounds = [...buckets.keys()].sort((a, b) => a - b);
  const finite = bounds.filter((bound) => bound !== Infinity);
  const total = count ?? buckets.get(bounds.at(-1) ?? Infinity) ?? 0;
  const cumulative = [...finite.map((bound) => buckets.get(bound)!), Math.max(total, buckets.get(Infinity) ?? 0)];
  const counts = cumulative.map((value, i) => value - (i === 0 ? 0 : cumulative[i - 1]!));
  return new FloatHistogram({
    schema: CUSTOM_BUCKETS_SCHEMA,
    count: total,
    sum,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: { index: counts.map((_, i) => i), count: counts },
    negative: NO_BUCKETS,
    bounds: finite,
    resetHint: RESET_HINT.UNKNOWN,
  });
}
