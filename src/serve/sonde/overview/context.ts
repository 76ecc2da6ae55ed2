import type { ClientSpans } from '../answer/client-spans.ts';
import type { Limits, Measure } from '../answer/limits.ts';
import type { ServerMetrics } from '../answer/server-metrics.ts';
import type { PriceSettings } from '../config.ts';
import type { Figure, OverviewRow, State, Unit } from '../contract.ts';
import type { SondeDeps } from '../deps.ts';
import type { TimeAxis } from '../time-axis.ts';

/** The two sources of a page, on one axis. */
export interface Sources {
  readonly metrics: ServerMetrics;
  readonly spans: ClientSpans;
}

/** What every row of the overview is built from. `now` ends where `chart` ends; for ranges of up to a day it is the same. */
export interface OverviewContext {
  readonly axis: TimeAxis;
  readonly chart: Sources;
  readonly now: Sources;
  readonly limits: Limits;
  readonly prices: PriceSettings;
  readonly deps: SondeDeps;
  readonly tenant: string;
  readonly signal: AbortSignal;
  readonly filtered: boolean;
}

/** A row, and the figures in it that are held against a limit: the verdict chooses among them. */
export interface RowAnswer {
  readonly row: OverviewRow;
  readonly measures: readonly Measure[];
}

export function figureOf(
  context: Pick<OverviewContext, 'now'>,
  parts: { value: number | null; unit: Unit; what: string; state: State; basis: Figure['basis']; instant?: boolean },
): Figure {
  const { axis } = context.now.metrics;
  const { instant = false, ...rest } = parts;
  return { ...rest, windowSeconds: instant ? null : axis.windowMs / 1000, atUnixMs: axis.toMs };
}

/** The row of a question nothing is known about. */
export function emptyRow(
  context: OverviewContext,
  row: Pick<OverviewRow, 'question' | 'title' | 'ask' | 'basisText'>,
  missing: { what: string; unit: Unit },
): OverviewRow {
  return {
    ...row,
    state: 'unknown',
    figure: figureOf(context, { value: null, unit: missing.unit, what: missing.what, state: 'unknown', basis: null }),
    subFigures: [],
    chart: null,
    lanes: [],
    limit: null,
    sinceUnixMs: null,
    budget: null,
    explanation: null,
    basis: null,
    partial: [],
    empty: {
      kind: context.filtered ? 'filtered-away' : 'not-in-range',
      what: missing.what,
      lastUnixMs: null,
      filter: null,
    },
  };
}
