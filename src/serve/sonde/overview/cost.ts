import { byModel } from '../answer/server-metrics.ts';
import { breachesOf, meterOf, sinceOf, stateOf } from '../answer/limits.ts';
import { amount, modelHref, subject, text, times } from '../answer/sentence.ts';
import { chartValues, lastOf, sumKnown, sumOf } from '../answer/values.ts';
import type { Basis, Figure, OverviewRow } from '../contract.ts';
import { emptyRow, figureOf, type OverviewContext, type RowAnswer, type Sources } from './context.ts';

const WORDS = { question: 'cost', title: 'Cost & capacity', ask: 'What does a token cost?' } as const;

/** Token flow of one model; per second, NaN = not known. */
interface Flow {
  readonly model: string;
  readonly basis: Basis;
  readonly output: Float64Array;
  readonly input: Float64Array;
  readonly requests: Float64Array;
  readonly cachedRatio: Float64Array;
}

/** What tokens cost where prices are configured, else how many there are. */
export async function costRow(context: OverviewContext): Promise<RowAnswer> {
  const { chart, now, prices, limits, axis } = context;
  const drawn = await flowsOf(chart);
  const latest = chart === now ? drawn : await flowsOf(now);
  const nowSteps = now.metrics.axis.steps;
  const output = lastOf(total(latest, 'output', nowSteps));
  if (output === null) {
    const basisText = 'Neither servers nor spans count tokens in this range.';
    return {
      row: emptyRow(context, { ...WORDS, basisText }, { what: 'output tokens', unit: 'tokens/s' }),
      measures: [],
    };
  }
  const basis: Basis = latest.some((flow) => flow.basis === 'server-metrics') ? 'server-metrics' : 'client-spans';
  const priced = drawn.filter(({ model }) => prices.models.has(model));
  const unpriced = drawn.filter(({ model }) => !prices.models.has(model)).map(({ model }) => model);
  const cost = usdPerMillion(priced, context, axis.steps);
  const costNow = lastOf(
    usdPerMillion(
      latest.filter(({ model }) => prices.models.has(model)),
      context,
      nowSteps,
    ),
  );
  const hasCost = costNow !== null;
  const limit = hasCost ? limits.cost : null;
  const curve = chartValues(hasCost ? cost : total(drawn, 'output', axis.steps));
  const breaches = breachesOf(curve, limit, axis);
  const state = hasCost ? stateOf(costNow, limit) : 'ok';
  const row: OverviewRow = {
    ...WORDS,
    state,
    figure: hasCost
      ? figureOf(context, {
          value: costNow,
          unit: 'usd/1M-tokens',
          what: 'a million output tokens, input included',
          state,
          basis,
        })
      : figureOf(context, { value: output, unit: 'tokens/s', what: 'output tokens, all models', state, basis }),
    subFigures: besides(latest, hasCost ? output : null, basis, context),
    chart: {
      kind: 'area',
      unit: hasCost ? 'usd/1M-tokens' : 'tokens/s',
      series: [
        { name: hasCost ? 'cost of a million output tokens' : 'output tokens', role: 'main', key: null, values: curve },
      ],
      limit,
      breaches,
      exemplars: [],
      query: hasCost ? null : 'sum (rate(gen_ai_server_generation_tokens_total[5m]))',
    },
    lanes: [],
    limit,
    sinceUnixMs: sinceOf(breaches, axis),
    budget: budgetOf(costNow, latest, unpriced, context),
    explanation: explanationOf(drawn, context),
    basis,
    basisText:
      (basis === 'server-metrics'
        ? 'Tokens as the servers count them.'
        : 'Tokens as the applications’ spans count them.') +
      (hasCost && prices.list !== '' ? ` Prices: ${prices.list}.` : ''),
    partial:
      hasCost && unpriced.length > 0 ? [`no price for ${unpriced.join(', ')}; they are missing in the cost`] : [],
    empty: null,
  };
  const measures =
    limit === null || costNow === null
      ? []
      : [
          {
            row: 'cost' as const,
            subject: 'output tokens',
            what: 'cost of a million output tokens',
            value: costNow,
            limit,
            sinceUnixMs: row.sinceUnixMs,
            over: [
              text('A million output tokens cost '),
              amount(costNow, 'usd/1M-tokens', true),
              text('; the target is '),
              amount(limit.value, 'usd/1M-tokens'),
            ],
            href: null,
          },
        ];
  return { row, measures };
}

