import { breachesOf, meterOf, sinceOf, worstOf, type Measure } from '../answer/limits.ts';
import {
  isPreallocated,
  laneQuery,
  lanesOf,
  limitOf,
  resourceUses,
  stateOfUse,
  type ResourceUse,
} from '../answer/lanes.ts';
import { amount, modelHref, serverHref, subject, text } from '../answer/sentence.ts';
import { readGpus, readServers } from '../answer/servers.ts';
import { chartValues, lastOf, sumKnown } from '../answer/values.ts';
import type { Figure, Lane, OverviewRow, SentencePart } from '../contract.ts';
import { emptyRow, figureOf, type OverviewContext, type RowAnswer, type Sources } from './context.ts';

const WORDS = { question: 'saturation', title: 'Saturation', ask: 'What is full first?' } as const;
const BASIS_TEXT =
  'From the metrics of LLM servers, GPU exporters and machines; each lane is the fullest of its kind now.';

const NAMES = {
  'kv-cache': 'KV cache',
  queue: 'queue',
  'gpu-memory': 'GPU memory',
  'gpu-compute': 'GPU compute',
  cpu: 'CPU',
} as const satisfies Record<Lane['resource'], string>;

/** What is fullest against its own limit: KV cache, queue, GPU memory, GPU compute, CPU. */
export async function saturationRow(context: OverviewContext): Promise<RowAnswer> {
  const { chart, now, limits, axis } = context;
  const drawn = await usesOf(chart);
  const latest = chart === now ? drawn : await usesOf(now);
  const first = mostNear(latest, context);
  if (first === undefined) {
    const basisText = 'No LLM server, GPU exporter or machine reports how full it is in this range.';
    return {
      row: emptyRow(context, { ...WORDS, basisText }, { what: 'fullest resource', unit: 'ratio' }),
      measures: [],
    };
  }
  const limit = limitOf(first.resource, limits);
  const value = lastOf(first.values)!;
  const lanes = lanesOf(drawn, limits, (resource) => laneQuery(chart.metrics, resource));
  const since = (use: ResourceUse): number | null => {
    const same = drawn.find(({ resource, subject: name }) => resource === use.resource && name === use.subject) ?? use;
    return sinceOf(breachesOf(chartValues(same.values), limitOf(use.resource, limits), axis), axis);
  };
  const state = stateOfUse(first, limits);
  const row: OverviewRow = {
    ...WORDS,
    state: worstOf(lanes.map((lane) => lane.state)),
    figure: figureOf(context, {
      value,
      unit: limit.unit,
      what: `${NAMES[first.resource]}, ${first.subject}`,
      state,
      basis: 'server-metrics',
      instant: true,
    }),
    subFigures: await besides(context, latest),
    chart: null,
    lanes,
    limit,
    sinceUnixMs: since(first),
    budget: {
      state,
      parts: budgetParts(value, limit),
      ...meterOf(value, limit),
      note: [text('Headroom is not known: no load test says how much this server carries')],
    },
    explanation: explanationOf(first, latest, context),
    basis: 'server-metrics',
    basisText: BASIS_TEXT,
    partial: await partial(now),
    empty: null,
  };
  return {
    row,
    measures: latest.filter((use) => !isPreallocated(use)).flatMap((use) => measureOf(use, since(use), context)),
  };
}

async function usesOf({ metrics }: Sources): Promise<ResourceUse[]> {
  const [servers, gpus] = await Promise.all([readServers(metrics), readGpus(metrics)]);
  return resourceUses(metrics, servers, gpus);
}

/** The use nearest to its limit now. A busy GPU below its limit does not stand before what can really be full. */
function mostNear(uses: readonly ResourceUse[], { limits }: OverviewContext): ResourceUse | undefined {
  const nearness = (use: ResourceUse): number => {
    const value = lastOf(use.values);
    if (value === null) return -1;
    const near = value / limitOf(use.resource, limits).value;
    if (isPreallocated(use)) return 0.001;
    return use.resource === 'gpu-compute' && near <= 1 ? near / 1000 : near;
  };
  const [first] = [...uses].sort((a, b) => nearness(b) - nearness(a));
  return first === undefined || lastOf(first.values) === null ? undefined : first;
}

async function besides(context: OverviewContext, uses: readonly ResourceUse[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  const waiting = sumKnown(uses.filter(({ resource }) => resource === 'queue').map(({ values }) => lastOf(values)));
  const common = { state: 'ok', basis: 'server-metrics' } as const;
  if (waiting !== null) {
    figures.push(figureOf(context, { ...common, value: waiting, unit: 'requests', what: 'waiting', instant: true }));
  }
  const preemptions = await context.now.metrics.get('preemptions');
  const perMinute = sumKnown(preemptions.map(({ values }) => lastOf(values)));
  if (perMinute !== null)
    figures.push(figureOf(context, { ...common, value: perMinute, unit: 'per-minute', what: 'preempted' }));
  return figures;
}

function budgetParts(value: number, limit: NonNullable<Lane['limit']>): SentencePart[] {
  if (value > limit.value) return [text('Over '), amount(limit.value, limit.unit, true)];
  const share = value / limit.value;
  return [amount(share, 'ratio', true), text(' of the limit, '), amount(limit.value, limit.unit)];
}

function explanationOf(
  first: ResourceUse,
  uses: readonly ResourceUse[],
  { limits }: OverviewContext,
): OverviewRow['explanation'] {
  const limit = limitOf(first.resource, limits);
  const same = uses.filter(({ resource, model }) => resource === first.resource && model === first.model);
  const full = same.filter(({ values }) => (lastOf(values) ?? 0) > limit.value);
  const href = first.instance === null ? null : serverHref(first.instance);
  if (first.model !== null && full.length > 0) {
    return {
      parts: [
        text(`${full.length} of ${same.length} ${same.length === 1 ? 'server' : 'servers'} of `),
        subject(first.model),
        text(' over the limit'),
      ],
      href: modelHref(first.model),
      note: [text('Fullest: '), subject(first.subject, href)],
    };
  }
  return { parts: [text('Fullest: '), subject(first.subject)], href, note: [] };
}

/** Servers that stopped answering are missing in every lane. */
async function partial({ metrics }: Sources): Promise<string[]> {
  const up = await metrics.get('up');
  const down = up.filter(({ values }) => lastOf(values) === 0).map(({ labels }) => labels['instance'] ?? '');
  if (down.length === 0) return [];
  const names = down.slice(0, 3).join(', ');
  return [`${down.length} of ${up.length} targets did not answer (${names}); they are missing here`];
}

function measureOf(use: ResourceUse, sinceUnixMs: number | null, { limits }: OverviewContext): Measure[] {
  const value = lastOf(use.values);
  if (value === null || use.resource === 'gpu-compute') return [];
  const limit = limitOf(use.resource, limits);
  const href = use.instance === null ? null : serverHref(use.instance);
  const is: SentencePart[] =
    use.resource === 'queue'
      ? [amount(value, 'requests', true), text(' wait at '), subject(use.subject, href)]
      : [
          text(`The ${NAMES[use.resource]} of `),
          subject(use.subject, href),
          text(' is '),
          amount(value, 'ratio', true),
          text(' full'),
        ];
  return [
    {
      row: 'saturation',
      subject: use.subject,
      what: `${NAMES[use.resource]} of ${use.subject}`,
      value,
      limit,
      sinceUnixMs,
      over: [...is, text('; the limit is '), amount(limit.value, limit.unit)],
      href,
    },
  ];
}
