import { readFilterValues, readMetricNames } from '../../query/overview/index.ts';
import { CANONICAL_METRICS } from '../../vocabulary/catalogue.ts';
import { modelOf } from './answer/server-metrics.ts';
import type { FiltersResponse, MetricNamesResponse, ParsedParamsOf } from './contract.ts';
import type { SondeDeps } from './deps.ts';
import { timeAxis } from './time-axis.ts';

type Value = FiltersResponse['models'][number];

/** Models, deployments and services of the range, with their requests: by spans, and by servers where no span tells. */
export async function filtersAnswer(
  deps: SondeDeps,
  params: ParsedParamsOf<'filters'>,
  signal: AbortSignal,
): Promise<FiltersResponse> {
  const axis = timeAxis(params, deps.nowMs());
  const scope = { tenant: deps.tenant, fromUnixMs: axis.fromMs, toUnixMs: axis.toMs };
  const at = { startMs: axis.toMs, endMs: axis.toMs, stepMs: 1000 };
  const seconds = Math.round((axis.toMs - axis.fromMs) / 1000);
  const [spans, requests, running] = await Promise.all([
    readFilterValues(deps.reader, scope, signal),
    deps.metrics.range(
      `sum by (job, gen_ai_request_model) (increase(gen_ai_server_requests_total[${seconds}s]))`,
      at,
      signal,
    ),
    deps.metrics.range('group by (job, gen_ai_request_model) (gen_ai_server_requests_running)', at, signal),
  ]);
  const models = new Map<string, number | null>();
  const deployments = new Map<string, number | null>();
  const services = new Map<string, number | null>();
  for (const { model, service, calls } of spans) {
    if (model !== '') add(models, model, calls);
    add(services, service, calls);
    if (calls > 0 || model !== '') add(deployments, service, calls);
  }
  const called = new Set(models.keys());
  for (const { labels, values } of [...requests.series, ...running.series.map((one) => ({ ...one, values: [NaN] }))]) {
    const count = Math.round(values[0] ?? NaN);
    const known = Number.isFinite(count) ? count : null;
    // A model that callers' spans tell of is not counted again.
    if (!called.has(modelOf(labels))) add(models, modelOf(labels), known);
    const job = labels['job'] ?? '';
    if (job !== '') add(deployments, job, known);
  }
  const total = [...models.values()].reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return {
    models: valuesOf(models),
    deployments: valuesOf(deployments),
    services: valuesOf(services),
    tenants: [{ value: deps.tenant, requests: total, share: 1 }],
  };
}

/** Names for completion: canonical ones that have a meaning over all servers first, then stored ones. */
export async function metricNamesAnswer(
  deps: SondeDeps,
  params: ParsedParamsOf<'metricNames'>,
  signal: AbortSignal,
): Promise<MetricNamesResponse> {
  const axis = timeAxis(params, deps.nowMs());
  const wanted = params.q ?? '';
  const stored = await readMetricNames(deps.reader, deps.tenant, axis.fromMs, axis.toMs, wanted, params.limit, signal);
  const own = new Set(stored.map(({ name }) => name));
  const canonical = CANONICAL_METRICS.filter(({ name }) => name.includes(wanted) && !own.has(name)).map(
    ({ name, type, unit, help }) => ({ name, type, unit, help, origin: 'canonical' as const, series: null }),
  );
  const native = stored.map(({ name, type, unit, help, series }) => ({
    name,
    type: type || null,
    unit: unit || null,
    help: help || null,
    origin: 'native' as const,
    series,
  }));
  return { metrics: [...canonical, ...native].slice(0, params.limit) };
}

function add(counts: Map<string, number | null>, value: string, count: number | null): void {
  const known = counts.get(value);
  if (known === undefined || known === null) counts.set(value, count);
  else counts.set(value, known + (count ?? 0));
}

function valuesOf(counts: ReadonlyMap<string, number | null>): Value[] {
  const total = [...counts.values()].reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return [...counts]
    .map(([value, requests]) => ({
      value,
      requests,
      share: requests === null || total === 0 ? null : requests / total,
    }))
    .sort((a, b) => (b.requests ?? -1) - (a.requests ?? -1) || (a.value < b.value ? -1 : 1));
}
