import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { ColumnSet } from './column-set.ts';
import type { StoreSettings } from './config.ts';
import { SocketAgent } from './engine/socket-agent.ts';
import { storeError, unavailableError } from './errors.ts';
import { decodeNative, emptyColumn } from './native/decode.ts';
import type { QueryOptions, StoreReader, TableStats } from './reader.ts';
import type { DdlTarget } from './schema/ddl.ts';
import { localName, stringLiteral } from './schema/ddl.ts';
import { ALL_TABLES } from './schema/tables.ts';

/** Whether there is an engine to talk to just now. */
export interface EngineGate {
  isReady(): boolean;
  /** Resolves when there is, or after `timeoutMs`; tells which. */
  whenReady(timeoutMs: number): Promise<boolean>;
}

/** What queries cost at most where they do not say so themselves. */
export interface DefaultLimits {
  readonly timeoutMs: number;
  readonly memoryBytes: number | undefined;
}

/** Queries wait this long for an engine that starts again; writes do not wait. */
const READ_PATIENCE_MS = 3_000;
/** The engine ends a query by itself; this much later the connection is given up. */
const TIMEOUT_MARGIN_MS = 5_000;
const MAX_SOCKETS = 64;
/** Results are held whole, once here and once in the engine's process. */
const MAX_RESULT_BYTES = 1024 ** 3;

/** A client of the embedded engine behind `socketPath`. */
export function embeddedClient(socketPath: () => string): ClickHouseClient {
  return createClient({
    url: 'http://localhost',
    http_agent: new SocketAgent(socketPath, { keepAlive: true, maxSockets: MAX_SOCKETS }),
    set_basic_auth_header: false,
    request_timeout: 2 ** 31 - 1,
    keep_alive: { enabled: true, idle_socket_ttl: 0 },
    log: { level: ClickHouseLogLevel.OFF },
  });
}

/** A client of a ClickHouse server; `database` undefined for the server's default one. */
export function remoteClient(settings: StoreSettings, database: string | undefined): ClickHouseClient {
  const { caFile, certFile, keyFile } = settings.tls;
  const ca = caFile === undefined ? undefined : readFileSync(caFile);
  const tls =
    ca === undefined
      ? undefined
      : certFile === undefined || keyFile === undefined
        ? { ca_cert: ca }
        : { ca_cert: ca, cert: readFileSync(certFile), key: readFileSync(keyFile) };
  return createClient({
    url: settings.url ?? '',
    username: settings.user,
    password: settings.password,
    ...(database === undefined ? {} : { database }),
    ...(tls === undefined ? {} : { tls }),
    max_open_connections: MAX_SOCKETS,
    request_timeout: 2 ** 31 - 1,
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: { cancel_http_readonly_queries_on_client_close: 1, async_insert: 0 },
  });
}

/** Reads through a ClickHouse client, embedded or remote. */
export class ClickHouseReader implements StoreReader {
  private readonly client: ClickHouseClient;
  private readonly gate: EngineGate;
  private readonly defaults: DefaultLimits;
  private readonly target: DdlTarget;

  constructor(client: ClickHouseClient, gate: EngineGate, defaults: DefaultLimits, target: DdlTarget) {
    this.client = client;
    this.gate = gate;
    this.defaults = defaults;
    this.target = target;
  }

  async columns(sql: string, options: QueryOptions = {}): Promise<ColumnSet> {
    if (!this.gate.isReady() && !(await this.gate.whenReady(READ_PATIENCE_MS))) throw unavailableError();
    const timeoutMs = options.limits?.timeoutMs ?? this.defaults.timeoutMs;
    const deadline = AbortSignal.timeout(timeoutMs + TIMEOUT_MARGIN_MS);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    const run = async (query: string): Promise<Buffer> => {
      signal.throwIfAborted();
      const { stream } = await this.client.exec({
        query: `${query}\nFORMAT Native`,
        abort_signal: signal,
        clickhouse_settings: this.settings(options, timeoutMs),
        ...(options.params === undefined ? {} : { query_params: { ...options.params } }),
      });
      return collect(stream, signal);
    };
    try {
      const bytes = await run(sql);
      if (bytes.length > 0) return decodeNative(bytes);
      // The engine writes nothing at all for no rows, not even which columns there are.
      const description = decodeNative(await run(`DESCRIBE TABLE (${sql}\n)`));
      const types = description.strings('type');
      return new ColumnSet(0, new Map(description.strings('name').map((name, i) => [name, emptyColumn(types[i]!)])));
    } catch (cause) {
      throw storeError(cause);
    }
  }

  async ping(signal?: AbortSignal): Promise<void> {
    const result = await this.client.ping(signal === undefined ? undefined : { select: true, abort_signal: signal });
    if (!result.success) throw storeError(result.error);
  }

  async stats(): Promise<TableStats[]> {
    const names = ALL_TABLES.map((table) => stringLiteral(localName(table, this.target)));
    const source =
      this.target.cluster === undefined
        ? 'system.parts'
        : `cluster(${stringLiteral(this.target.cluster)}, system.parts)`;
    const set = await this.columns(
      `SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts,
         minIf(partition, partition LIKE '20%') AS oldest, maxIf(partition, partition LIKE '20%') AS newest
       FROM ${source} WHERE active AND database = currentDatabase() AND table IN (${names.join(', ')}) GROUP BY table`,
    );
    const byTable = new Map(set.strings('table').map((table, row) => [table, row]));
    const [rows, bytes, parts] = [set.numbers('rows'), set.numbers('bytes'), set.numbers('parts')];
    const [oldest, newest] = [set.strings('oldest'), set.strings('newest')];
    return ALL_TABLES.map((table) => {
      const row = byTable.get(localName(table, this.target));
      if (row === undefined) return { table: table.name, rows: 0, bytes: 0, parts: 0 };
      const days = oldest[row] === '' ? {} : { oldestDay: oldest[row]!, newestDay: newest[row]! };
      return { table: table.name, rows: rows[row]!, bytes: bytes[row]!, parts: parts[row]!, ...days };
    });
  }

  private settings(options: QueryOptions, timeoutMs: number): ClickHouseSettings {
    const memory = options.limits?.memoryBytes ?? this.defaults.memoryBytes;
    const { rowsToRead, resultRows } = options.limits ?? {};
    return {
      max_execution_time: timeoutMs / 1000,
      max_result_bytes: String(MAX_RESULT_BYTES),
      ...(memory === undefined ? {} : { max_memory_usage: String(memory) }),
      ...(rowsToRead === undefined ? {} : { max_rows_to_read: String(rowsToRead) }),
      ...(resultRows === undefined ? {} : { max_result_rows: String(resultRows) }),
      ...(options.readonly === true ? { readonly: '1' } : {}),
    };
  }
}

/** The whole body; the client's own signal only holds until the head has come. */
async function collect(stream: Readable, signal: AbortSignal): Promise<Buffer> {
  const giveUp = (): void => void stream.destroy(new Error('The user aborted a request.'));
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
