import type { Component } from '../../model/component.ts';
import type { Resource } from '../../model/resource.ts';
import type { MetricBatch } from '../../model/sample.ts';
import type { Label } from '../../model/series.ts';
import type { IngestContext, Sink } from '../../model/sink.ts';
import type { SpanBatch } from '../../model/span.ts';
import type { Ledger } from '../../self/ledger.ts';
import type { Logger } from '../../self/logger.ts';
import type { Clock } from '../../util/clock.ts';
import type { DeriveSettings } from '../config.ts';
import type { Processor } from '../processor.ts';
import { countGenAiSpans } from './gen-ai-metrics.ts';
import { Observations } from './observations.ts';
import { SeriesTable } from './series-table.ts';
import { countSpanCalls } from './span-calls.ts';

/** For so long after a service's own GenAI metrics none are made from its spans. */
const OWN_METRICS_HOLD_MS = 10 * 60_000;
const MAX_SERVICES = 10_000;
const MAX_TOKENS = 10_000;

/**
 * Makes metrics from spans: calls and latency of every span, and for GenAI spans the metrics of the OpenTelemetry
 * conventions, unless their service sends those itself. Counts all spans, before any sampling; writes what changed
 * every interval to the next sink.
 */
export class Deriver implements Processor, Component {
  readonly name = 'derive';
  private readonly settings: DeriveSettings;
  private readonly next: Sink;
  private readonly ledger: Ledger;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly tables = new Map<string, SeriesTable>();
  /** `tenant\0job` → when it last sent GenAI client metrics itself. */
  private readonly ownMetrics = new Map<string, number>();
  /** Deduplication tokens of batches that counted already. */
  private readonly counted = new Set<string>();
  private cancel: (() => void) | undefined;
  private flushing: Promise<void> = Promise.resolve();
  private running = false;

  constructor(settings: DeriveSettings, next: Sink, ledger: Ledger, clock: Clock, logger: Logger) {
    this.settings = settings;
    this.next = next;
    this.ledger = ledger;
    this.clock = clock;
    this.logger = logger;
  }

  /**
   * What the spans of a batch add to the metrics; `commit` it when the batch is stored. Undefined if switched off, or
   * if this very batch counted before.
   */
  measure(batch: SpanBatch, context: IngestContext): Observations | undefined {
    if (!this.settings.enabled || batch.length === 0) return undefined;
    if (this.isRepeated(context)) return undefined;
    const table = this.tableOf(context.tenant);
    const into = new Observations();
    countSpanCalls(batch, table, into);
    const nowMs = this.clock.nowMs();
    countGenAiSpans(batch, table, into, (resource) => {
      const target = targetOf(batch.resources[resource]!);
      return this.sendsItsOwn(context.tenant, target[0]![1], nowMs) ? undefined : target;
    });
    return into;
  }

  commit(observations: Observations | undefined, context: IngestContext): void {
    if (observations === undefined) return;
    observations.commit();
    const token = context.deduplicationToken;
    if (token === undefined) return;
    if (this.counted.size >= MAX_TOKENS) this.counted.clear();
    this.counted.add(`${context.tenant}\0${token}`);
  }

  metrics(batch: MetricBatch, context: IngestContext): MetricBatch {
    if (!this.settings.enabled) return batch;
    for (const series of batch.series) {
      if (!OWN_METRIC.test(series.metric)) continue;
      const job = series.labels.find(([name]) => name === 'job')?.[1];
      if (job === undefined) continue;
      if (this.ownMetrics.size >= MAX_SERVICES) this.ownMetrics.clear();
      this.ownMetrics.set(`${context.tenant}\0${job}`, this.clock.nowMs());
    }
    return batch;
  }

  async start(): Promise<void> {
    if (this.running || !this.settings.enabled) return;
    this.running = true;
    this.schedule();
  }

  async stop(): Promise<void> {
    this.cancel?.();
    this.cancel = undefined;
    this.running = false;
    await this.flush();
  }

  /** Writes what changed since the last write; failures are told to the log and made good by the next flush. */
  async flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.writeAll());
    await this.flushing;
  }

  private schedule(): void {
    this.cancel = this.clock.schedule(this.settings.intervalMs, () => {
      void this.flush().finally(() => {
        if (this.running) this.schedule();
      });
    });
  }

  private async writeAll(): Promise<void> {
    const nowMs = this.clock.nowMs();
    for (const [tenant, table] of this.tables) {
      const batch = table.collect(nowMs, this.settings.intervalMs);
      if (batch === undefined) continue;
      try {
        await this.next.metrics(batch, { tenant, source: 'derive', receivedUnixMs: nowMs });
        table.written(nowMs);
        this.ledger.record({
          tenant,
          signal: 'metrics',
          outcome: 'received',
          reason: '',
          source: 'derive',
          count: batch.length,
          bytes: 0,
        });
      } catch (error) {
        this.logger.warn({ error, tenant }, 'Metrics made from spans could not be written; they are tried again.');
      }
    }
  }

  private tableOf(tenant: string): SeriesTable {
    let table = this.tables.get(tenant);
    if (table === undefined) {
      table = new SeriesTable(this.settings.maxSeries, this.settings.idleAfterMs, () => this.clock.nowMs());
      this.tables.set(tenant, table);
    }
    return table;
  }

  private isRepeated({ tenant, deduplicationToken }: IngestContext): boolean {
    return deduplicationToken !== undefined && this.counted.has(`${tenant}\0${deduplicationToken}`);
  }

  private sendsItsOwn(tenant: string, job: string, nowMs: number): boolean {
    if (this.ownMetrics.size === 0) return false;
    const at = this.ownMetrics.get(`${tenant}\0${job}`);
    return at !== undefined && nowMs - at < OWN_METRICS_HOLD_MS;
  }
}

const OWN_METRIC = /^gen_ai[._]client[._](operation|inference|token)[._]/;

/** `job` and `instance` of a resource, as OTLP metrics get them. @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/ */
function targetOf(resource: Resource): Label[] {
  const namespace = textOf(resource, 'service.namespace');
  const instance = textOf(resource, 'service.instance.id');
  const job = namespace === '' ? resource.serviceName : `${namespace}/${resource.serviceName}`;
  return instance === ''
    ? [['job', job]]
    : [
        ['job', job],
        ['instance', instance],
      ];
}

function textOf(resource: Resource, key: string): string {
  const value = resource.attributes.get(key);
  return typeof value === 'string' ? value : '';
}
