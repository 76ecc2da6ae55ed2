import type { FastifyInstance, FastifyReply } from 'fastify';
import type { TargetStatus } from '../../receive/prometheus/index.ts';
import type { MetaOptions, PromqlEngine } from '../../query/promql/index.ts';
import { badParameter } from './errors.ts';
import { Parameters, unescapeLabelName } from './parameters.ts';
import { queryOptions, success } from './query-routes.ts';

const HOUR_MS = 3_600_000;

/** `series`, `labels`, `label/…/values`, `metadata`. */
export function addMetaRoutes(app: FastifyInstance, prefix: string, engine: PromqlEngine, nowMs: () => number): void {
  const options = (params: Parameters, reply: FastifyReply): MetaOptions => {
    const startMs = params.boundMs('start', 0);
    // Clocks of senders may be ahead of ours.
    const endMs = params.boundMs('end', nowMs() + HOUR_MS);
    if (endMs < startMs) throw badParameter('end', 'end timestamp must not be before start timestamp');
    return { startMs, endMs, ...queryOptions(params, reply) };
  };

  app.route({
    method: ['GET', 'POST'],
    url: `${prefix}/series`,
    handler: async (request, reply) => {
      const params = new Parameters(request);
      const selectors = params.list('match[]');
      if (selectors.length === 0) throw badParameter('match[]', 'no match[] parameter provided');
      const series = await engine.series(selectors, options(params, reply));
      return cut(
        series.map((labels) => labels.toObject()),
        params.limit('limit'),
      );
    },
  });
  app.route({
    method: ['GET', 'POST'],
    url: `${prefix}/labels`,
    handler: async (request, reply) => {
      const params = new Parameters(request);
      return cut(await engine.labelNames(params.list('match[]'), options(params, reply)), params.limit('limit'));
    },
  });
  app.get<{ Params: { name: string } }>(`${prefix}/label/:name/values`, async (request, reply) => {
    const params = new Parameters(request);
    const name = unescapeLabelName(request.params.name);
    return cut(await engine.labelValues(name, params.list('match[]'), options(params, reply)), params.limit('limit'));
  });
  app.get(`${prefix}/metadata`, async (request, reply) => {
    const params = new Parameters(request);
    const metric = params.text('metric');
    const limit = params.limit('limit');
    const found = await engine.metadata({
      ...queryOptions(params, reply),
      ...(metric === undefined ? {} : { metric }),
      ...(limit === undefined ? {} : { limit }),
    });
    return success(Object.fromEntries(found.map(({ family, type, help, unit }) => [family, [{ type, help, unit }]])));
  });
}

/** As Prometheus's build is asked for; Grafana tells by it what the server can do. */
export interface BuildInfo {
  readonly version: string;
  readonly revision?: string;
}

/** The version of Prometheus whose API this is: clients ask for it to know which functions there are. */
const PROMETHEUS_VERSION = '3.6.0';

/** `targets`, `rules`, `alerts`, `alertmanagers`, `status/…`. */
export function addStatusRoutes(
  app: FastifyInstance,
  prefix: string,
  build: BuildInfo,
  targets: () => readonly TargetStatus[],
): void {
  app.get(`${prefix}/status/buildinfo`, () =>
    success({
      version: PROMETHEUS_VERSION,
      revision: build.revision ?? '',
      branch: `sonde-${build.version}`,
      buildUser: '',
      buildDate: '',
      goVersion: '',
    }),
  );
  app.get(`${prefix}/rules`, () => success({ groups: [] }));
  app.get(`${prefix}/alerts`, () => success({ alerts: [] }));
  app.get(`${prefix}/alertmanagers`, () => success({ activeAlertmanagers: [], droppedAlertmanagers: [] }));
  app.get(`${prefix}/targets`, (request) => {
    const params = new Parameters(request);
    const state = params.text('state')?.toLowerCase() ?? 'any';
    const pool = params.text('scrapePool');
    const all = targets().filter(({ scrapePool }) => pool === undefined || scrapePool === pool);
    return success({
      activeTargets: state === 'dropped' ? [] : all.filter((target) => target.state === 'active').map(activeTarget),
      droppedTargets: state === 'active' ? [] : all.filter((target) => target.state === 'dropped').map(droppedTarget),
    });
  });
}

function activeTarget(target: TargetStatus): object {
  const { discoveredLabels, labels, scrapePool, scrapeUrl, lastError, health, scrapeInterval, scrapeTimeout } = target;
  return {
    discoveredLabels,
    labels,
    scrapePool,
    scrapeUrl,
    globalUrl: scrapeUrl,
    lastError,
    lastScrape:
      target.lastScrapeUnixMs === 0 ? '0001-01-01T00:00:00Z' : new Date(target.lastScrapeUnixMs).toISOString(),
    lastScrapeDuration: target.lastScrapeDurationMs / 1000,
    health,
    scrapeInterval,
    scrapeTimeout,
  };
}

function droppedTarget({ discoveredLabels, scrapePool }: TargetStatus): object {
  return { discoveredLabels, scrapePool };
}

function cut(list: readonly unknown[], limit: number | undefined): object {
  if (limit === undefined || list.length <= limit) return success(list);
  return success(list.slice(0, limit), ['results truncated due to limit']);
}
