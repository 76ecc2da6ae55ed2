import { breachesOf, meterOf, sinceOf, stateOf, worstOf, type Measure } from '../answer/limits.ts';
import { amount, modelHref, subject, text, times, tracesHref } from '../answer/sentence.ts';
import { chartValues, lastOf } from '../answer/values.ts';
import type { Exemplar, Figure, OverviewRow, Series } from '../contract.ts';
import { emptyRow, figureOf, type OverviewContext, type RowAnswer } from './context.ts';
import { modelExperiences, worstFirst, type ModelExperience } from './facts.ts';

const WORDS = { question: 'experience', title: 'Experience', ask: 'Are users waiting?' } as const;
/** Models drawn beside the worst one. */
const BESIDE = 4;
/** Below this many calls in the window, a share of errors is chance. */
const FEW_CALLS = 20;

const BASIS_TEXT = {
  'server-metrics': 'From the LLM servers’ own metrics.',
  'client-metrics': 'From metrics of the applications that call the models.',
  'client-spans': 'From spans of the applications that call the models; the servers report no time to first token.',
  sonde: '',
} as const;

/** Whether users wait: the worst model's time to first token, its errors and the gaps between its tokens. */
export async function experienceRow(context: OverviewContext): Promise<RowAnswer> {
  const { chart, now } = context;
  const [models, latest, slow] = await Promise.all([
    modelExperiences(chart.metrics, chart.spans),
    chart === now ? undefined : modelExperiences(now.metrics, now.spans),
    chart.spans.slowest(),
  ]);
  const ranked = worstFirst(latest ?? models);
  const worst = ranked[0];
  if (worst === undefined) {
    const basisText = 'No model call in this range, neither from servers nor from applications.';
    return {
      row: emptyRow(context, { ...WORDS, basisText }, { what: 'time to first token, p95', unit: 's' }),
      measures: [],
    };
  }
  const drawn = models.find(({ model }) => model === worst.model) ?? worst;
  const measures = ranked.flatMap((one) =>
    measuresOf(one, models.find(({ model }) => model === one.model) ?? one, context),
  );
  const exemplars = slow
    .filter(({ model }) => model === worst.model)
    .map((call): Exemplar => ({
      unixMs: call.startUnixMs,
      value: call.ttftSeconds,
      traceId: call.traceId,
      spanId: call.spanId,
      service: call.service,
      overLimit: call.ttftSeconds > context.limits.ttft.value,
    }));
  const streams = drawn.ttftP95 !== undefined;
  const limit = streams ? context.limits.ttft : null;
  const curve = chartValues(drawn.ttftP95 ?? drawn.secondsMean ?? new Float64Array(context.axis.steps).fill(NaN));
  const breaches = breachesOf(curve, limit, context.axis);
  const value = streams ? lastOf(worst.ttftP95) : lastOf(worst.secondsMean);
  const figure = figureOf(context, {
    value,
    unit: 's',
    what: streams ? 'time to first token, p95' : 'time of a call, mean; not streamed',
    state: stateOf(value, limit),
    basis: worst.basis,
  });
  const subFigures = besides(worst, context);
  const row: OverviewRow = {
    ...WORDS,
    state: worstOf([figure.state, ...subFigures.map(({ state }) => state)]),
    figure,
    subFigures,
    chart: {
      kind: 'line',
      unit: 's',
      series: [{ name: worst.model, role: 'main', key: null, values: curve }, ...others(models, worst.model)],
      limit,
      breaches,
      exemplars,
      query: drawn.basis === 'server-metrics' && streams ? chart.metrics.query('ttftByModel') : null,
    },
    lanes: [],
    limit,
    sinceUnixMs: sinceOf(breaches, context.axis),
    budget: budgetOf(figure, worst, context),
    explanation: explanationOf(worst, ranked, context),
    basis: worst.basis,
    basisText: BASIS_TEXT[worst.basis],
    partial: [],
    empty: null,
  };
  return { row, measures };
}

function others(models: readonly ModelExperience[], worst: string): Series[] {
  return worstFirst(models)
    .filter(({ model, ttftP95 }) => model !== worst && ttftP95 !== undefined)
    .slice(0, BESIDE)
    .map(({ model, ttftP95 }) => ({ name: model, role: 'comparison', key: null, values: chartValues(ttftP95!) }));
}

function besides(worst: ModelExperience, context: OverviewContext): Figure[] {
  const { limits } = context;
  const figures: Figure[] = [];
  const errors = lastOf(worst.errorRatio);
  const over = stateOf(errors, limits.errors);
  const state = over === 'bad' && isFew(worst, context) ? 'warn' : over;
  figures.push(figureOf(context, { value: errors, unit: 'ratio', what: 'errors', state, basis: worst.basis }));
  const aborts = lastOf(worst.abortRatio);
  if (aborts !== null) {
    figures.push(figureOf(context, { value: aborts, unit: 'ratio', what: 'aborts', state: 'ok', basis: worst.basis }));
  }
  const gap = lastOf(worst.interTokenP95);
  if (gap !== null) {
    const what = 'gap between tokens, p95';
    const gapState = stateOf(gap, limits.interToken);
    figures.push(figureOf(context, { value: gap, unit: 's', what, state: gapState, basis: 'server-metrics' }));
  }
  return figures;
}

