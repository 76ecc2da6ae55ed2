/**
 * The pages' only way to the server: typed by `src/serve/sonde/contract.ts`, of which nothing but types is imported.
 */
import type {
  ENDPOINTS,
  EndpointName,
  ErrorBody,
  ParamsOf,
  Problem,
  ResponseOf,
} from '../../src/serve/sonde/contract.ts';

const PREFIX = '/sonde/api/v1';

/** The compiler holds these to the contract's paths. */
const PATHS = {
  status: '/status',
  targets: '/targets',
  filters: '/filters',
  overview: '/overview',
  models: '/models',
  model: '/models/:model',
  server: '/servers/:instance',
  traces: '/traces',
  trace: '/traces/:traceId',
  traceEngine: '/traces/:traceId/engine',
  logs: '/logs',
  logVolume: '/logs/volume',
  safety: '/safety',
  metricNames: '/metrics/names',
} as const satisfies { readonly [N in EndpointName]: (typeof ENDPOINTS)[N]['path'] };

/** A failed request, with the server's sentence, position and mend. */
export class RequestFailure extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.name = 'RequestFailure';
    this.problem = problem;
  }
}

/**
 * Asks one endpoint.
 *
 * @param path    values for the `:name` parts of its path
 * @param params  query parameters; a list becomes a repeated parameter, undefined is left out
 * @throws RequestFailure for everything but an answer, and AbortError when `signal` is aborted
 */
export async function ask<N extends EndpointName>(
  name: N,
  path: Readonly<Record<string, string>>,
  params: ParamsOf<N>,
  signal: AbortSignal,
): Promise<ResponseOf<N>> {
  return (await fetchJson(endpointUrl(name, path, params), {
    signal,
  })) as ResponseOf<N>;
}

/** The address of an endpoint with its parameters. */
export function endpointUrl(
  name: EndpointName,
  path: Readonly<Record<string, string>>,
  params: Readonly<Record<string, unknown>>,
): string {
  const filled = PATHS[name].replaceAll(/:(\w+)/g, (_, key: string) => encodeURIComponent(path[key] ?? ''));
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof one === 'string' || typeof one === 'number') query.append(key, String(one));
    }
  }
  const text = query.toString();
  return `${PREFIX}${filled}${text === '' ? '' : `?${text}`}`;
}

/** Fetches JSON; what is not 2xx, not JSON or does not arrive becomes a RequestFailure. */
export async function fetchJson(url: string, init: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, headers: { accept: 'application/json', ...init.headers } });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new RequestFailure(
      plainProblem('unreachable', 'Sonde does not answer', 'check that it runs; this page asks again by itself'),
    );
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body;
  throw new RequestFailure(
    problemOf(body) ?? plainProblem('bad-answer', `Sonde answered ${response.status} without saying why`, null),
  );
}

/** Whether a part of an answer failed alone. */
export function isFailed(panel: unknown): panel is ErrorBody {
  return typeof panel === 'object' && panel !== null && 'error' in panel;
}

/** The problem in an error body of Sonde's API, or of the Prometheus API (`{ status: 'error', error }`). */
function problemOf(body: unknown): Problem | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { error } = body as { error?: unknown };
  if (typeof error === 'string') {
    const { errorType, where, mend } = body as { errorType?: unknown; where?: unknown; mend?: unknown };
    return {
      code: text(errorType) ?? 'error',
      message: error,
      where: text(where),
      mend: text(mend),
      retryAfterMs: null,
    };
  }
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined;
  return error as Problem;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function plainProblem(code: string, message: string, mend: string | null): Problem {
  return { code, message, where: null, mend, retryAfterMs: null };
}
