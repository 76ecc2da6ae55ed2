import type { LogBatch } from '../../src/model/log-record.ts';
import type { MetricBatch } from '../../src/model/sample.ts';
import type { IngestContext, IngestResult, Sink } from '../../src/model/sink.ts';
import type { SpanBatch } from '../../src/model/span.ts';

/** A sink that keeps what it is given, and fails or refuses when it is told to. */
export class RecordingSink implements Sink {
  readonly spanBatches: SpanBatch[] = [];
  readonly logBatches: LogBatch[] = [];
  readonly metricBatches: MetricBatch[] = [];
  readonly contexts: IngestContext[] = [];
  /** Thrown by the next calls, until it is unset. */
  failure: Error | undefined;
  /** Answered instead of "all accepted". */
  result: IngestResult | undefined;

  async spans(batch: SpanBatch, context: IngestContext): Promise<IngestResult> {
    return this.take(this.spanBatches, batch, batch.length, context);
  }

  async logs(batch: LogBatch, context: IngestContext): Promise<IngestResult> {
    return this.take(this.logBatches, batch, batch.length, context);
  }

  async metrics(batch: MetricBatch, context: IngestContext): Promise<IngestResult> {
    return this.take(this.metricBatches, batch, batch.length + batch.histograms.length, context);
  }

  private take<B>(list: B[], batch: B, count: number, context: IngestContext): IngestResult {
    if (this.failure !== undefined) throw this.failure;
    list.push(batch);
    this.contexts.push(context);
    return this.result ?? { accepted: count, rejected: [] };
  }
}
