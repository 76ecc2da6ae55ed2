import { randomUUID, timingSafeEqual } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Engine } from './engine.ts';
import { GivenUpError } from './session-pool.ts';
import { insertFromFile, isPlainName, readStatement, StatementError } from './statement.ts';

export interface HostServerOptions {
  readonly scratchDir: string;
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
}

/** Parameters of ClickHouse's HTTP interface that are not settings of the statement, or have no meaning here. */
const NOT_SETTINGS = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'session_id',
  'session_timeout',
  'role',
  'user',
  'password',
  'buffer_size',
  'compress',
  'decompress',
  'quota_key',
  'stacktrace',
  'wait_end_of_query',
  'enable_http_compression',
  'send_progress_in_http_headers',
  'cancel_http_readonly_queries_on_client_close',
  'async_insert',
  'wait_for_async_insert',
]);

/** ClickHouse's error codes as far as they are ours to give. */
const CODE = {
  SYNTAX: 62,
  UNKNOWN_DATABASE: 81,
  CANCELLED: 394,
  AUTHENTICATION: 516,
  NETWORK: 210,
  UNKNOWN: 1002,
} as const;

/** Parameters with many fingerprints stand in the URL. */
const MAX_HEADER_BYTES = 4 * 1024 * 1024;

/**
 * The part of ClickHouse's HTTP interface that `@clickhouse/client` uses: statements in the body or beside it,
 * parameters and settings in the URL, results whole, errors in ClickHouse's words, /ping.
 * Whoever hangs up has their statement killed.
 * @see https://clickhouse.com/docs/interfaces/http
 */
export function hostServer(engine: Engine, options: HostServerOptions): Server {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0 }, (request, response) => {
    serve(engine, options, request, response).catch((cause: unknown) => {
      if (!response.headersSent) sendFailure(response, failureOf(cause));
      else response.destroy();
    });
  });
  server.keepAliveTimeout = 60_000;
  return server;
}

async function serve(
  engine: Engine,
  options: HostServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://host');
  if (url.pathname === '/ping') {
    response.end('Ok.\n');
    return;
  }
  if (options.credentials !== undefined && !isAuthorised(request, options.credentials)) {
    sendFailure(response, {
      code: CODE.AUTHENTICATION,
      message: 'Authentication failed',
      type: 'AUTHENTICATION_FAILED',
    });
    return;
  }
  const database = url.searchParams.get('database') ?? 'default';
  if (database !== 'default') {
    sendFailure(response, {
      code: CODE.UNKNOWN_DATABASE,
      message: 'the host has one database, default',
      type: 'UNKNOWN_DATABASE',
    });
    return;
  }
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const { parameters, settings } = readUrl(url);
  const format = url.searchParams.get('default_format') ?? 'TabSeparated';
  const beside = url.searchParams.get('query');
  let scratch: string | undefined;
  try {
    let statement;
    if (beside === null) statement = readStatement(await readText(request));
    else {
      statement = readStatement(beside);
      if (hasBody(request)) {
        scratch = join(options.scratchDir, `body-${randomUUID()}`);
        await pipeline(request, createWriteStream(scratch, { mode: 0o600 }));
        statement = readStatement(insertFromFile(statement, scratch));
      }
    }
    const result = await engine.run({ statement, parameters, settings, format, signal: gone.signal });
    const bytes = result.bytes();
    response.writeHead(200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': bytes.byteLength,
      'X-ClickHouse-Query-Id': url.searchParams.get('query_id') ?? randomUUID(),
      'X-ClickHouse-Summary': JSON.stringify({
        read_rows: String(result.rowsRead),
        read_bytes: String(result.bytesRead),
        elapsed_ns: String(Math.round(result.elapsed * 1e9)),
      }),
    });
    response.end(bytes);
  } finally {
    if (scratch !== undefined) await rm(scratch, { force: true });
  }
}

function readUrl(url: URL): { parameters: Map<string, string>; settings: Map<string, string> } {
  const parameters = new Map<string, string>();
  const settings = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (NOT_SETTINGS.has(name)) continue;
    if (!isPlainName(name)) throw new StatementError('the name of a setting or parameter is not a plain word');
    if (name.startsWith('param_')) parameters.set(name.slice('param_'.length), value);
    else settings.set(name, value);
  }
  return { parameters, settings };
}

function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function isAuthorised(request: IncomingMessage, wanted: { readonly user: string; readonly password: string }): boolean {
  const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ');
  const given = Buffer.from(encoded, 'base64');
  const expected = Buffer.from(`${wanted.user}:${wanted.password}`);
  return scheme === 'Basic' && given.length === expected.length && timingSafeEqual(given, expected);
}

interface Failure {
  readonly code: number;
  readonly message: string;
  readonly type: string;
}

function failureOf(cause: unknown): Failure | string {
  if (cause instanceof StatementError) return { code: CODE.SYNTAX, message: cause.message, type: 'SYNTAX_ERROR' };
  if (cause instanceof GivenUpError) {
    return { code: CODE.CANCELLED, message: 'Query was cancelled.', type: 'QUERY_WAS_CANCELLED' };
  }
  const text = cause instanceof Error ? cause.message : String(cause);
  return /^Code: \d+/.test(text) ? text : { code: CODE.UNKNOWN, message: text, type: 'UNKNOWN_EXCEPTION' };
}

function sendFailure(response: ServerResponse, failure: Failure | string): void {
  const text =
    typeof failure === 'string'
      ? failure
      : `Code: ${failure.code}. DB::Exception: ${failure.message} (${failure.type})`;
  const code = /^Code: (\d+)/.exec(text)?.[1] ?? String(CODE.UNKNOWN);
  response.writeHead(code === String(CODE.AUTHENTICATION) ? 403 : 500, {
    'Content-Type': 'text/plain; charset=UTF-8',
    'X-ClickHouse-Exception-Code': code,
  });
  response.end(`${text}\n`);
}
