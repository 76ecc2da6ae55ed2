import { byModel, type ServerMetrics } from '../answer/server-metrics.ts';
import { breachesOf, meterOf, sinceOf, stateOf } from '../answer/limits.ts';
import { amount, modelHref, subject, text, times, tracesHref } from '../answer/sentence.ts';
import { chartValues, lastOf, maxOf, sumOf, weightedMean } from '../answer/values.ts';
import type { Basis, OverviewRow, SentencePart } from '../contract.ts';
import { emptyRow, figureOf, type OverviewContext, type RowAnswer, type Sources } from './context.ts';

const WORDS = { question: 'time', title: 'Where time goes', ask: 'Which phase grew?' } as const;

/** Phases in the order they are stacked. */
const LABELS = {
  queue: 'queue',
  prefill: 'prefill',
  decode: 'decode',
  'waiting-for-first-token': 'until first token',
  streaming: 'streaming',
  whole: 'model call',
  retrieval: 'retrieval',
  tools: 'tools',
  safety: 'safety checks',
} as const;
type PhaseKey = keyof typeof LABELS;

interface Phases {
  readonly basis: Basis;
  /** Mean seconds a model call spends, on the axis; NaN = not known. */
  readonly phases: ReadonlyMap<PhaseKey, Float64Array>;
  /** The phase users wait in without anything being done, by model; for what explains a rise. */
  readonly waitingByModel: ReadonlyMap<string, Float64Array>;
}

/** Where the mean model call's time goes, phase by phase: means add up, quantiles do not. */
export async function timeRow(context: OverviewContext): Promise<RowAnswer> {
  const { axis, chart, now, limits } = context;
  const drawn = await phasesOf(chart);
  const latest = chart === now ? drawn : await phasesOf(now);
  const total = sumOf([...latest.phases.values()], now.metrics.axis.steps);
  const mean = lastOf(total);
  if (mean === null) {
    const basisText = 'Neither servers nor spans tell how long calls take.';
    return {
      row: emptyRow(context, { ...WORDS, basisText }, { what: 'time of the mean request', unit: 's' }),
      measures: [],
    };
  }
  const serverSide = latest.basis === 'server-metrics';
  const key: PhaseKey = serverSide ? 'queue' : largest(latest.phases);
  const seconds = lastOf(latest.phases.get(key)) ?? 0;
  const share = seconds / mean;
  const shares = shareCurve(drawn, key, axis.steps);
  const limit = serverSide ? limits.queueShare : null;
  const breaches = breachesOf(chartValues(shares), limit, axis);
  const state = stateOf(share, limit);
  const usual = firstOf(shares);
  const rise = riseOf(drawn, axis.steps);
  const row: OverviewRow = {
    ...WORDS,
    state,
    figure: figureOf(context, {
      value: share,
      unit: 'ratio',
      what: serverSide ? 'in queue, of the mean request' : `${LABELS[key]}, of the mean call`,
      state,
      basis: latest.basis,
    }),
    subFigures: [
      figureOf(context, { value: mean, unit: 's', what: 'the mean request', state: 'ok', basis: latest.basis }),
      ...[...latest.phases]
        .filter(([phase]) => phase !== key)
        .map(([phase, values]) => ({ phase, value: lastOf(values) }))
        .filter(({ value }) => value !== null && value > 0)
        .sort((a, b) => b.value! - a.value!)
        .slice(0, 2)
        .map(({ phase, value }) =>
          figureOf(context, { value, unit: 's', what: LABELS[phase], state: 'ok', basis: latest.basis }),
        ),
    ],
    chart: {
      kind: 'stacked',
      unit: 's',
      series: [...drawn.phases].map(([phase, values]) => ({
        name: LABELS[phase],
        role: 'phase',
        key: phase,
        values: chartValues(values),
      })),
      limit: null,
      breaches,
      exemplars: [],
      query: serverSide ? chart.metrics.query('queueSeconds') : null,
    },
    lanes: [],
    limit,
    sinceUnixMs: sinceOf(breaches, axis),
    budget: {
      state,
      parts: comparedWithBegin(share, usual),
      ...(limit === null ? { fill: share, tick: null } : meterOf(share, limit)),
      note: limit === null ? [] : [amount(limit.value, 'ratio'), text(' of the mean request may be queueing')],
    },
    explanation: explanationOf(rise, latest),
    basis: latest.basis,
    basisText: serverSide
      ? 'Queue, prefill and decode from the servers’ metrics; retrieval, tools and safety checks from spans, a model call.'
      : 'From spans of the applications; what happens inside the servers is not told.',
    partial: [],
    empty: null,
  };
  const measures =
    limit === null
      ? []
      : [
          {
            row: 'time' as const,
            subject: 'queue',
            what: 'share of the mean request in the queue',
            value: share,
            limit,
            sinceUnixMs: row.sinceUnixMs,
            over: [
              amount(share, 'ratio', true),
              text(' of the mean request is queueing; the limit is '),
              amount(limit.value, 'ratio'),
            ],
            href: row.explanation?.href ?? null,
          },
        ];
  return { row, measures };
}

