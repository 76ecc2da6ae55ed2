import { SondeError, type ErrorKind } from '../../model/errors.ts';
import { WireError } from '../../util/wire-reader.ts';

/**
 * HTTP status of each kind of failure. Of these, OTLP clients send again after 429, 502, 503 and 504 only.
 * @see https://opentelemetry.io/docs/specs/otlp/#failures-1
 */
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
 * gRPC status code of each kind. RESOURCE_EXHAUSTED is sent again only together with RetryInfo.
 * @see https://opentelemetry.io/docs/specs/otlp/#failures
 */
export const GRPC_STATUS = {
  invalid: 3,
  unauthenticated: 16,
  forbidden: 7,
  'not-found': 5,
  'too-large': 8,
  unsupported: 12,
  'over-limit': 9,
  overloaded: 8,
  canceled: 1,
  internal: 13,
  unavailable: 14,
  timeout: 4,
} as const satisfies Record<ErrorKind, number>;

/** Any failure of a request as one that may be told the sender. */
export function toSondeError(error: unknown): SondeError {
  if (error instanceof SondeError) return error;
  if (error instanceof WireError) {
    return new SondeError(`the body is not the protobuf message of this path: ${error.message}`, {
      kind: 'invalid',
      code: 'otlp-protobuf',
      where: `byte ${error.offset}`,
      mend: 'check that content type, content encoding and path are those of the body',
      cause: error,
    });
  }
  return new SondeError('the request failed inside Sonde', {
    kind: 'internal',
    code: 'otlp-internal',
    mend: 'look into Sonde’s log',
    cause: error,
  });
}