async function flowsOf({ metrics, spans }: Sources): Promise<Flow[]> {
  const { steps } = metrics.axis;
  const [output, input, requests, queries, hits, ratio, calls] = await Promise.all([
    metrics.get('outputTokens'),
    metrics.get('inputTokens'),
    metrics.get('requests'),
    metrics.get('prefixQueries'),
    metrics.get('prefixHits'),
    metrics.get('prefixRatio'),
    spans.models(),
  ]);
  const of = (series: typeof output): Map<string, Float64Array> =>
    new Map([...byModel(series)].map(([model, many]) => [model, sumOf(many, steps)]));
  const none = new Float64Array(steps).fill(NaN);
  const [ins, reqs, looked, found] = [of(input), of(requests), of(queries), of(hits)];
  const ratios = of(ratio);
  const flows = new Map<string, Flow>();
  for (const [model, values] of of(output)) {
    const lookups = looked.get(model);
    const hit = found.get(model);
    const cachedRatio =
      lookups === undefined || hit === undefined
        ? (ratios.get(model) ?? none)
        : hit.map((value, i) => (lookups[i]! > 0 ? value / lookups[i]! : NaN));
    flows.set(model, {
      model,
      basis: 'server-metrics',
      output: values,
      input: ins.get(model) ?? none,
      requests: reqs.get(model) ?? none,
      cachedRatio,
    });
  }
  for (const call of calls) {
    if (flows.has(call.model) || !call.outputTokensPerSecond.some(isFinite)) continue;
    flows.set(call.model, {
      model: call.model,
      basis: 'client-spans',
      output: call.outputTokensPerSecond,
      input: call.inputTokensPerSecond,
      requests: call.requestsPerSecond,
      cachedRatio: call.cachedRatio,
    });
  }
  return [...flows.values()];
}

function total(flows: readonly Flow[], field: 'output' | 'input' | 'requests', steps: number): Float64Array {
  return sumOf(
    flows.map((flow) => flow[field]),
    steps,
  );
}

/** US dollars spent on input and output for each million of output tokens. NaN where nothing was written. */
function usdPerMillion(flows: readonly Flow[], { prices }: OverviewContext, steps: number): Float64Array {
  const result = new Float64Array(steps).fill(NaN);
  for (let i = 0; i < steps; i++) {
    let usd = 0;
    let tokens = 0;
    for (const { model, output, input, cachedRatio } of flows) {
      const price = prices.models.get(model)!;
      if (!(output[i]! > 0)) continue;
      const cached = Number.isFinite(cachedRatio[i]) ? cachedRatio[i]! : 0;
      const asked = Number.isFinite(input[i]) ? input[i]! : 0;
      usd += output[i]! * price.outputUsd + asked * (cached * price.cachedInputUsd + (1 - cached) * price.inputUsd);
      tokens += output[i]!;
    }
    if (tokens > 0) result[i] = (usd / tokens) * 1e6;
  }
  return result;
}

function besides(flows: readonly Flow[], output: number | null, basis: Basis, context: OverviewContext): Figure[] {
  const steps = context.now.metrics.axis.steps;
  const figures: Figure[] = [];
  const add = (value: number | null, unit: Figure['unit'], what: string): void => {
    if (value !== null) figures.push(figureOf(context, { value, unit, what, state: 'ok', basis }));
  };
  add(output, 'tokens/s', 'output tokens');
  const input = lastOf(total(flows, 'input', steps));
  const requests = lastOf(total(flows, 'requests', steps));
  if (input !== null && requests !== null && requests > 0) add(input / requests, 'tokens/request', 'input tokens');
  const written = lastOf(total(flows, 'output', steps));
  if (written !== null && requests !== null && requests > 0) add(written / requests, 'tokens/request', 'output tokens');
  add(prefixHits(flows), 'ratio', 'prefix cache hits');
  return figures.slice(0, 3);
}

