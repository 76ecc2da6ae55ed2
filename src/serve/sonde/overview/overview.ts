import { readPresentMetrics } from '../../../query/overview/index.ts';
import { Bounded } from '../bounded.ts';
import { ClientSpans } from '../answer/client-spans.ts';
import { limitsOf, type Measure } from '../answer/limits.ts';
import { panelOf } from '../answer/panel.ts';
import { ServerMetrics } from '../answer/server-metrics.ts';
import type { ErrorBody, OverviewResponse, OverviewRow, ParsedParamsOf } from '../contract.ts';
import type { SondeDeps } from '../deps.ts';
import { nowAxis, timeAxis, type TimeAxis } from '../time-axis.ts';
import type { OverviewContext, RowAnswer, Sources } from './context.ts';
import { costRow } from './cost.ts';
import { experienceRow } from './experience.ts';
import { fleetOf } from './fleet.ts';
import { markersOf } from './markers.ts';
import { safetyRow } from './safety-row.ts';
import { saturationRow } from './saturation.ts';
import { timeRow } from './time-spent.ts';
import { verdictOf } from './verdict.ts';

/** Questions to the engine at a time; more would wait in the engine's own pool. */
const AT_ONCE = 6;
/** Scrapes and batches come late by up to this much: younger points may still grow. */
const SETTLED_MS = 30_000;

/** The first page: five rows, each standing alone, the verdict over them, and the fleet. */
export async function overviewAnswer(
  deps: SondeDeps,
  params: ParsedParamsOf<'overview'>,
  signal: AbortSignal,
): Promise<OverviewResponse> {
  const nowMs = deps.nowMs();
  const axis = timeAxis(params, nowMs);
  const context = contextOf(deps, params, axis, signal);
  const build = async (row: (context: OverviewContext) => Promise<RowAnswer>): Promise<RowAnswer | ErrorBody> =>
    panelOf(() => row(context), deps.logger);
  const [experience, time, saturation, cost, safety, fleet, markers] = await Promise.all([
    build(experienceRow),
    build(timeRow),
    build(saturationRow),
    build(costRow),
    build(safetyRow),
    panelOf(() => fleetOf(context), deps.logger),
    panelOf(() => markersOf(context.chart.metrics), deps.logger),
  ]);
  const answers = [experience, time, saturation, cost, safety];
  const built = answers.filter((answer): answer is RowAnswer => 'row' in answer);
  const measures: Measure[] = built.flatMap((answer) => answer.measures);
  return {
    range: { fromUnixMs: axis.fromMs, toUnixMs: axis.toMs, stepMs: axis.stepMs },
    t: [...axis.t],
    completeUpToUnixMs: Math.min(axis.toMs, nowMs - SETTLED_MS),
    verdict: verdictOf(
      measures,
      built.map(({ row }) => row),
      answers.length - built.length,
    ),
    rows: {
      experience: rowOf(experience),
      time: rowOf(time),
      saturation: rowOf(saturation),
      cost: rowOf(cost),
      safety: rowOf(safety),
    },
    markers: Array.isArray(markers) ? markers : [],
    fleet,
    notApplied: notApplied(params),
  };
}

/** What the rows are built from, also for the pages of models and servers. */
export function contextOf(
  deps: SondeDeps,
  params: ParsedParamsOf<'overview'>,
  axis: TimeAxis,
  signal: AbortSignal,
): OverviewContext {
  const pool = new Bounded(AT_ONCE);
  const tenant = params.tenant ?? deps.tenant;
  const models = params.model ?? [];
  const services = params.deployment ?? [];
  const scope = {
    models: models.length === 0 ? undefined : new Set(models),
    jobs: services.length === 0 ? undefined : new Set(services),
  };
  const present = once(() =>
    // Rates look back beyond the first point.
    readPresentMetrics(deps.reader, tenant, axis.fromMs - axis.windowMs, axis.toMs, signal),
  );
  const sourcesOn = (on: TimeAxis): Sources => ({
    metrics: new ServerMetrics(deps.metrics, present, pool, on, scope, signal),
    spans: new ClientSpans(deps.reader, pool, on, { tenant, models, services }, signal),
  });
  const chart = sourcesOn(axis);
  const short = nowAxis(axis);
  return {
    axis,
    chart,
    now: short === axis ? chart : sourcesOn(short),
    limits: limitsOf(deps.limits),
    prices: deps.prices,
    deps,
    tenant,
    signal,
    filtered: models.length + services.length > 0,
  };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= ask());
}

function rowOf(answer: RowAnswer | ErrorBody): OverviewRow | ErrorBody {
  return 'row' in answer ? answer.row : answer;
}

function notApplied({ model = [], deployment = [] }: ParsedParamsOf<'overview'>): OverviewResponse['notApplied'] {
  const reasons: OverviewResponse['notApplied'] = [];
  if (model.length > 0) {
    reasons.push(
      { row: 'safety', filter: 'model', reason: 'the account of what arrived has no model: shows all' },
      { row: 'saturation', filter: 'model', reason: 'GPUs and machines have no model label: shows all of them' },
      { row: 'time', filter: 'model', reason: 'retrieval and tools belong to no model: shows all of them' },
    );
  }
  if (deployment.length > 0) {
    reasons.push({
      row: 'safety',
      filter: 'deployment',
      reason: 'the account of what arrived has no deployment: shows all',
    });
  }
  return reasons;
}
