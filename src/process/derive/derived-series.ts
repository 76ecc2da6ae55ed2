import { makeSeries, type Label, type Series } from '../../model/series.ts';
import type { MetricBatch } from '../../model/sample.ts';
import type { SpanBatch } from '../../model/span.ts';

/** Where a value came from, so that a chart leads to its trace. */
export interface Origin {
  readonly traceId: string;
  readonly spanId: string;
  readonly timestampMs: number;
}

/**
 * Running totals of one metric and one set of labels, written as a classic histogram or a counter.
 *
 * Totals only grow. A series that was silent writes its old value once more, one interval back, before the new one:
 * so `increase()` sees the first step after a pause, and the first step of all from 0.
 */
export interface DerivedSeries {
  /** When it was last asked for; kept by the table. */
  lastSeenMs: number;
  /** Adds one observation; `amount` is the value observed, or for a counter what it grows by. */
  observe(amount: number): void;
  /** Names the span that stands for `value` until the next write; counters have no use for it. */
  exemplify(value: number, origin: Origin): void;
  /** Appends what changed since the last successful write; false if nothing did. */
  write(batch: MetricBatch, nowMs: number, intervalMs: number): boolean;
  /** The last write reached the store. */
  written(): void;
}

export class DerivedHistogram implements DerivedSeries {
  lastSeenMs = 0;
  private readonly bounds: readonly number[];
  /** [bounds + 1] not cumulative; the last is above all bounds */
  private readonly counts: Float64Array;
  private sum = 0;
  private readonly series: { readonly buckets: readonly Series[]; readonly sum: Series; readonly count: Series };
  private readonly steps: Steps;
  private exemplar: { readonly bucket: number; readonly value: number; readonly origin: Origin } | undefined;

  constructor(metric: string, labels: readonly Label[], bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
    this.series = {
      buckets: [...bounds.map(String), '+Inf'].map((le) => makeSeries(`${metric}_bucket`, [...labels, ['le', le]])),
      sum: makeSeries(`${metric}_sum`, labels),
      count: makeSeries(`${metric}_count`, labels),
    };
    this.steps = new Steps(bounds.length + 3);
  }

  observe(value: number): void {
    this.counts[this.bucketOf(value)]!++;
    this.sum += value;
  }

  exemplify(value: number, origin: Origin): void {
    this.exemplar = { bucket: this.bucketOf(value), value, origin };
  }

  write(batch: MetricBatch, nowMs: number, intervalMs: number): boolean {
    const totals = new Float64Array(this.counts.length + 2);
    let cumulative = 0;
    this.counts.forEach((count, bucket) => {
      cumulative += count;
      totals[bucket] = cumulative;
    });
    totals[this.counts.length] = this.sum;
    totals[this.counts.length + 1] = cumulative;
    const all = [...this.series.buckets, this.series.sum, this.series.count];
    const first = this.steps.write(batch, all, totals, nowMs, intervalMs);
    if (first < 0) return false;
    if (this.exemplar !== undefined) {
      const { bucket, value, origin } = this.exemplar;
      batch.exemplars.push({
        seriesIndex: first + bucket,
        labels: [
          ['span_id', origin.spanId],
          ['trace_id', origin.traceId],
        ],
        value,
        timestampMs: origin.timestampMs,
      });
    }
    return true;
  }

  written(): void {
    this.steps.written();
    this.exemplar = undefined;
  }

  private bucketOf(value: number): number {
    let bucket = 0;
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket++;
    return bucket;
  }
}

export class DerivedCounter implements DerivedSeries {
  lastSeenMs = 0;
  private total = 0;
  private readonly series: readonly Series[];
  private readonly steps = new Steps(1);

  constructor(metric: string, labels: readonly Label[]) {
    this.series = [makeSeries(metric, labels)];
  }

  observe(amount: number): void {
    this.total += amount;
  }

  exemplify(): void {
    // OpenMetrics lets counters have exemplars; the histograms beside these say more.
  }

  write(batch: MetricBatch, nowMs: number, intervalMs: number): boolean {
    return this.steps.write(batch, this.series, Float64Array.of(this.total), nowMs, intervalMs) >= 0;
  }

  written(): void {
    this.steps.written();
  }
}

/** What of a group of totals is in the store already. */
class Steps {
  private readonly stored: Float64Array;
  private pending: { readonly totals: Float64Array; readonly atMs: number } | undefined;
  private storedAtMs = -Infinity;

  constructor(length: number) {
    this.stored = new Float64Array(length);
  }

  /** Index in the batch of the first series written, or -1 if nothing changed. */
  write(
    batch: MetricBatch,
    series: readonly Series[],
    totals: Float64Array,
    nowMs: number,
    intervalMs: number,
  ): number {
    if (totals.every((total, i) => total === this.stored[i])) return -1;
    const backMs = nowMs - intervalMs;
    // Timers are never exact: what was written about one interval ago needs no repetition.
    const wasSilent = this.storedAtMs < backMs - intervalMs / 2;
    let first = -1;
    series.forEach((each, i) => {
      const index = batch.addSeries(each);
      if (first < 0) first = index;
      if (wasSilent) batch.addSample(index, backMs, this.stored[i]!);
      batch.addSample(index, nowMs, totals[i]!);
    });
    this.pending = { totals, atMs: nowMs };
    return first;
  }

  written(): void {
    if (this.pending === undefined) return;
    this.stored.set(this.pending.totals);
    this.storedAtMs = this.pending.atMs;
    this.pending = undefined;
  }
}

/** A span as the origin of an observation. */
export function originOf(batch: SpanBatch, row: number): Origin {
  const endNano = batch.startUnixNano[row]! + batch.durationNano[row]!;
  return {
    traceId: hex(batch.traceId, row * 16, 16),
    spanId: hex(batch.spanId, row * 8, 8),
    timestampMs: Number(endNano / 1_000_000n),
  };
}

function hex(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('hex');
}
