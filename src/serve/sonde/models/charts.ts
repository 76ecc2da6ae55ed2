import { breachesOf, stateOf, type Limits } from '../answer/limits.ts';
import type { ServerMetrics, ServerQuery } from '../answer/server-metrics.ts';
import { chartValues, lastOf, maxKnown, sumKnown } from '../answer/values.ts';
import type { Limit, Series, TitledChart } from '../contract.ts';
import type { GridSeries } from '../metrics-reader.ts';

/** More curves than this are unreadable; the others are left out and named in `infos`. */
const MOST_CURVES = 8;

/** A chart of a grid of charts. */
export interface ChartPlan {
  readonly id: string;
  readonly title: string;
  readonly what: string;
  readonly kind: TitledChart['chart']['kind'];
  readonly unit: TitledChart['nowUnit'];
  /** Questions, each a curve a server; with several, curves are named by `name`. */
  readonly curves: readonly { readonly query: ServerQuery; readonly name?: string }[];
  readonly limit: keyof Limits | null;
  /** How the latest values of the first question's curves become one figure. */
  readonly now: 'max' | 'sum';
}

const WINDOW = 'over 5 min';

/** The charts of a server's, a model's and a trace's page, most telling first. */
export const CHART_PLANS: readonly ChartPlan[] = [
  {
    id: 'kv-cache',
    title: 'KV cache used',
    what: 'share of the KV cache in use',
    kind: 'line',
    unit: 'ratio',
    curves: [{ query: 'kvCache' }],
    limit: 'kvCache',
    now: 'max',
  },
  {
    id: 'requests',
    title: 'Requests',
    what: 'waiting and running',
    kind: 'line',
    unit: 'requests',
    curves: [
      { query: 'waiting', name: 'waiting' },
      { query: 'running', name: 'running' },
    ],
    limit: 'queue',
    now: 'sum',
  },
  {
    id: 'preemptions',
    title: 'Preemptions',
    what: `requests thrown out of the batch, ${WINDOW}`,
    kind: 'bars',
    unit: 'per-minute',
    curves: [{ query: 'preemptions' }],
    limit: null,
    now: 'sum',
  },
  {
    id: 'output-tokens',
    title: 'Output tokens',
    what: `tokens written a second, ${WINDOW}`,
    kind: 'line',
    unit: 'tokens/s',
    curves: [{ query: 'outputTokens' }],
    limit: null,
    now: 'sum',
  },
  {
    id: 'ttft',
    title: 'Time to first token',
    what: `95th percentile, ${WINDOW}`,
    kind: 'line',
    unit: 's',
    curves: [{ query: 'ttftByServer' }],
    limit: 'ttft',
    now: 'max',
  },
  {
    id: 'inter-token',
    title: 'Gap between tokens',
    what: `95th percentile, ${WINDOW}`,
    kind: 'line',
    unit: 's',
    curves: [{ query: 'interTokenByServer' }],
    limit: 'interToken',
    now: 'max',
  },
  {
    id: 'input-tokens',
    title: 'Input tokens',
    what: `prompt tokens a second, cached ones included, ${WINDOW}`,
    kind: 'line',
    unit: 'tokens/s',
    curves: [{ query: 'inputTokens' }],
    limit: null,
    now: 'sum',
  },
  {
    id: 'request-rate',
    title: 'Requests ended',
    what: `a second, ${WINDOW}`,
    kind: 'line',
    unit: 'requests/s',
    curves: [{ query: 'requests' }],
    limit: null,
    now: 'sum',
  },
  {
    id: 'tokens-per-step',
    title: 'Tokens per step',
    what: `tokens the engine works on in one step, mean ${WINDOW}`,
    kind: 'line',
    unit: 'tokens/step',
    curves: [{ query: 'tokensPerStep' }],
    limit: null,
    now: 'max',
  },
  {
    id: 'prefix-cache',
    title: 'Prefix cache',
    what: `prompt tokens looked up and found a second, ${WINDOW}`,
    kind: 'line',
    unit: 'tokens/s',
    curves: [
      { query: 'prefixHits', name: 'found' },
      { query: 'prefixQueries', name: 'looked up' },
    ],
    limit: null,
    now: 'sum',
  },
];

/** Builds a chart; null when nothing of it is known. `wanted` chooses among the series of the scope. */
export async function buildChart(
  plan: ChartPlan,
  metrics: ServerMetrics,
  limits: Limits,
  wanted: (labels: Readonly<Record<string, string>>) => boolean,
): Promise<TitledChart | null> {
  const found = await Promise.all(
    plan.curves.map(async ({ query, name }) => ({
      name,
      series: (await metrics.get(query)).filter(({ labels, values }) => wanted(labels) && values.some(isFinite)),
    })),
  );
  const first = found[0]!.series;
  if (found.every(({ series }) => series.length === 0)) return null;
  const curves = found.flatMap(({ name, series }) => series.map((one) => ({ one, name, alone: series.length === 1 })));
  const infos = [...(await metrics.infos(plan.curves[0]!.query))];
  if (curves.length > MOST_CURVES) infos.push(`${curves.length - MOST_CURVES} more servers are not drawn`);
  const limit: Limit | null = plan.limit === null ? null : limits[plan.limit];
  const latest = first.map(({ values }) => lastOf(values));
  const now = plan.now === 'max' ? maxKnown(latest) : sumKnown(latest);
  const drawn = [...curves]
    .sort((a, b) => (lastOf(b.one.values) ?? 0) - (lastOf(a.one.values) ?? 0))
    .slice(0, MOST_CURVES);
  const highest = [...first].sort((a, b) => (lastOf(b.values) ?? 0) - (lastOf(a.values) ?? 0))[0];
  // A limit holds for each server: their sum is never held against it.
  const held = plan.now === 'sum' ? maxKnown(latest) : now;
  return {
    id: plan.id,
    title: plan.title,
    what: plan.what,
    now,
    nowUnit: plan.unit,
    state: limit === null ? 'ok' : stateOf(held, limit),
    chart: {
      kind: plan.kind,
      unit: plan.unit,
      series: drawn.map(({ one, name, alone }, i): Series => ({
        name: nameOf(one, name, alone),
        role: i === 0 ? 'main' : 'comparison',
        key: name ?? null,
        values: chartValues(one.values),
      })),
      limit,
      breaches: highest === undefined ? [] : breachesOf(chartValues(highest.values), limit, metrics.axis),
      exemplars: [],
      query: metrics.query(plan.curves[0]!.query),
    },
    infos,
  };
}

function nameOf({ labels }: GridSeries, name: string | undefined, alone: boolean): string {
  const instance = labels['instance'] ?? '';
  if (name === undefined) return instance;
  return alone ? name : `${instance}, ${name}`;
}
