import type { Label, Labels } from '../../model/series.ts';
import type { Exemplar, MetricBatch } from '../../model/sample.ts';
import type { IngestContext } from '../../model/sink.ts';
import type { Ledger } from '../../self/ledger.ts';
import type { LabelSettings } from '../config.ts';
import type { Processor } from '../processor.ts';
import { foldBatch } from './fold-batch.ts';
import { SeriesRewriter, type Rewriting } from './series-rewriter.ts';

/** Labels by which an exemplar leads to its trace: banned on series, at home here. */
const EXEMPLAR_LINKS: ReadonlySet<string> = new Set(['trace_id', 'span_id', 'traceID', 'spanID', 'traceId', 'spanId']);

/**
 * Takes labels of unbounded identity from metrics (prompt, request id, user …) and folds series beyond a metric's
 * budget into one. The label goes, not the data: series that become the same are folded (see `foldBatch`).
 */
export class LabelProcessor implements Processor {
  readonly name = 'labels';
  private readonly rewriter: SeriesRewriter;
  private readonly ledger: Ledger;

  constructor(settings: LabelSettings, ledger: Ledger, nowMs: () => number) {
    this.rewriter = new SeriesRewriter(settings, nowMs);
    this.ledger = ledger;
  }

  metrics(batch: MetricBatch, context: IngestContext): MetricBatch {
    const rewritings: Rewriting[] = [];
    let changed = false;
    for (const series of batch.series) {
      const rewriting = this.rewriter.rewrite(series);
      rewritings.push(rewriting);
      changed ||= rewriting.series !== series;
    }
    this.exemplars(batch, context);
    if (!changed) return batch;
    this.account(batch, rewritings, context);
    return foldBatch(
      batch,
      rewritings.map((rewriting) => rewriting.series),
    );
  }

  private exemplars(batch: MetricBatch, context: IngestContext): void {
    const counts = new Map<string, number>();
    batch.exemplars.forEach((exemplar, index) => {
      const { metric } = batch.series[exemplar.seriesIndex]!;
      const isBanned = ([name]: Label): boolean => !EXEMPLAR_LINKS.has(name) && this.rewriter.isBanned(metric, name);
      if (!exemplar.labels.some(isBanned)) return;
      const labels: Labels = exemplar.labels.filter((label) => {
        if (isBanned(label)) count(counts, label[0]);
        return !isBanned(label);
      });
      const mutable: Exemplar[] = batch.exemplars;
      mutable[index] = { ...exemplar, labels };
    });
    this.record(counts, 'exemplar-label-ban', context);
  }

  private account(batch: MetricBatch, rewritings: readonly Rewriting[], context: IngestContext): void {
    const samples = new Uint32Array(batch.series.length);
    for (let row = 0; row < batch.length; row++) samples[batch.seriesIndex[row]!]!++;
    for (const { seriesIndex } of batch.histograms) samples[seriesIndex]!++;
    const banned = new Map<string, number>();
    let overflowed = 0;
    rewritings.forEach((rewriting, index) => {
      for (const label of rewriting.banned) count(banned, label, samples[index]);
      if (rewriting.overflowed) overflowed += samples[index]!;
    });
    this.record(banned, 'label-ban', context);
    this.record(new Map([['series-budget', overflowed]]), 'overflow', context);
  }

  private record(counts: ReadonlyMap<string, number>, reason: string, context: IngestContext): void {
    for (const [name, samples] of counts) {
      this.ledger.record({
        tenant: context.tenant,
        signal: 'metrics',
        outcome: 'changed',
        reason: `${reason}:${name.slice(0, 64)}`,
        source: context.source,
        count: samples,
        bytes: 0,
      });
    }
  }
}

function count(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
