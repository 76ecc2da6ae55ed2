import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SondeError } from '../../model/errors.ts';
import { cancellation } from '../cancellation.ts';
import { API_PREFIX, ENDPOINTS, type EndpointName, type ParsedParamsOf, type ResponseOf } from './contract.ts';
import type { SondeDeps } from './deps.ts';
import { filtersAnswer, metricNamesAnswer } from './filters.ts';
import { logsAnswer, logVolumeAnswer } from './logs.ts';
import { modelAnswer, modelsAnswer, serverAnswer } from './models/models.ts';
import { openApiDocument } from './openapi.ts';
import { overviewAnswer } from './overview/overview.ts';
import { safetyAnswer } from './safety.ts';
import { StatusAnswer } from './status.ts';
import { traceAnswer } from './trace.ts';
import { traceEngineAnswer } from './trace-engine.ts';
import { tracesAnswer } from './traces.ts';

export type { SondeDeps, StatusProvider } from './deps.ts';
export type { LimitSettings, PriceSettings } from './config.ts';
export { metricsReader, type GridResult, type GridSeries, type MetricsReader } from './metrics-reader.ts';
export { targetsView } from './targets.ts';

type Handlers = {
  readonly [N in EndpointName]: (
    params: ParsedParamsOf<N>,
    path: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => Promise<ResponseOf<N>>;
};

/**
 * Mounts Sonde's own API under `/sonde/api/v1`. `status`, `targets` and the OpenAPI document answer also while many
 * queries run; the others belong behind the gate of queries.
 *
 * @param part which of the two: `light` is never made to wait
 */
export function sondeRoutes(app: FastifyInstance, deps: SondeDeps, part: 'light' | 'queries'): void {
  const status = new StatusAnswer(deps);
  const handlers: Handlers = {
    status: async (_params, _path, signal) => status.answer(signal),
    targets: async () => deps.targets(),
    filters: async (params, _path, signal) => filtersAnswer(deps, params, signal),
    overview: async (params, _path, signal) => overviewAnswer(deps, params, signal),
    models: async (params, _path, signal) => modelsAnswer(deps, params, signal),
    model: async (params, path, signal) => modelAnswer(deps, path['model'] ?? '', params, signal),
    server: async (params, path, signal) => serverAnswer(deps, path['instance'] ?? '', params, signal),
    traces: async (params, _path, signal) => tracesAnswer(deps, params, signal),
    trace: async (params, path, signal) => traceAnswer(deps, path['traceId'] ?? '', params, signal),
    traceEngine: async (params, path, signal) => traceEngineAnswer(deps, path['traceId'] ?? '', params, signal),
    logs: async (params, _path, signal) => logsAnswer(deps, params, signal),
    logVolume: async (params, _path, signal) => logVolumeAnswer(deps, params, signal),
    safety: async (params, _path, signal) => safetyAnswer(deps, params, signal),
    metricNames: async (params, _path, signal) => metricNamesAnswer(deps, params, signal),
  };
  for (const name of Object.keys(ENDPOINTS) as EndpointName[]) {
    if (LIGHT.has(name) === (part === 'light')) mount(app, name, handlers);
  }
  if (part === 'light') {
    const document = openApiDocument(deps.status.version);
    app.get(`${API_PREFIX}/openapi.json`, async () => document);
  }
}

const LIGHT: ReadonlySet<EndpointName> = new Set(['status', 'targets']);

function mount<N extends EndpointName>(app: FastifyInstance, name: N, handlers: Handlers): void {
  app.get(API_PREFIX + ENDPOINTS[name].path, async (request: FastifyRequest, reply: FastifyReply) => {
    const params = parseParams(name, request.query);
    const path = request.params as Record<string, string>;
    const answer = await handlers[name](params, path, cancellation(reply));
    return reply.header('cache-control', 'no-store').send(answer);
  });
}

/** @throws SondeError `sonde-bad-parameter` naming the parameter */
function parseParams<N extends EndpointName>(name: N, query: unknown): ParsedParamsOf<N> {
  const result = ENDPOINTS[name].params.safeParse(query);
  if (result.success) return result.data as ParsedParamsOf<N>;
  const [issue] = result.error.issues;
  throw new SondeError(issue?.message ?? 'a parameter is not as it should be', {
    kind: 'invalid',
    code: 'sonde-bad-parameter',
    where: issue?.path.join('.') ?? 'query',
    mend: `see ${API_PREFIX}/openapi.json`,
  });
}
