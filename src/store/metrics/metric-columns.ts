import type { NativeHistogram } from '../../model/histogram.ts';
import type { Exemplar, HistogramSample, MetricBatch, MetricMetadata } from '../../model/sample.ts';
import type { Labels, Series } from '../../model/series.ts';
import {
  ArrayColumnEncoder,
  DictionaryColumnEncoder,
  FixedColumnEncoder,
  MapColumnEncoder,
  StringColumnEncoder,
} from '../native/column-encoder.ts';
import type { EXEMPLARS, METADATA, NATIVE_HISTOGRAMS, SAMPLES, SERIES } from '../schema/metrics.ts';

const double = (): FixedColumnEncoder => new FixedColumnEncoder('Float64', 8);
const array = (type: string, width: number): ArrayColumnEncoder<FixedColumnEncoder> =>
  new ArrayColumnEncoder(new FixedColumnEncoder(type, width));

/** The columns that say of which series a row is. */
function seriesColumns() {
  return {
    tenant: new DictionaryColumnEncoder(),
    metric: new DictionaryColumnEncoder(),
    fingerprint: new FixedColumnEncoder('UInt64', 8),
  };
}

export type SampleColumns = ReturnType<typeof makeSampleColumns>;
export function makeSampleColumns() {
  return {
    ...seriesColumns(),
    time: new FixedColumnEncoder('DateTime64(3)', 8),
    value: double(),
  } satisfies Record<(typeof SAMPLES)['columns'][number]['name'], unknown>;
}

export type SeriesColumns = ReturnType<typeof makeSeriesColumns>;
export function makeSeriesColumns() {
  return {
    ...seriesColumns(),
    labels: new MapColumnEncoder(new StringColumnEncoder()),
    day: new FixedColumnEncoder('Date', 2),
  } satisfies Record<(typeof SERIES)['columns'][number]['name'], unknown>;
}

export type HistogramColumns = ReturnType<typeof makeHistogramColumns>;
export function makeHistogramColumns() {
  return {
    ...seriesColumns(),
    time: new FixedColumnEncoder('DateTime64(3)', 8),
    schema: new FixedColumnEncoder('Int8', 1),
    count: double(),
    sum: double(),
    zero_threshold: double(),
    zero_count: double(),
    positive_offsets: array('Int32', 4),
    positive_lengths: array('UInt32', 4),
    positive_counts: array('Float64', 8),
    negative_offsets: array('Int32', 4),
    negative_lengths: array('UInt32', 4),
    negative_counts: array('Float64', 8),
    custom_bounds: array('Float64', 8),
    reset_hint: new FixedColumnEncoder('UInt8', 1),
  } satisfies Record<(typeof NATIVE_HISTOGRAMS)['columns'][number]['name'], unknown>;
}

export type ExemplarColumns = ReturnType<typeof makeExemplarColumns>;
export function makeExemplarColumns() {
  return {
    ...seriesColumns(),
    time: new FixedColumnEncoder('DateTime64(3)', 8),
    value: double(),
    labels: new MapColumnEncoder(new StringColumnEncoder()),
  } satisfies Record<(typeof EXEMPLARS)['columns'][number]['name'], unknown>;
}

export type MetadataColumns = ReturnType<typeof makeMetadataColumns>;
export function makeMetadataColumns() {
  return {
    tenant: new DictionaryColumnEncoder(),
    family: new StringColumnEncoder(),
    type: new DictionaryColumnEncoder(),
    help: new StringColumnEncoder(),
    unit: new StringColumnEncoder(),
    updated: new FixedColumnEncoder('DateTime', 4),
  } satisfies Record<(typeof METADATA)['columns'][number]['name'], unknown>;
}

/** Pushes float samples of a batch (bench: `store/encode`). */
export function pushSamples(columns: SampleColumns, batch: MetricBatch, rows: Uint32Array, tenant: string): void {
  const tenantIndex = columns.tenant.indexOf(tenant);
  // [series of the batch] its metric's place in the dictionary, and whether it has been looked up.
  const metrics = new Int32Array(batch.series.length).fill(-1);
  const { seriesIndex, timestampMs, valueWords, series } = batch;
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    const at = seriesIndex[row]!;
    const { metric, fingerprintLow, fingerprintHigh } = series[at]!;
    if (metrics[at]! < 0) metrics[at] = columns.metric.indexOf(metric);
    columns.tenant.pushIndex(tenantIndex);
    columns.metric.pushIndex(metrics[at]!);
    columns.fingerprint.pushWords(fingerprintLow, fingerprintHigh);
    columns.time.pushMilliseconds(timestampMs[row]!);
    columns.value.pushWords(valueWords[2 * row]!, valueWords[2 * row + 1]!);
  }
}

