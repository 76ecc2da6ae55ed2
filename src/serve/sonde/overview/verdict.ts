import { nearnessOf, type Measure } from '../answer/limits.ts';
import { amount, text } from '../answer/sentence.ts';
import type { OverviewRow, State, Verdict } from '../contract.ts';

/** From this share of its limit on, the nearest figure is named as a warning. */
const NEAR = 0.9;

/**
 * The sentence on top: the largest crossing of a limit; else what is nearest to one. A rule, no prose. Crossings that
 * users feel come before those of machines: the sentence says who suffers, the rows below say why. Without any figure
 * of models it says that nothing is known: unknown is not good.
 *
 * @param measures all figures of all rows that are held against a limit
 * @param rows     the rows that could be built
 * @param missing  how many rows failed
 */
export function verdictOf(measures: readonly Measure[], rows: readonly OverviewRow[], missing: number): Verdict {
  const ranked = [...measures].sort((a, b) => nearnessOf(b) - nearnessOf(a));
  const crossed = ranked.filter((measure) => nearnessOf(measure) > 1);
  const felt = crossed.filter(({ row }) => row === 'experience');
  const over = [...felt, ...crossed.filter(({ row }) => row !== 'experience')];
  const [worst] = over;
  if (worst !== undefined) {
    const row = rows.find(({ question }) => question === worst.row);
    return {
      ...about(worst, 'bad'),
      parts: [...worst.over],
      others: over.slice(1).map(({ over: parts, href }) => ({ parts: [...parts], href })),
      action: actionOf(worst, row),
    };
  }
  const known = rows.some(
    ({ question, state }) => (question === 'experience' || question === 'saturation') && state !== 'unknown',
  );
  const [nearest] = ranked;
  if (nearest === undefined || !known) {
    const parts = [text('No model was called and no server reported in this range: whether users wait is not known')];
    return { ...NOTHING, state: 'unknown', parts, others: [], action: { label: 'Look at targets', href: '/' } };
  }
  const share = [
    text(`${nearest.what}, at `),
    amount(nearnessOf(nearest), 'ratio'),
    text(` of its ${nearest.limit.label}`),
  ];
  const failed = missing === 0 ? [] : [text(`; ${missing} of 5 answers could not be given`)];
  const state: State = nearnessOf(nearest) >= NEAR || missing > 0 ? 'warn' : 'ok';
  const lead = missing > 0 ? 'No limit is known to be broken. Nearest: ' : 'All limits hold. Nearest: ';
  return {
    ...about(nearest, state),
    parts: [text(lead), ...share, ...failed],
    sinceUnixMs: null,
    others: [],
    action: null,
  };
}

const NOTHING = { subject: null, row: null, value: null, limit: null, sinceUnixMs: null } as const;

function about(measure: Measure, state: State): Omit<Verdict, 'parts' | 'others' | 'action'> {
  const { subject, row, value, limit, sinceUnixMs } = measure;
  return { state, subject, row, value, limit, sinceUnixMs };
}

/** The worst trace where one is at hand, else the page of what is told. */
function actionOf(worst: Measure, row: OverviewRow | undefined): Verdict['action'] {
  if (worst.row === 'experience' && row?.chart?.series[0]?.name === worst.subject) {
    const [slowest] = [...(row.chart.exemplars ?? [])].sort((a, b) => b.value - a.value);
    if (slowest !== undefined) {
      const span = slowest.spanId === null ? '' : `?span=${slowest.spanId}`;
      return { label: 'Open the worst trace', href: `/traces/${slowest.traceId}${span}` };
    }
  }
  return worst.href === null ? null : { label: `Look at ${worst.subject}`, href: worst.href };
}
