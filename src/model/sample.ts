import type { NativeHistogram } from './histogram.ts';
import type { Labels, Series } from './series.ts';

/** Bits of the NaN that marks a series as gone. @see https://prometheus.io/docs/specs/prw/remote_write_spec/ */
export const STALE_LOW = 0x00000002;
export const STALE_HIGH = 0x7ff00000;

export const METRIC_TYPES = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
] as const;
export type MetricType = (typeof METRIC_TYPES)[number];

/** What a metric family says of itself; `family` is the name without `_total`, `_bucket`, …. */
export interface MetricMetadata {
  readonly family: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
}

export interface Exemplar {
  /** Index in `MetricBatch.series`. */
  readonly seriesIndex: number;
  readonly labels: Labels;
  readonly value: number;
  readonly timestampMs: number;
}

export interface HistogramSample {
  readonly seriesIndex: number;
  readonly timestampMs: number;
  readonly histogram: NativeHistogram;
}

/** Samples of one scrape or request: float samples in columns, the rarer kinds as objects. */
export class MetricBatch {
  /** Distinct series that rows refer to; a row's metric is `series[seriesIndex[row]]`. */
  readonly series: Series[] = [];
  length = 0;
  seriesIndex = new Uint32Array(64);
  timestampMs = new Float64Array(64);
  value = new Float64Array(64);
  /** The bits of `value`, low word first: a staleness marker survives only as bits. */
  valueWords = new Uint32Array(this.value.buffer);
  readonly histograms: HistogramSample[] = [];
  readonly exemplars: Exemplar[] = [];
  readonly metadata: MetricMetadata[] = [];

  /** Adds a series without looking whether it is there already; returns its index. */
  addSeries(series: Series): number {
    return this.series.push(series) - 1;
  }

  addSample(seriesIndex: number, timestampMs: number, value: number): void {
    const row = this.push(seriesIndex, timestampMs);
    this.value[row] = value;
  }

  /** Marks the series as gone from `timestampMs` on. */
  addStale(seriesIndex: number, timestampMs: number): void {
    const row = this.push(seriesIndex, timestampMs);
    this.valueWords[2 * row] = STALE_LOW;
    this.valueWords[2 * row + 1] = STALE_HIGH;
  }

  isStale(row: number): boolean {
    return this.valueWords[2 * row] === STALE_LOW && this.valueWords[2 * row + 1] === STALE_HIGH;
  }

  private push(seriesIndex: number, timestampMs: number): number {
    const row = this.length++;
    if (row >= this.seriesIndex.length) this.resize(this.seriesIndex.length * 2);
    this.seriesIndex[row] = seriesIndex;
    this.timestampMs[row] = timestampMs;
    return row;
  }

  private resize(capacity: number): void {
    const seriesIndex = new Uint32Array(capacity);
    seriesIndex.set(this.seriesIndex);
    this.seriesIndex = seriesIndex;
    const timestampMs = new Float64Array(capacity);
    timestampMs.set(this.timestampMs);
    this.timestampMs = timestampMs;
    // Copied as words, so that no NaN loses its bits.
    const valueWords = new Uint32Array(capacity * 2);
    valueWords.set(this.valueWords);
    this.valueWords = valueWords;
    this.value = new Float64Array(valueWords.buffer);
  }
}
