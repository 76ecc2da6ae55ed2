import type { TraceSpan } from '../../query/traces/index.ts';
import { modelOf } from './answer/server-metrics.ts';
import { hostOf, readServers, type ServerFacts } from './answer/servers.ts';
import type { ParsedParamsOf, TraceEngineResponse } from './contract.ts';
import type { SondeDeps } from './deps.ts';
import { chartsFor } from './models/models.ts';
import { contextOf } from './overview/overview.ts';
import { axisOf } from './time-axis.ts';
import { traceOrThrow } from './trace.ts';

/** Shown around a trace: this much before and after it. */
const AROUND_MS = 240_000;
const POINTS = 60;
/** What a trace page has room for. */
const CHARTS = 4;

/**
 * The metrics of the server that ran a trace's model calls, at the time of the trace.
 * @throws SondeError `trace-bad-id`, `trace-unknown`
 */
export async function traceEngineAnswer(
  deps: SondeDeps,
  traceId: string,
  params: ParsedParamsOf<'traceEngine'>,
  signal: AbortSignal,
): Promise<TraceEngineResponse> {
  const tenant = params.tenant ?? deps.tenant;
  const { trace } = await traceOrThrow(deps, tenant, traceId, signal);
  const starts = trace.spans.map(({ startUnixNano }) => Number(startUnixNano) / 1e6);
  const ends = trace.spans.map(({ startUnixNano, durationNano }) => Number(startUnixNano + durationNano) / 1e6);
  const traceFromUnixMs = starts.reduce((a, b) => Math.min(a, b), Infinity);
  const traceToUnixMs = ends.reduce((a, b) => Math.max(a, b), -Infinity);
  const to = Math.ceil(Math.min(traceToUnixMs + AROUND_MS, Math.max(traceToUnixMs, deps.nowMs())));
  const from = Math.floor(traceFromUnixMs - AROUND_MS);
  const stepMs = Math.max(5000, Math.ceil((to - from) / POINTS / 1000) * 1000);
  const axis = axisOf(from, to, stepMs);
  const context = contextOf(deps, { from: String(from), to: String(to), tenant }, axis, signal);
  const servers = await readServers(context.chart.metrics);
  const match = matchServer(trace.spans, servers);
  const { instance, model } = match;
  const charts =
    match.matchedBy === 'none'
      ? []
      : await chartsFor(context, (labels) =>
          instance === null ? modelOf(labels) === model : labels['instance'] === instance,
        );
  return {
    range: { fromUnixMs: axis.fromMs, toUnixMs: axis.toMs, stepMs: axis.stepMs },
    t: [...axis.t],
    instance,
    matchedBy: match.matchedBy,
    reason: match.reason,
    traceFromUnixMs,
    traceToUnixMs,
    charts: charts.slice(0, CHARTS),
  };
}

interface Match {
  readonly instance: string | null;
  readonly model: string | null;
  readonly matchedBy: TraceEngineResponse['matchedBy'];
  readonly reason: string | null;
}

/** By the address that a span of a model call names; else by its model, if servers of it are scraped. */
export function matchServer(spans: readonly TraceSpan[], servers: readonly ServerFacts[]): Match {
  const calls = spans.filter(({ requestModel, responseModel }) => (requestModel ?? responseModel) !== null);
  const none = { instance: null, model: null, matchedBy: 'none' } as const;
  if (calls.length === 0) return { ...none, reason: 'no span of this trace calls a model' };
  if (servers.length === 0) return { ...none, reason: 'no LLM server was scraped at the time of this trace' };
  // The longest call is the one a reader asks about.
  const ranked = [...calls].sort((a, b) => Number(b.durationNano - a.durationNano));
  for (const { attributes } of ranked) {
    const address = attributes['server.address'];
    if (typeof address !== 'string') continue;
    const found = atAddress(address, attributes['server.port'], servers);
    if (found !== undefined) {
      return { instance: found.instance, model: found.model, matchedBy: 'server-address', reason: null };
    }
  }
  for (const { requestModel, responseModel } of ranked) {
    const own = servers.filter(({ model }) => model === requestModel || model === responseModel);
    const instances = new Set(own.map(({ instance }) => instance));
    const [first] = own;
    if (first === undefined) continue;
    if (instances.size === 1) return { instance: first.instance, model: first.model, matchedBy: 'model', reason: null };
    return {
      instance: null,
      model: first.model,
      matchedBy: 'several-servers-of-model',
      reason: `${instances.size} servers run ${first.model}, and no span names the one it used`,
    };
  }
  return { ...none, reason: 'no scraped server runs a model of this trace, nor has an address that its spans name' };
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/** `server.address` may hold a port itself; a host with just one server needs none. */
function atAddress(address: string, port: unknown, servers: readonly ServerFacts[]): ServerFacts | undefined {
  const host = hostOf(address);
  const same = (instance: string): boolean =>
    hostOf(instance) === host || (LOOPBACK.has(host) && LOOPBACK.has(hostOf(instance)));
  const portText =
    typeof port === 'number' || typeof port === 'string' ? String(port) : /:([0-9]+)$/.exec(address)?.[1];
  const onHost = servers.filter(({ instance }) => same(instance));
  if (portText !== undefined) {
    const exact = onHost.find(({ instance }) => instance.endsWith(`:${portText}`));
    if (exact !== undefined) return exact;
  }
  // Engines often serve metrics on another port than requests.
  return new Set(onHost.map(({ instance }) => instance)).size === 1 ? onHost[0] : undefined;
}
