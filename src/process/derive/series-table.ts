import type { MetricMetadata, MetricType } from '../../model/sample.ts';
import { MetricBatch } from '../../model/sample.ts';
import type { Label } from '../../model/series.ts';
import { DerivedCounter, DerivedHistogram, type DerivedSeries } from './derived-series.ts';

/** A metric that is made from spans. */
export interface DerivedMetric {
  /** Family: of counters with `_total`. */
  readonly name: string;
  readonly type: 'counter' | 'histogram';
  readonly unit: string;
  readonly help: string;
  /** Upper bounds, for histograms. */
  readonly buckets?: readonly number[];
}

/** All derived series of one tenant, bounded in number; what comes beyond counts in one series a metric. */
export class SeriesTable {
  private readonly maxSeries: number;
  private readonly idleAfterMs: number;
  private readonly nowMs: () => number;
  private readonly series = new Map<string, DerivedSeries>();
  private readonly used = new Map<string, DerivedMetric>();
  private described = new Set<string>();

  constructor(maxSeries: number, idleAfterMs: number, nowMs: () => number) {
    this.maxSeries = maxSeries;
    this.idleAfterMs = idleAfterMs;
    this.nowMs = nowMs;
  }

  get size(): number {
    return this.series.size;
  }

  /** The running series of a metric with these labels, for the length of a batch. */
  at(metric: DerivedMetric, labels: readonly Label[]): DerivedSeries {
    const key = keyOf(metric.name, labels);
    const known = this.series.get(key);
    if (known !== undefined) {
      known.lastSeenMs = this.nowMs();
      return known;
    }
    // Overflow series stand beside the limit: there is one a metric.
    if (this.series.size >= this.maxSeries && labels !== OVERFLOW) return this.at(metric, OVERFLOW);
    const made =
      metric.type === 'counter'
        ? new DerivedCounter(metric.name, labels)
        : new DerivedHistogram(metric.name, labels, metric.buckets ?? []);
    made.lastSeenMs = this.nowMs();
    this.series.set(key, made);
    this.used.set(metric.name, metric);
    return made;
  }

  /** What changed since the last successful write, or undefined. */
  collect(nowMs: number, intervalMs: number): MetricBatch | undefined {
    const batch = new MetricBatch();
    for (const series of this.series.values()) series.write(batch, nowMs, intervalMs);
    if (batch.length === 0) return undefined;
    for (const metric of this.used.values()) {
      if (!this.described.has(metric.name)) batch.metadata.push(metadataOf(metric));
    }
    return batch;
  }

  /** The last collected batch is stored. Also forgets series that have been silent for long. */
  written(nowMs: number): void {
    for (const [key, series] of this.series) {
      series.written();
      if (series.lastSeenMs + this.idleAfterMs <= nowMs) this.series.delete(key);
    }
    this.described = new Set(this.used.keys());
  }
}

/** Labels of the series that stands for all beyond the limit. */
const OVERFLOW: readonly Label[] = [['sonde_overflow', 'true']];

function keyOf(metric: string, labels: readonly Label[]): string {
  let key = metric;
  for (const [name, value] of labels) key += `\0${name}\0${value}`;
  return key;
}

function metadataOf({ name, type, unit, help }: DerivedMetric): MetricMetadata {
  const metricType: MetricType = type;
  return { family: name.replace(/_total$/, ''), type: metricType, unit, help };
}
