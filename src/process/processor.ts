import type { LogBatch } from '../model/log-record.ts';
import type { MetricBatch } from '../model/sample.ts';
import type { IngestContext } from '../model/sink.ts';
import type { SpanBatch } from '../model/span.ts';

/**
 * One step between receiving and storing. A processor changes the batch it is given, in place and at once: it neither
 * waits nor keeps the batch. What it takes away or changes it records in the ledger. It throws only if the whole
 * batch must be refused.
 */
export interface Processor {
  readonly name: string;
  spans?(batch: SpanBatch, context: IngestContext): void;
  logs?(batch: LogBatch, context: IngestContext): void;
  /** Metric batches may be replaced, since their columns cannot lose rows. */
  metrics?(batch: MetricBatch, context: IngestContext): MetricBatch;
}
