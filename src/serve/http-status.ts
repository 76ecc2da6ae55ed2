import type { FastifyError } from 'fastify';
import { SondeError, type ErrorKind } from '../model/errors.ts';

/** Status of each kind of failure for Sonde's own answers; APIs of others have their own table. */
export const HTTP_STATUS = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'too-large': 413,
  unsupported: 415,
  'over-limit': 422,
  overloaded: 429,
  canceled: 499,
  internal: 500,
  unavailable: 503,
  timeout: 504,
} as const satisfies Record<ErrorKind, number>;

/**
 * Any thrown thing as a `SondeError`: the server's own refusals (body too large, unknown media type, timeout) get
 * Sonde's words; what nobody foresaw becomes `internal` without its message, which may hold anything.
 */
export function toSondeError(error: unknown): SondeError {
  if (error instanceof SondeError) return error;
  if (isAbort(error))
    return new SondeError('the client went away', { kind: 'canceled', code: 'http-canceled', cause: error });
  const { code, statusCode } = error as Partial<FastifyError>;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return refusal('too-large', 'http-body-too-large', 'the request body is larger than this path takes', error);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return refusal('unsupported', 'http-media-type', 'this path does not read that content type', error);
    default:
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return refusal('invalid', 'http-bad-request', 'the request is not well formed', error);
  }
  return new SondeError('Sonde failed inside; its log says more', { kind: 'internal', code: 'internal', cause: error });
}

/** Body and headers of a failure as Sonde's own API tells it. */
export function errorReply(error: SondeError): {
  status: number;
  headers: Record<string, string>;
  body: {
    error: { code: string; message: string; where: string | null; mend: string | null; retryAfterMs: number | null };
  };
} {
  const headers: Record<string, string> = { 'cache-control': 'no-store' };
  if (error.retryAfterMs !== undefined)
    headers['retry-after'] = String(Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
  return { status: HTTP_STATUS[error.kind], headers, body: { error: problemOf(error) } };
}

/** The failure as data, for a whole answer or one panel of it. */
export function problemOf(error: SondeError): {
  code: string;
  message: string;
  where: string | null;
  mend: string | null;
  retryAfterMs: number | null;
} {
  return {
    code: error.code,
    message: error.message,
    where: error.where ?? null,
    mend: error.mend ?? null,
    retryAfterMs: error.retryAfterMs ?? null,
  };
}

function refusal(kind: ErrorKind, code: string, message: string, cause: unknown): SondeError {
  return new SondeError(message, { kind, code, cause });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
