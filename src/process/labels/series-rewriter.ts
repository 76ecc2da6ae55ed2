import { seriesOfSorted, type Label, type Series } from '../../model/series.ts';
import { isIdentityLabel, normal } from '../../vocabulary/identity-labels.ts';
import type { LabelSettings } from '../config.ts';
import { SeriesBudget } from './series-budget.ts';

/** What becomes of a series, and why. */
export interface Rewriting {
  readonly series: Series;
  /** Labels taken away; empty if it only went over the budget or stayed as it was. */
  readonly banned: readonly string[];
  readonly overflowed: boolean;
}

/** Label of the series that stands for all beyond a metric's budget. */
export const OVERFLOW_LABEL = 'sonde_overflow';

/** Labels that an overflow series keeps: where it came from, and what makes a histogram one. */
const KEPT_IN_OVERFLOW: ReadonlySet<string> = new Set(['instance', 'job', 'le', 'quantile']);

/**
 * Decides for each series under which labels it is stored; remembered by the `Series` object, which whoever decodes
 * keeps across batches, so that it costs one look-up a series and batch.
 */
export class SeriesRewriter {
  private readonly ban: ReadonlySet<string>;
  private readonly allow: ReadonlySet<string>;
  private readonly budget: SeriesBudget | undefined;
  private readonly known = new WeakMap<Series, Rewriting>();

  constructor(settings: LabelSettings, nowMs: () => number) {
    this.ban = new Set(settings.ban.map(normal));
    this.allow = new Set(settings.allow.map(normal));
    this.budget = settings.maxSeriesPerMetric === 0 ? undefined : new SeriesBudget(settings.maxSeriesPerMetric, nowMs);
  }

  rewrite(series: Series): Rewriting {
    let rewriting = this.known.get(series);
    if (rewriting === undefined) {
      rewriting = this.withoutBanned(series);
      this.known.set(series, rewriting);
    }
    if (this.budget === undefined || this.budget.admits(rewriting.series)) return rewriting;
    // Not remembered: when the budget has room again, the series gets its own place.
    return { series: overflowOf(rewriting.series), banned: rewriting.banned, overflowed: true };
  }

  /** Whether the label must go; also used for exemplars, whose trace and span ids stay. */
  isBanned(metric: string, label: string): boolean {
    const name = normal(label);
    if (this.ban.has(name)) return true;
    return !this.allow.has(name) && isIdentityLabel(metric, label);
  }

  private withoutBanned(series: Series): Rewriting {
    const banned: string[] = [];
    const labels: Label[] = [];
    for (const label of series.labels) {
      if (this.isBanned(series.metric, label[0])) banned.push(label[0]);
      else labels.push(label);
    }
    if (banned.length === 0) return { series, banned, overflowed: false };
    return { series: seriesOfSorted(series.metric, labels), banned, overflowed: false };
  }
}

function overflowOf(series: Series): Series {
  const labels: Label[] = series.labels.filter(([name]) => KEPT_IN_OVERFLOW.has(name));
  labels.push([OVERFLOW_LABEL, 'true']);
  labels.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return seriesOfSorted(series.metric, labels);
}
