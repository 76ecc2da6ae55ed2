import type { TextRange } from './syntax/ast.ts';
import { formatCompact } from './number-format.ts';
import { lineAndColumn } from './syntax/position.ts';
import type { MonotonicityFix } from './histogram/classic.ts';

export interface RenderedAnnotations {
  readonly warnings: string[];
  readonly infos: string[];
}

interface Entry {
  readonly kind: 'warning' | 'info';
  readonly message: string;
  readonly range: TextRange;
  readonly fixed?: FixedSamples;
}

interface FixedSamples extends MonotonicityFix {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly samples: number;
}

/**
 * Advice beside a good answer, each message once, with the place in the query it speaks of. Wording follows
 * Prometheus, whose users search for it.
 */
export class Annotations {
  private readonly entries = new Map<string, Entry>();
  private readonly notes: string[] = [];

  warn(message: string, range: TextRange): void {
    this.put({ kind: 'warning', message: `PromQL warning: ${message}`, range });
  }

  info(message: string, range: TextRange): void {
    this.put({ kind: 'info', message: `PromQL info: ${message}`, range });
  }

  /** An info that is ours rather than PromQL's and speaks of no place, such as what a canonical name was read from. */
  note(message: string): void {
    if (!this.notes.includes(message)) this.notes.push(message);
  }

  /** Counts of a classic histogram were lifted at one step; steps are told together. */
  monotonicityFixed(metric: string, range: TextRange, timeMs: number, fix: MonotonicityFix): void {
    const link = 'https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile';
    const message = `PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see ${link})${forMetric(metric)}`;
    const before = this.entries.get(message)?.fixed;
    const fixed: FixedSamples = {
      minBucket: Math.min(fix.minBucket, before?.minBucket ?? Infinity),
      maxBucket: Math.max(fix.maxBucket, before?.maxBucket ?? -Infinity),
      maxDifference: Math.max(fix.maxDifference, before?.maxDifference ?? 0),
      firstMs: Math.min(timeMs, before?.firstMs ?? Infinity),
      lastMs: Math.max(timeMs, before?.lastMs ?? -Infinity),
      samples: (before?.samples ?? 0) + 1,
    };
    this.entries.set(message, { kind: 'info', message, range, fixed });
  }

  /** Texts with `(line:column)` of the query. */
  render(query: string): RenderedAnnotations {
    const of = (kind: Entry['kind']): string[] =>
      [...this.entries.values()]
        .filter((entry) => entry.kind === kind)
        .map((entry) => `${entry.message}${describeFix(entry.fixed)} (${lineAndColumn(query, entry.range.from)})`);
    return { warnings: of('warning'), infos: [...of('info'), ...this.notes] };
  }

  private put(entry: Entry): void {
    this.entries.set(entry.message, entry);
  }
}

/** The tail that names the metric, if there is one to name. */
export function forMetric(metric: string): string {
  return metric === '' ? '' : ` for metric name ${JSON.stringify(metric)}`;
}

function describeFix(fixed: FixedSamples | undefined): string {
  if (fixed === undefined) return '';
  const buckets = `from buckets ${formatCompact(fixed.minBucket)} to ${formatCompact(fixed.maxBucket)}`;
  const difference = formatCompact(Number(fixed.maxDifference.toPrecision(2)));
  const span = `from ${rfc3339(fixed.firstMs)} to ${rfc3339(fixed.lastMs)}`;
  return `, ${buckets}, with a max diff of ${difference}, over ${fixed.samples} samples ${span}`;
}

function rfc3339(timeMs: number): string {
  return new Date(Math.trunc(timeMs / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