function measuresOf(now: ModelExperience, drawn: ModelExperience, context: OverviewContext): Measure[] {
  const { limits, axis } = context;
  const { model } = now;
  const href = modelHref(model);
  const since = (values: Float64Array | undefined, limit: Measure['limit']): number | null =>
    values === undefined ? null : sinceOf(breachesOf(chartValues(values), limit, axis), axis);
  const measures: Measure[] = [];
  const ttft = lastOf(now.ttftP95);
  if (ttft !== null) {
    measures.push({
      row: 'experience',
      subject: model,
      what: `time to first token of ${model}`,
      value: ttft,
      limit: limits.ttft,
      sinceUnixMs: since(drawn.ttftP95, limits.ttft),
      over: [
        subject(model, href),
        text(' users wait '),
        amount(ttft, 's', true),
        text(' for the first token; the limit is '),
        amount(limits.ttft.value, 's'),
      ],
      href,
    });
  }
  const errors = lastOf(now.errorRatio);
  if (errors !== null && !isFew(now, context)) {
    measures.push({
      row: 'experience',
      subject: model,
      what: `errors of ${model}`,
      value: errors,
      limit: limits.errors,
      sinceUnixMs: since(drawn.errorRatio, limits.errors),
      over: [
        amount(errors, 'ratio', true),
        text(' of the requests to '),
        subject(model, href),
        text(' fail; the limit is '),
        amount(limits.errors.value, 'ratio'),
      ],
      href: tracesHref({ model, status: 'error' }),
    });
  }
  const gap = lastOf(now.interTokenP95);
  if (gap !== null) {
    measures.push({
      row: 'experience',
      subject: model,
      what: `gap between tokens of ${model}`,
      value: gap,
      limit: limits.interToken,
      sinceUnixMs: since(drawn.interTokenP95, limits.interToken),
      over: [
        subject(model, href),
        text(' users wait '),
        amount(gap, 's', true),
        text(' between tokens; the limit is '),
        amount(limits.interToken.value, 's'),
      ],
      href,
    });
  }
  return measures;
}

/** One failure in five calls is no share to wake someone for. */
function isFew({ requestsPerSecond }: ModelExperience, { now }: OverviewContext): boolean {
  const perSecond = lastOf(requestsPerSecond) ?? 0;
  return (perSecond * now.metrics.axis.windowMs) / 1000 < FEW_CALLS;
}

function budgetOf(figure: Figure, worst: ModelExperience, { limits }: OverviewContext): OverviewRow['budget'] {
  const errors = lastOf(worst.errorRatio);
  const note =
    errors === null
      ? [text('share of errors unknown')]
      : [amount(errors, 'ratio'), text(' of requests fail; '), amount(limits.errors.value, 'ratio'), text(' may')];
  if (figure.value === null || worst.ttftP95 === undefined) {
    return {
      state: 'unknown',
      parts: [text('no time to first token to hold against the limit')],
      fill: null,
      tick: null,
      note,
    };
  }
  const share = figure.value / limits.ttft.value;
  const rest = [text(' the '), amount(limits.ttft.value, 's'), text(' limit')];
  return {
    state: figure.state,
    parts:
      share > 1
        ? [times(share, true), text(' over'), ...rest.slice(0)]
        : [amount(share, 'ratio', true), text(' of'), ...rest],
    ...meterOf(figure.value, limits.ttft),
    note,
  };
}

function explanationOf(
  worst: ModelExperience,
  ranked: readonly ModelExperience[],
  { limits }: OverviewContext,
): OverviewRow['explanation'] {
  const others = ranked.filter(({ model }) => model !== worst.model);
  const over = others.filter(({ ttftP95 }) => (lastOf(ttftP95) ?? 0) > limits.ttft.value).length;
  const unknown = others.filter(({ ttftP95 }) => lastOf(ttftP95) === null).length;
  const note = [
    `${others.length - over - unknown} other models within the limit`,
    `${over} over it`,
    `${unknown} without this figure`,
  ];
  const counts = [others.length - over - unknown, over, unknown];
  const told = note.filter((_, i) => counts[i]! > 0).join(', ');
  return {
    parts: [text('Slowest traces of '), subject(worst.model)],
    href: tracesHref({ model: worst.model, sort: 'ttft' }),
    note: told === '' ? [] : [text(told.replace(/^1 other models/, '1 other model'))],
  };
}
