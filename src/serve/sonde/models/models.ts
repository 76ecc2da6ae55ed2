import { SondeError } from '../../../model/errors.ts';
import { quoted } from '../../../util/quoted.ts';
import { laneOf, laneQuery, lanesOf, resourceUses } from '../answer/lanes.ts';
import { panelOf } from '../answer/panel.ts';
import { modelOf } from '../answer/server-metrics.ts';
import { gpusOf, readGpus, readServers } from '../answer/servers.ts';
import type {
  ErrorBody,
  Lane,
  ModelResponse,
  ModelsResponse,
  ParsedParamsOf,
  ServerResponse,
  TitledChart,
} from '../contract.ts';
import type { SondeDeps } from '../deps.ts';
import type { OverviewContext } from '../overview/context.ts';
import { markersOf } from '../overview/markers.ts';
import { contextOf } from '../overview/overview.ts';
import { timeAxis } from '../time-axis.ts';
import { buildChart, CHART_PLANS } from './charts.ts';
import { gpuRows, modelRows, serverRows } from './rows.ts';

type Params = ParsedParamsOf<'models'>;

/** All models with their servers. */
export async function modelsAnswer(deps: SondeDeps, params: Params, signal: AbortSignal): Promise<ModelsResponse> {
  const context = contextFor(deps, params, signal);
  const [servers, gpus] = await Promise.all([serverRows(context), panelOf(() => gpuRows(context), deps.logger)]);
  const models = await modelRows(context, servers);
  return { ...rangeOf(context), models, otherServers: servers.filter(({ models: own }) => own.length === 0), gpus };
}

/** One model. @throws SondeError `model-unknown` */
export async function modelAnswer(
  deps: SondeDeps,
  model: string,
  params: Params,
  signal: AbortSignal,
): Promise<ModelResponse> {
  const context = contextFor(deps, { ...params, model: [model] }, signal);
  const servers = await serverRows(context);
  const row = (await modelRows(context, servers)).find((one) => one.model === model);
  if (row === undefined) throw unknown('model', model);
  const instances = new Set(servers.map(({ instance }) => instance));
  const [lanes, charts, markers] = await Promise.all([
    panelOf(() => lanesFor(context, undefined), deps.logger),
    chartsFor(context, (labels) => modelOf(labels) === model),
    panelOf(() => markersOf(context.chart.metrics), deps.logger),
  ]);
  const own = Array.isArray(markers) ? markers.filter(({ title }) => instances.has(title.split(' ', 1)[0]!)) : [];
  return { ...rangeOf(context), model: row, lanes, charts, markers: own };
}

/** One server. @throws SondeError `server-unknown` */
export async function serverAnswer(
  deps: SondeDeps,
  instance: string,
  params: Params,
  signal: AbortSignal,
): Promise<ServerResponse> {
  const context = contextFor(deps, params, signal);
  const server = (await serverRows(context)).find((one) => one.instance === instance);
  if (server === undefined) throw unknown('server', instance);
  const [lanes, charts, gpus, markers] = await Promise.all([
    panelOf(() => lanesFor(context, instance), deps.logger),
    chartsFor(context, (labels) => labels['instance'] === instance),
    panelOf(async () => (await gpuRows(context)).filter((gpu) => gpu.server === instance), deps.logger),
    panelOf(() => markersOf(context.chart.metrics), deps.logger),
  ]);
  const own = Array.isArray(markers) ? markers.filter(({ title }) => title.startsWith(`${instance} `)) : [];
  return { ...rangeOf(context), server, lanes, charts, gpus, markers: own };
}

/** The charts of a page about some servers; those of which nothing is known are left out. */
export async function chartsFor(
  context: OverviewContext,
  wanted: (labels: Readonly<Record<string, string>>) => boolean,
): Promise<(TitledChart | ErrorBody)[]> {
  const charts = await Promise.all(
    CHART_PLANS.map((plan) =>
      panelOf(() => buildChart(plan, context.chart.metrics, context.limits, wanted), context.deps.logger),
    ),
  );
  return charts.filter((chart) => chart !== null);
}

/** Lanes of one server with its own GPUs, or the fullest of all servers in the scope. */
async function lanesFor(context: OverviewContext, instance: string | undefined): Promise<Lane[]> {
  const { metrics } = context.chart;
  const [servers, gpus] = await Promise.all([readServers(metrics), readGpus(metrics)]);
  const own = servers.filter((server) => instance === undefined || server.instance === instance);
  const ownGpus = own.flatMap((server) => gpusOf(server, servers, gpus));
  const uses = (await resourceUses(metrics, own, ownGpus)).filter(({ resource }) => resource !== 'cpu');
  const query = (resource: Lane['resource']): string => laneQuery(metrics, resource);
  if (instance === undefined) return lanesOf(uses, context.limits, query);
  return uses.map((use) => laneOf(use, context.limits, query(use.resource)));
}

function contextFor(deps: SondeDeps, params: Params, signal: AbortSignal): OverviewContext {
  return contextOf(deps, params, timeAxis(params, deps.nowMs()), signal);
}

function rangeOf({ axis }: OverviewContext): Pick<ModelsResponse, 'range' | 't'> {
  return { range: { fromUnixMs: axis.fromMs, toUnixMs: axis.toMs, stepMs: axis.stepMs }, t: [...axis.t] };
}

const UNKNOWN = { model: 'model-unknown', server: 'server-unknown' } as const;

function unknown(what: keyof typeof UNKNOWN, name: string): SondeError {
  return new SondeError(`no ${what} called ${quoted(name)} was seen in this range`, {
    kind: 'not-found',
    code: UNKNOWN[what],
    where: what,
    mend: 'choose a range in which it reported, or another name',
  });
}