/** Share of input tokens found in a prefix cache, over all models that tell, weighted by their input. */
function prefixHits(flows: readonly Flow[]): number | null {
  const known = flows
    .map(({ cachedRatio, input }) => ({ ratio: lastOf(cachedRatio), weight: lastOf(input) ?? 0 }))
    .filter(({ ratio }) => ratio !== null);
  const weight = known.reduce((sum, one) => sum + one.weight, 0);
  if (known.length === 0) return null;
  if (weight === 0) return known[0]!.ratio;
  return known.reduce((sum, one) => sum + one.ratio! * one.weight, 0) / weight;
}

function budgetOf(
  cost: number | null,
  flows: readonly Flow[],
  unpriced: readonly string[],
  { limits, prices }: OverviewContext,
): OverviewRow['budget'] {
  if (cost === null) {
    return {
      state: 'unknown',
      parts: [text(`no price for ${unpriced[0] ?? 'any model'}`)],
      fill: null,
      tick: null,
      note: [text('Add one under prices.models in sonde.yaml, and the cost of tokens stands here')],
    };
  }
  const perHour = sumKnown(
    flows.map(({ model, output, input }) => {
      const price = prices.models.get(model);
      const [written, read] = [lastOf(output), lastOf(input)];
      return price === undefined || written === null
        ? null
        : (written * price.outputUsd + (read ?? 0) * price.inputUsd) * 3600;
    }),
  );
  const note = perHour === null ? [] : [amount(perHour, 'usd'), text(' an hour at this rate')];
  if (limits.cost === null) return { state: 'ok', parts: [text('no target set')], fill: null, tick: null, note };
  const share = cost / limits.cost.value;
  return {
    state: stateOf(cost, limits.cost),
    parts: [
      share > 1 ? times(share, true) : amount(share, 'ratio', true),
      text(' of the '),
      amount(limits.cost.value, 'usd/1M-tokens'),
      text(' target'),
    ],
    ...meterOf(cost, limits.cost),
    note,
  };
}

/** The model whose prompts or output grew most since the beginning of the range. */
function explanationOf(flows: readonly Flow[], { axis }: OverviewContext): OverviewRow['explanation'] {
  let most: { model: string; growth: number; what: string } | undefined;
  for (const { model, input, requests } of flows) {
    const perRequest = input.map((tokens, i) => (requests[i]! > 0 ? tokens / requests[i]! : NaN));
    const begin = meanOf(perRequest.slice(0, Math.max(1, Math.floor(axis.steps / 10))));
    const end = lastOf(perRequest);
    if (begin === null || end === null || begin <= 0) continue;
    const growth = end / begin - 1;
    if (most === undefined || Math.abs(growth) > Math.abs(most.growth))
      most = { model, growth, what: 'input tokens a request' };
  }
  if (most === undefined) {
    const [largest] = [...flows].sort((a, b) => (lastOf(b.output) ?? 0) - (lastOf(a.output) ?? 0));
    return largest === undefined
      ? null
      : { parts: [text('Most tokens: '), subject(largest.model)], href: modelHref(largest.model), note: [] };
  }
  const { model, growth, what } = most;
  const steady = Math.abs(growth) < 0.1;
  return {
    parts: steady
      ? [text('Prompts are as long as at the beginning of the range')]
      : [subject(model), text(`: ${what} ${growth > 0 ? 'up' : 'down'} `), amount(Math.abs(growth), 'ratio')],
    href: modelHref(model),
    note: steady ? [] : [text('Against the beginning of the range')],
  };
}

function meanOf(values: Float64Array): number | null {
  const known = Array.from(values).filter(isFinite);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
}
