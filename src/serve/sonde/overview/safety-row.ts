import { readLedger, readSeriesCounts, type LedgerLine } from '../../../query/overview/index.ts';
import { countOf, isContent, isLoss } from '../answer/losses.ts';
import { meterOf, stateOf, worstOf, type Measure } from '../answer/limits.ts';
import { amount, exploreHref, subject, text } from '../answer/sentence.ts';
import type { OverviewRow, Series } from '../contract.ts';
import type { TimeAxis } from '../time-axis.ts';
import { emptyRow, figureOf, type OverviewContext, type RowAnswer } from './context.ts';

const WORDS = { question: 'safety', title: 'Safety', ask: 'Is it safe to keep?' } as const;
const MINUTE_MS = 60_000;

/** Whether what arrived was kept, what was taken out of it, and how much of the budget of series is used. */
export async function safetyRow(context: OverviewContext): Promise<RowAnswer> {
  const { axis, limits, deps, tenant, signal } = context;
  const [lines, counts] = await Promise.all([
    readLedger(deps.reader, tenant, axis.fromMs, axis.toMs, signal),
    readSeriesCounts(deps.reader, tenant, axis.toMs, axis.toMs, 1, signal),
  ]);
  if (lines.length === 0 && counts.total === 0) {
    const basisText = 'Nothing arrived in this range.';
    return { row: emptyRow(context, { ...WORDS, basisText }, { what: 'records lost', unit: 'records' }), measures: [] };
  }
  // The account is kept by the minute: the last five whole ones.
  const end = Math.floor(axis.toMs / MINUTE_MS) * MINUTE_MS;
  const latest = lines.filter(({ minuteUnixMs }) => minuteUnixMs >= end - 5 * MINUTE_MS);
  const received = countOf(latest, ({ outcome }) => outcome === 'received');
  const lost = countOf(latest, isLoss);
  const share = received === 0 ? (lost > 0 ? 1 : 0) : lost / received;
  const lostState = received + lost === 0 ? 'ok' : stateOf(share, limits.lost);
  const seriesState = stateOf(counts.total, limits.series);
  const inRange = countOf(lines, isContent);
  const [top] = counts.byMetric;
  const row: OverviewRow = {
    ...WORDS,
    state: worstOf([lostState, seriesState]),
    figure: figureOf(context, {
      value: lost,
      unit: 'records',
      what: `lost of ${received.toLocaleString('en-US')} received`,
      state: lostState,
      basis: 'sonde',
    }),
    subFigures: [
      {
        ...figureOf(context, {
          value: inRange,
          unit: 'count',
          what: 'content fields not stored, in range',
          state: 'ok',
          basis: 'sonde',
        }),
        windowSeconds: (axis.toMs - axis.fromMs) / 1000,
      },
    ],
    chart: {
      kind: 'bars',
      unit: 'records/min',
      series: outcomes(lines, axis),
      limit: null,
      breaches: [],
      exemplars: [],
      query: null,
    },
    lanes: [],
    limit: limits.series,
    sinceUnixMs: null,
    budget: {
      state: seriesState,
      parts: [
        amount(counts.total, 'series', true),
        text(' of '),
        amount(limits.series.value, 'series'),
        text(' today'),
      ],
      ...meterOf(counts.total, limits.series),
      note: [text('Traces kept: '), amount(1, 'ratio'), text(' of those that arrived, none sampled out')],
    },
    explanation:
      top === undefined
        ? null
        : {
            parts: [subject(top.metric), text(' has most series, '), amount(top.series, 'series')],
            href: '/safety',
            note: [subject('Open in Explore', exploreHref(`{__name__="${top.metric}"}`))],
          },
    basis: 'sonde',
    basisText: 'Sonde’s own account, by the minute: received = kept + named losses.',
    partial: [],
    empty: null,
  };
  return { row, measures: measuresOf({ share, received, lost, series: counts.total }, context) };
}

/** Kept and lost records per minute on the axis; a step is filled by the minutes that lie in it. */
function outcomes(lines: readonly LedgerLine[], axis: TimeAxis): Series[] {
  const kept = perMinute(lines, ({ outcome }) => outcome === 'kept', axis);
  const lost = perMinute(lines, isLoss, axis);
  const content = perMinute(lines, isContent, axis);
  return [
    { name: 'kept', role: 'outcome', key: 'kept', values: kept },
    { name: 'lost', role: 'outcome', key: 'lost', values: lost },
    ...(content.some((value) => (value ?? 0) > 0)
      ? [{ name: 'content fields not stored', role: 'comparison' as const, key: 'content', values: content }]
      : []),
  ];
}

/** Records per minute on an axis; null before the first minute that the account knows. */
export function perMinute(
  lines: readonly LedgerLine[],
  wanted: (line: LedgerLine) => boolean,
  axis: TimeAxis,
): (number | null)[] {
  const first = lines.reduce((least, { minuteUnixMs }) => Math.min(least, minuteUnixMs), Infinity);
  const byMinute = new Map<number, number>();
  for (const line of lines) {
    if (!wanted(line)) continue;
    byMinute.set(line.minuteUnixMs, (byMinute.get(line.minuteUnixMs) ?? 0) + line.count);
  }
  const minutes = axis.stepMs / MINUTE_MS;
  return axis.t.map((seconds) => {
    const toMs = seconds * 1000;
    const fromMs = toMs - axis.stepMs;
    if (toMs <= first) return null;
    if (minutes <= 1) return byMinute.get(Math.floor((toMs - 1) / MINUTE_MS) * MINUTE_MS) ?? 0;
    let sum = 0;
    for (const [minute, count] of byMinute) if (minute >= fromMs && minute < toMs) sum += count;
    return sum / minutes;
  });
}

function measuresOf(
  { share, received, lost, series }: { share: number; received: number; lost: number; series: number },
  { limits }: OverviewContext,
): Measure[] {
  const measures: Measure[] = [
    {
      row: 'safety',
      subject: 'series',
      what: 'budget of series',
      value: series,
      limit: limits.series,
      sinceUnixMs: null,
      over: [
        amount(series, 'series', true),
        text(' are stored today; the budget is '),
        amount(limits.series.value, 'series'),
      ],
      href: '/safety',
    },
  ];
  if (received + lost > 0) {
    measures.push({
      row: 'safety',
      subject: 'records',
      what: 'records lost',
      value: share,
      limit: limits.lost,
      sinceUnixMs: null,
      over: [
        amount(share, 'ratio', true),
        text(' of what arrived was lost; the limit is '),
        amount(limits.lost.value, 'ratio'),
      ],
      href: '/safety',
    });
  }
  return measures;
}
