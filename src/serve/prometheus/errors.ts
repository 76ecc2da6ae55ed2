import { SondeError, type ErrorKind } from '../../model/errors.ts';
import { toSondeError } from '../http-status.ts';

/** What Prometheus's API calls a failure, and the status it goes with. */
interface PrometheusFailure {
  readonly errorType: string;
  readonly status: number;
}

const BAD_DATA: PrometheusFailure = { errorType: 'bad_data', status: 400 };
const EXECUTION: PrometheusFailure = { errorType: 'execution', status: 422 };
const INTERNAL: PrometheusFailure = { errorType: 'internal', status: 500 };
const UNAVAILABLE: PrometheusFailure = { errorType: 'unavailable', status: 500 };

const FAILURES = {
  invalid: BAD_DATA,
  unauthenticated: { errorType: 'unauthenticated', status: 401 },
  forbidden: { errorType: 'forbidden', status: 403 },
  'not-found': { errorType: 'not_found', status: 404 },
  'too-large': { errorType: 'bad_data', status: 413 },
  unsupported: { errorType: 'not_acceptable', status: 406 },
  'over-limit': EXECUTION,
  overloaded: { errorType: 'unavailable', status: 429 },
  canceled: { errorType: 'canceled', status: 499 },
  internal: INTERNAL,
  unavailable: UNAVAILABLE,
  timeout: { errorType: 'timeout', status: 503 },
} as const satisfies Record<ErrorKind, PrometheusFailure>;

/** Queries that are well formed but fail on the data they meet. */
const EXECUTION_CODES: ReadonlySet<string> = new Set([
  'query-argument',
  'query-duplicate-series',
  'query-duration',
  'query-matching',
]);

/** Status, headers and body of a failure in the words of Prometheus's API. */
export function failureReply(thrown: unknown): {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly status: 'error'; readonly errorType: string; readonly error: string };
} {
  const error = toSondeError(thrown);
  const { errorType, status } = EXECUTION_CODES.has(error.code) ? EXECUTION : FAILURES[error.kind];
  const headers =
    error.retryAfterMs === undefined
      ? {}
      : { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) };
  return { status, headers, body: { status: 'error', errorType, error: textOf(error) } };
}

function textOf(error: SondeError): string {
  const mend = error.mend === undefined ? '' : `; ${error.mend}`;
  if (error.code !== 'query-syntax') return error.message + mend;
  return `invalid parameter "query": ${error.where}: parse error: ${error.message}${mend}`;
}

/** @param name of the parameter that cannot be read */
export function badParameter(name: string, message: string): SondeError {
  return new SondeError(`invalid parameter "${name}": ${message}`, { kind: 'invalid', code: 'prometheus-parameter' });
}