export function pushSeries(columns: SeriesColumns, series: readonly Series[], day: number, tenant: string): void {
  for (const one of series) {
    pushIdentity(columns, one, tenant);
    pushLabels(columns.labels, one.labels);
    columns.day.pushUint16(day);
  }
}

export function pushHistograms(
  columns: HistogramColumns,
  batch: MetricBatch,
  samples: readonly HistogramSample[],
  tenant: string,
): void {
  for (const { seriesIndex, timestampMs, histogram } of samples) {
    pushIdentity(columns, batch.series[seriesIndex]!, tenant);
    columns.time.pushMilliseconds(timestampMs);
    pushHistogram(columns, histogram);
  }
}

export function pushExemplars(
  columns: ExemplarColumns,
  batch: MetricBatch,
  exemplars: readonly Exemplar[],
  tenant: string,
): void {
  for (const { seriesIndex, timestampMs, value, labels } of exemplars) {
    pushIdentity(columns, batch.series[seriesIndex]!, tenant);
    columns.time.pushMilliseconds(timestampMs);
    columns.value.pushDouble(value);
    pushLabels(columns.labels, labels);
  }
}

export function pushMetadata(
  columns: MetadataColumns,
  metadata: readonly MetricMetadata[],
  unixMs: number,
  tenant: string,
): void {
  for (const { family, type, help, unit } of metadata) {
    columns.tenant.pushText(tenant);
    columns.family.pushText(family);
    columns.type.pushText(type);
    columns.help.pushText(help);
    columns.unit.pushText(unit);
    columns.updated.pushUint32(Math.floor(unixMs / 1000));
  }
}

function pushIdentity(columns: ReturnType<typeof seriesColumns>, series: Series, tenant: string): void {
  columns.tenant.pushText(tenant);
  columns.metric.pushText(series.metric);
  columns.fingerprint.pushWords(series.fingerprintLow, series.fingerprintHigh);
}

function pushLabels(map: MapColumnEncoder<StringColumnEncoder>, labels: Labels): void {
  for (const [name, value] of labels) {
    map.keys.pushText(name);
    map.values.pushText(value);
  }
  map.endRow();
}

function pushHistogram(columns: HistogramColumns, histogram: NativeHistogram): void {
  columns.schema.pushByte(histogram.schema);
  columns.count.pushDouble(histogram.count);
  columns.sum.pushDouble(histogram.sum);
  columns.zero_threshold.pushDouble(histogram.zeroThreshold);
  columns.zero_count.pushDouble(histogram.zeroCount);
  const { positiveSpans, positiveCounts, negativeSpans, negativeCounts } = histogram;
  pushNumbers(columns.positive_offsets, positiveSpans, (span) =>
    columns.positive_offsets.values.pushUint32(span.offset),
  );
  pushNumbers(columns.positive_lengths, positiveSpans, (span) =>
    columns.positive_lengths.values.pushUint32(span.length),
  );
  pushNumbers(columns.positive_counts, positiveCounts, (count) => columns.positive_counts.values.pushDouble(count));
  pushNumbers(columns.negative_offsets, negativeSpans, (span) =>
    columns.negative_offsets.values.pushUint32(span.offset),
  );
  pushNumbers(columns.negative_lengths, negativeSpans, (span) =>
    columns.negative_lengths.values.pushUint32(span.length),
  );
  pushNumbers(columns.negative_counts, negativeCounts, (count) => columns.negative_counts.values.pushDouble(count));
  pushNumbers(columns.custom_bounds, histogram.customBounds, (bound) => columns.custom_bounds.values.pushDouble(bound));
  columns.reset_hint.pushByte(histogram.resetHint);
}

function pushNumbers<T>(
  column: ArrayColumnEncoder<FixedColumnEncoder>,
  items: readonly T[],
  push: (item: T) => void,
): void {
  for (const item of items) push(item);
  column.endRow();
}
