import type { LogBatch } from '../model/log-record.ts';
import type { MetricBatch } from '../model/sample.ts';
import type { IngestContext, IngestResult, Signal, Sink } from '../model/sink.ts';
import type { SpanBatch } from '../model/span.ts';
import type { Ledger } from '../self/ledger.ts';
import type { EngineGate } from './client.ts';
import { stoppedError, unavailableError } from './errors.ts';
import type { LogWriter } from './logs/writer.ts';
import { logBytes } from './logs/writer.ts';
import type { MetricWriter } from './metrics/writer.ts';
import { metricBytes } from './metrics/writer.ts';
import type { SpanWriter } from './traces/writer.ts';
import { spanBytes } from './traces/writer.ts';
import { ByteBudget } from './write/byte-budget.ts';
import type { WriteOutcome } from './write/outcome.ts';
import { TokenMemory } from './write/token-memory.ts';

export interface StoreSinkOptions {
  readonly spans: SpanWriter;
  readonly logs: LogWriter;
  readonly metrics: MetricWriter;
  readonly gate: EngineGate;
  readonly ledger: Ledger;
  /** What may wait, for each signal. */
  readonly queueBytes: number;
}

/** Batches of which a second send is recognised: some minutes of a busy receiver. */
const REMEMBERED_TOKENS = 20_000;

/**
 * The store's end of the flow. Resolves when the rows are stored; what lies outside the retention is rejected with
 * a reason; a batch whose deduplication token was seen is answered as the first one was.
 */
export class StoreSink implements Sink {
  private readonly options: StoreSinkOptions;
  private readonly budgets: Readonly<Record<Signal, ByteBudget>>;
  private readonly tokens = new TokenMemory<WriteOutcome>(REMEMBERED_TOKENS);
  private readonly running = new Set<Promise<unknown>>();
  private stopped = false;

  constructor(options: StoreSinkOptions) {
    this.options = options;
    const { queueBytes } = options;
    this.budgets = {
      traces: new ByteBudget('spans', queueBytes),
      logs: new ByteBudget('log records', queueBytes),
      metrics: new ByteBudget('samples', queueBytes),
    };
  }

  spans(batch: SpanBatch, context: IngestContext): Promise<IngestResult> {
    const { tenant, deduplicationToken } = context;
    return this.take('traces', context, batch.length, spanBytes(batch), () =>
      this.options.spans.write(batch, tenant, deduplicationToken),
    );
  }

  logs(batch: LogBatch, context: IngestContext): Promise<IngestResult> {
    const { tenant, deduplicationToken } = context;
    return this.take('logs', context, batch.length, logBytes(batch), () =>
      this.options.logs.write(batch, tenant, deduplicationToken),
    );
  }

  metrics(batch: MetricBatch, context: IngestContext): Promise<IngestResult> {
    const count = batch.length + batch.histograms.length;
    return this.take('metrics', context, count, metricBytes(batch), async () => {
      const outcome = await this.options.metrics.write(batch, context.tenant, context.deduplicationToken);
      this.record('metrics', context, 'changed', 'exemplar-outside-retention', outcome.exemplarsOutside, 0);
      return outcome;
    });
  }

  /** Bytes that wait, by signal; for metrics. */
  queuedBytes(signal: Signal): number {
    return this.budgets[signal].usedBytes;
  }

  /** Refuses what still comes and waits for what is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([this.options.spans.drain(), this.options.logs.drain(), this.options.metrics.drain()]);
    await Promise.allSettled(this.running);
  }

  private async take(
    signal: Signal,
    context: IngestContext,
    count: number,
    bytes: number,
    write: () => Promise<WriteOutcome>,
  ): Promise<IngestResult> {
    if (this.stopped) throw stoppedError();
    const token = context.deduplicationToken;
    const key = token === undefined ? undefined : `${signal}\0${context.tenant}\0${token}`;
    const earlier = key === undefined ? undefined : this.tokens.get(key);
    if (earlier !== undefined) {
      const { rejected, rejectedCount } = await earlier;
      this.record(signal, context, 'dropped', 'duplicate-batch', count, bytes);
      return { accepted: count - rejectedCount, rejected };
    }
    if (!this.options.gate.isReady()) throw unavailableError();
    const budget = this.budgets[signal];
    budget.take(bytes);
    const outcome = write().finally(() => budget.release(bytes));
    if (key !== undefined) this.tokens.remember(key, outcome);
    this.running.add(outcome);
    try {
      const { stored, rejected, rejectedCount, bytes: storedBytes } = await outcome;
      this.record(signal, context, 'kept', '', stored, storedBytes);
      for (const { reason, count: lost } of rejected) this.record(signal, context, 'rejected', reason, lost, 0);
      return { accepted: count - rejectedCount, rejected };
    } finally {
      this.running.delete(outcome);
    }
  }

  private record(
    signal: Signal,
    context: IngestContext,
    outcome: 'kept' | 'dropped' | 'rejected' | 'changed',
    reason: string,
    count: number,
    bytes: number,
  ): void {
    const { tenant, source } = context;
    this.options.ledger.record({ tenant, signal, outcome, reason, source, count, bytes });
  }
}
