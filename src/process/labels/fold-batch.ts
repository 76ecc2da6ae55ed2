import { MetricBatch, type HistogramSample } from '../../model/sample.ts';
import { fingerprintOf, type Series } from '../../model/series.ts';
import { nativeMetric } from '../../vocabulary/catalogue.ts';
import { addHistograms } from './add-histograms.ts';

/** How values of series that became one are put together. */
type Fold = 'sum' | 'max';

/**
 * The batch under other labels. Where several of its series become one, their samples of one time are folded:
 * counters and the parts of histograms and summaries add up; gauges give the highest, which is true for at least one
 * of them, where a sum would be wrong for ratios and limits. Quantiles give the highest too.
 *
 * A time at which only some of the series have a sample would make a dent that looks like a counter's reset: such
 * times are left out, and if no time has all, the last value of each is folded at the latest time. A series is stale
 * only if all of its parts are.
 *
 * @param renamed [batch.series] what each series becomes
 */
export function foldBatch(batch: MetricBatch, renamed: readonly Series[]): MetricBatch {
  const result = new MetricBatch();
  result.metadata.push(...batch.metadata);
  const types = new Map(batch.metadata.map(({ family, type }) => [family, type]));
  // [batch.series] index in the result; and which series of the batch share it
  const target = new Uint32Array(renamed.length);
  const members: number[][] = [];
  const byFingerprint = new Map<bigint, number>();
  renamed.forEach((series, index) => {
    const fingerprint = fingerprintOf(series);
    let at = byFingerprint.get(fingerprint);
    if (at === undefined) {
      at = result.addSeries(series);
      byFingerprint.set(fingerprint, at);
      members.push([]);
    }
    target[index] = at;
    members[at]!.push(index);
  });
  const rowsOf = new Map<number, number[]>();
  for (let row = 0; row < batch.length; row++) {
    const at = target[batch.seriesIndex[row]!]!;
    if (members[at]!.length === 1) {
      if (batch.isStale(row)) result.addStale(at, batch.timestampMs[row]!);
      else result.addSample(at, batch.timestampMs[row]!, batch.value[row]!);
      continue;
    }
    const rows = rowsOf.get(at);
    if (rows === undefined) rowsOf.set(at, [row]);
    else rows.push(row);
  }
  for (const [at, rows] of rowsOf) foldRows(batch, rows, result, at, foldOf(renamed, members[at]![0]!, types));
  foldHistograms(batch, target, result);
  for (const exemplar of batch.exemplars) {
    result.exemplars.push({ ...exemplar, seriesIndex: target[exemplar.seriesIndex]! });
  }
  return result;
}

function foldOf(renamed: readonly Series[], index: number, types: ReadonlyMap<string, string>): Fold {
  const { metric, labels } = renamed[index]!;
  if (labels.some(([name]) => name === 'quantile')) return 'max';
  const base = metric.replace(/_(total|bucket|sum|count)$/, '');
  const type = nativeMetric(metric)?.type ?? types.get(metric) ?? types.get(base);
  if (type === undefined || type === 'unknown') return base === metric ? 'max' : 'sum';
  return type === 'counter' || type === 'histogram' || type === 'summary' ? 'sum' : 'max';
}

function foldRows(batch: MetricBatch, rows: readonly number[], result: MetricBatch, at: number, fold: Fold): void {
  const sources = new Set(rows.map((row) => batch.seriesIndex[row]!));
  const byTime = new Map<number, Map<number, number>>();
  for (const row of rows) {
    const time = batch.timestampMs[row]!;
    const there = byTime.get(time) ?? new Map<number, number>();
    there.set(batch.seriesIndex[row]!, row);
    byTime.set(time, there);
  }
  const whole = [...byTime].filter(([, there]) => there.size === sources.size).sort(([a], [b]) => a - b);
  if (whole.length === 0) {
    const last = new Map<number, number>();
    const inOrder = [...rows].sort((a, b) => batch.timestampMs[a]! - batch.timestampMs[b]!);
    for (const row of inOrder) last.set(batch.seriesIndex[row]!, row);
    whole.push([batch.timestampMs[inOrder.at(-1)!]!, last]);
  }
  for (const [time, there] of whole) {
    const live = [...there.values()].filter((row) => !batch.isStale(row));
    if (live.length === 0) {
      result.addStale(at, time);
      continue;
    }
    const values = live.map((row) => batch.value[row]!);
    result.addSample(at, time, values.reduce(fold === 'sum' ? (sum, value) => sum + value : (a, b) => Math.max(a, b)));
  }
}

function foldHistograms(batch: MetricBatch, target: Uint32Array, result: MetricBatch): void {
  const byPlace = new Map<string, HistogramSample>();
  for (const sample of batch.histograms) {
    const seriesIndex = target[sample.seriesIndex]!;
    const place = `${seriesIndex} ${sample.timestampMs}`;
    const known = byPlace.get(place);
    const histogram = known === undefined ? sample.histogram : addHistograms(known.histogram, sample.histogram);
    byPlace.set(place, { ...sample, seriesIndex, histogram });
  }
  result.histograms.push(...byPlace.values());
}
