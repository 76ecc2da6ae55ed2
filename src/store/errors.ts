import { ClickHouseError } from '@clickhouse/client';
import type { ErrorKind } from '../model/errors.ts';
import { SondeError } from '../model/errors.ts';
import { RESTART_RETRY_MS } from './engine/supervisor.ts';

/** ClickHouse's error codes that mean something to us; what is not here is `internal`. */
const KIND_BY_CODE: Readonly<Record<string, { kind: ErrorKind; code: string }>> = {
  62: { kind: 'invalid', code: 'store-query-invalid' },
  46: { kind: 'invalid', code: 'store-query-invalid' },
  47: { kind: 'invalid', code: 'store-query-invalid' },
  60: { kind: 'invalid', code: 'store-query-invalid' },
  42: { kind: 'invalid', code: 'store-query-invalid' },
  43: { kind: 'invalid', code: 'store-query-invalid' },
  53: { kind: 'invalid', code: 'store-query-invalid' },
  386: { kind: 'invalid', code: 'store-query-invalid' },
  456: { kind: 'invalid', code: 'store-query-invalid' },
  457: { kind: 'invalid', code: 'store-query-invalid' },
  164: { kind: 'forbidden', code: 'store-query-forbidden' },
  497: { kind: 'forbidden', code: 'store-query-forbidden' },
  158: { kind: 'over-limit', code: 'store-query-too-large' },
  307: { kind: 'over-limit', code: 'store-query-too-large' },
  396: { kind: 'over-limit', code: 'store-query-too-large' },
  241: { kind: 'over-limit', code: 'store-query-memory' },
  159: { kind: 'timeout', code: 'store-query-timeout' },
  160: { kind: 'timeout', code: 'store-query-timeout' },
  394: { kind: 'canceled', code: 'store-query-canceled' },
  252: { kind: 'overloaded', code: 'store-too-many-parts' },
  243: { kind: 'unavailable', code: 'store-full' },
  516: { kind: 'unavailable', code: 'store-unauthenticated' },
  81: { kind: 'unavailable', code: 'store-no-database' },
  242: { kind: 'unavailable', code: 'store-unavailable' },
  999: { kind: 'unavailable', code: 'store-unavailable' },
};

const MEND: Readonly<Record<string, string>> = {
  'store-query-too-large': 'narrow the time range or the filters',
  'store-query-memory': 'narrow the time range or the filters, or raise store.query_memory_limit',
  'store-query-timeout': 'narrow the time range or the filters, or raise store.query_timeout',
  'store-full': 'free space or shorten store.retention',
  'store-unauthenticated': 'check store.user and store.password',
  'store-unavailable': 'send again',
};

const MESSAGE_CHARACTERS = 400;

/** What a statement's failure means to whoever asked for it. */
export function storeError(cause: unknown): SondeError {
  if (cause instanceof SondeError) return cause;
  if (cause instanceof ClickHouseError) return engineError(cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/no space left/i.test(message))
    return make('unavailable', 'store-full', 'the disk of the data folder is full', cause);
  if (isNetworkError(cause, message)) {
    return make('unavailable', 'store-unavailable', 'the storage engine cannot be reached', cause);
  }
  if (/aborted/i.test(message)) return make('canceled', 'store-query-canceled', 'the query was given up', cause);
  if (/^Timeout/i.test(message)) return make('timeout', 'store-query-timeout', 'the query took too long', cause);
  return make('internal', 'store-failed', `the storage engine failed: ${message.slice(0, MESSAGE_CHARACTERS)}`, cause);
}

export function unavailableError(): SondeError {
  return make('unavailable', 'store-unavailable', 'the storage engine is starting again', undefined);
}

export function stoppedError(): SondeError {
  return new SondeError('the store is stopped', { kind: 'unavailable', code: 'store-stopped', retryAfterMs: 5_000 });
}

function engineError(cause: ClickHouseError): SondeError {
  const full = /no space left/i.test(cause.message);
  const known = full ? { kind: 'unavailable' as const, code: 'store-full' } : KIND_BY_CODE[cause.code];
  const { kind, code } = known ?? { kind: 'internal' as const, code: 'store-failed' };
  const message = cause.message.trim().slice(0, MESSAGE_CHARACTERS);
  return make(kind, code, code === 'store-full' ? `the disk of the data folder is full: ${message}` : message, cause);
}

function make(kind: ErrorKind, code: string, message: string, cause: unknown): SondeError {
  const mend = MEND[code];
  const retry = kind === 'unavailable' || kind === 'overloaded';
  return new SondeError(message, {
    kind,
    code,
    ...(mend === undefined ? {} : { mend }),
    ...(retry ? { retryAfterMs: code === 'store-full' ? 10_000 : RESTART_RETRY_MS } : {}),
    cause,
  });
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ETIMEDOUT',
]);

function isNetworkError(cause: unknown, message: string): boolean {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return (code !== undefined && NETWORK_CODES.has(code)) || /socket hang up|premature close/i.test(message);
}
