import type { LogBatch } from './log-record.ts';
import type { MetricBatch } from './sample.ts';
import type { SpanBatch } from './span.ts';

export type Signal = 'metrics' | 'traces' | 'logs';

/** The tenant everything belongs to until there are others. */
export const DEFAULT_TENANT = 'default';

/** Where a batch came from; travels with it through the pipeline. */
export interface IngestContext {
  readonly tenant: string;
  /** The door: `otlp-http`, `otlp-grpc`, `scrape`, `self`, …; a bounded set, used as a label of counters. */
  readonly source: string;
  /** Time of receipt. */
  readonly receivedUnixMs: number;
  /**
   * Same for two sends of the same batch (a client's retry), so that the second is not stored again; absent where
   * the protocol gives nothing to tell it by.
   */
  readonly deduplicationToken?: string;
}

/** Some of a batch that could not be taken, and why; `reason` is from a bounded set, `where` an example. */
export interface Rejection {
  readonly reason: string;
  readonly count: number;
  readonly where: string;
}

/** What became of a batch. `accepted + sum of rejected = what was handed over`, in the signal's own unit. */
export interface IngestResult {
  readonly accepted: number;
  readonly rejected: readonly Rejection[];
}

/**
 * Where neighbours in the flow meet: a receiver hands batches to the pipeline, the pipeline to the store.
 *
 * The promise resolves when what was given is stored (acknowledged means stored). It rejects with a `SondeError`:
 * `overloaded` (queue full) and `unavailable` (engine away) carry `retryAfterMs` and mean that nothing was kept
 * and the sender may send the same again. The batch belongs to the sink from the call on.
 */
export interface Sink {
  spans(batch: SpanBatch, context: IngestContext): Promise<IngestResult>;
  logs(batch: LogBatch, context: IngestContext): Promise<IngestResult>;
  metrics(batch: MetricBatch, context: IngestContext): Promise<IngestResult>;
}
