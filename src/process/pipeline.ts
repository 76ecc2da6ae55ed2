import type { Component } from '../model/component.ts';
import type { LogBatch } from '../model/log-record.ts';
import type { MetricBatch } from '../model/sample.ts';
import type { IngestContext, IngestResult, Sink } from '../model/sink.ts';
import type { SpanBatch } from '../model/span.ts';
import { SYSTEM_CLOCK, type Clock } from '../util/clock.ts';
import type { Ledger } from '../self/ledger.ts';
import type { Logger } from '../self/logger.ts';
import { Counter, type Registry } from 'prom-client';
import type { ProcessSettings } from './config.ts';
import { ContentPolicyProcessor } from './content/content.ts';
import { Deriver } from './derive/derive.ts';
import { LabelProcessor } from './labels/labels.ts';
import { Normaliser } from './normalise/normalise.ts';
import type { Processor } from './processor.ts';

export interface PipelineOptions {
  readonly settings: ProcessSettings;
  /** Where processed batches go: the store, or a fan-out to it and others. */
  readonly next: Sink;
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly clock?: Clock;
}

/** What stands between receivers and store. `flush` writes derived metrics at once, for tests and before a stop. */
export interface Pipeline extends Sink, Component {
  flush(): Promise<void>;
}

/**
 * Normalise → content policy → labels → derive → next sink. Content is gone before anything else sees it: derived
 * metrics, the store and every sink behind.
 */
export function makePipeline(options: PipelineOptions): Pipeline {
  const { settings, next, ledger, logger, registry } = options;
  const clock = options.clock ?? SYSTEM_CLOCK;
  const deriver = new Deriver(settings.derive, next, ledger, clock, logger);
  const processors: readonly Processor[] = [
    new Normaliser(),
    new ContentPolicyProcessor(settings.content, ledger),
    new LabelProcessor(settings.labels, ledger, () => clock.nowMs()),
    deriver,
  ];
  const seconds = new Counter({
    name: 'sonde_process_seconds_total',
    help: 'Time spent in processors.',
    labelNames: ['signal'],
    registers: [registry],
  });
  const timed = <Result>(signal: string, run: () => Result): Result => {
    const startMs = clock.monotonicMs();
    const result = run();
    seconds.inc({ signal }, Math.max(0, clock.monotonicMs() - startMs) / 1000);
    return result;
  };
  return {
    async spans(batch: SpanBatch, context: IngestContext): Promise<IngestResult> {
      const observations = timed('traces', () => {
        for (const processor of processors) processor.spans?.(batch, context);
        return deriver.measure(batch, context);
      });
      const result = await next.spans(batch, context);
      deriver.commit(observations, context);
      return result;
    },
    async logs(batch: LogBatch, context: IngestContext): Promise<IngestResult> {
      timed('logs', () => {
        for (const processor of processors) processor.logs?.(batch, context);
      });
      return next.logs(batch, context);
    },
    async metrics(batch: MetricBatch, context: IngestContext): Promise<IngestResult> {
      const processed = timed('metrics', () =>
        processors.reduce((current, processor) => processor.metrics?.(current, context) ?? current, batch),
      );
      const result = await next.metrics(processed, context);
      // Samples that were folded into another are in there: to the sender they are accepted.
      const folded = batch.length + batch.histograms.length - processed.length - processed.histograms.length;
      if (folded === 0) return result;
      ledger.record({
        tenant: context.tenant,
        signal: 'metrics',
        outcome: 'dropped',
        reason: 'folded-series',
        source: context.source,
        count: folded,
        bytes: 0,
      });
      return { ...result, accepted: result.accepted + folded };
    },
    start: () => deriver.start(),
    stop: () => deriver.stop(),
    flush: () => deriver.flush(),
  };
}