async function phasesOf({ metrics, spans }: Sources): Promise<Phases> {
  const { steps } = metrics.axis;
  const [queue, prefill, decode, inference, requests, beside] = await Promise.all([
    metrics.get('queueSeconds'),
    metrics.get('prefillSeconds'),
    metrics.get('decodeSeconds'),
    metrics.get('inferenceSeconds'),
    metrics.get('requests'),
    spans.besideModels(),
  ]);
  const weights = new Map([...byModel(requests)].map(([model, many]) => [model, sumOf(many, steps)]));
  const ofModel = (series: typeof queue): Map<string, Float64Array> =>
    new Map([...byModel(series)].map(([model, many]) => [model, maxOf(many, steps)]));
  const means = {
    queue: ofModel(queue),
    prefill: ofModel(prefill),
    decode: ofModel(decode),
    inference: ofModel(inference),
  };
  const overall = (byName: Map<string, Float64Array>): Float64Array =>
    weightedMean(
      [...byName].map(([model, values]) => ({ values, weights: weights.get(model) ?? values.map(() => 1) })),
      steps,
    );
  const phases = new Map<PhaseKey, Float64Array>();
  const put = (key: PhaseKey, values: Float64Array): void => {
    if (values.some(isFinite)) phases.set(key, values);
  };
  // Where a server tells only the time in the engine, what is not prefill is decode.
  for (const [model, values] of means.inference) {
    if (means.decode.has(model)) continue;
    const before = means.prefill.get(model);
    means.decode.set(model, before === undefined ? values : values.map((whole, i) => Math.max(0, whole - before[i]!)));
  }
  const serverSide = [means.queue, means.decode].some((byName) =>
    [...byName.values()].some((values) => values.some(isFinite)),
  );
  if (serverSide) {
    put('queue', overall(means.queue));
    put('prefill', overall(means.prefill));
    put('decode', overall(means.decode));
  } else {
    await putSpanPhases({ metrics, spans }, put);
  }
  put('retrieval', nonZero(beside.retrieval));
  put('tools', nonZero(beside.tools));
  put('safety', nonZero(beside.safety));
  return { basis: serverSide ? 'server-metrics' : 'client-spans', phases, waitingByModel: means.queue };
}

async function putSpanPhases(
  { metrics, spans }: { metrics: ServerMetrics; spans: Sources['spans'] },
  put: (key: PhaseKey, values: Float64Array) => void,
): Promise<void> {
  const calls = await spans.models();
  const mean = (field: 'ttftMean' | 'streamMean' | 'secondsMean', of = calls): Float64Array =>
    weightedMean(
      of.map((one) => ({ values: one[field], weights: one.requestsPerSecond })),
      metrics.axis.steps,
    );
  const streams = calls.filter(({ ttftMean }) => ttftMean.some(isFinite));
  if (streams.length > 0) {
    put('waiting-for-first-token', mean('ttftMean', streams));
    put('streaming', mean('streamMean', streams));
  } else put('whole', mean('secondsMean'));
}

/** A phase that never took time is not drawn. */
function nonZero(values: Float64Array): Float64Array {
  return values.some((value) => value > 0) ? values : values.map(() => NaN);
}

function largest(phases: Phases['phases']): PhaseKey {
  let found: PhaseKey = 'whole';
  let most = -Infinity;
  for (const [key, values] of phases) {
    const value = lastOf(values) ?? -Infinity;
    if (value > most) [found, most] = [key, value];
  }
  return found;
}

function shareCurve({ phases }: Phases, key: PhaseKey, steps: number): Float64Array {
  const total = sumOf([...phases.values()], steps);
  const part = phases.get(key);
  return total.map((whole, i) => (part === undefined || !(whole > 0) ? NaN : part[i]! / whole));
}

/** Mean of the first tenth of the points that have a value. */
function firstOf(values: Float64Array): number | null {
  const known = Array.from(values.slice(0, Math.max(1, Math.floor(values.length / 10)))).filter(isFinite);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
}

function comparedWithBegin(share: number, begin: number | null): SentencePart[] {
  if (begin === null) return [text('nothing to compare with at the beginning of the range')];
  if (begin >= 0.001 && share / begin >= 1.5) {
    return [times(share / begin, true), text(' the '), amount(begin, 'ratio'), text(' at the beginning of the range')];
  }
  return [amount(begin, 'ratio'), text(' at the beginning of the range')];
}

/** How much longer the mean request became, and how much of that each phase brought; undefined when it did not. */
function riseOf({ phases }: Phases, steps: number): { key: PhaseKey; share: number } | undefined {
  const begin = firstOf(sumOf([...phases.values()], steps));
  const end = lastOf(sumOf([...phases.values()], steps));
  if (begin === null || end === null || end < begin * 1.2) return undefined;
  let found: { key: PhaseKey; share: number } | undefined;
  for (const [key, values] of phases) {
    const rise = (lastOf(values) ?? 0) - (firstOf(values) ?? 0);
    const share = rise / (end - begin);
    if (found === undefined || share > found.share) found = { key, share: Math.min(1, share) };
  }
  return found;
}

function explanationOf(
  rise: { key: PhaseKey; share: number } | undefined,
  { waitingByModel }: Phases,
): OverviewRow['explanation'] {
  const [model] = [...waitingByModel].sort((a, b) => (lastOf(b[1]) ?? 0) - (lastOf(a[1]) ?? 0))[0] ?? [undefined];
  if (rise === undefined) {
    return {
      parts: [text('Slowest traces, by phase')],
      href: tracesHref({ sort: 'duration' }),
      note: [text('The mean request did not grow in this range')],
    };
  }
  const on = model !== undefined && rise.key === 'queue' ? [text(' on '), subject(model)] : [];
  return {
    parts: [amount(rise.share, 'ratio'), text(` of the rise is ${LABELS[rise.key]}`), ...on],
    href: on.length > 0 && model !== undefined ? modelHref(model) : tracesHref({ sort: 'duration' }),
    note: [text('Against the beginning of the range')],
  };
}
