import type { ClickHouseClient } from '@clickhouse/client';
import { Gauge } from 'prom-client';
import type { Component } from '../model/component.ts';
import type { Signal, Sink } from '../model/sink.ts';
import type { Ledger } from '../self/ledger.ts';
import type { Logger } from '../self/logger.ts';
import type { Registry } from '../self/metrics.ts';
import type { EngineGate } from './client.ts';
import { ClickHouseReader, embeddedClient, remoteClient } from './client.ts';
import type { StoreSettings } from './config.ts';
import { defaultMemoryBytes } from './engine/engine-config.ts';
import { EngineSupervisor } from './engine/supervisor.ts';
import { storeError } from './errors.ts';
import { LedgerWriter } from './ledger/writer.ts';
import { LogWriter } from './logs/writer.ts';
import { MetricWriter } from './metrics/writer.ts';
import type { StoreReader } from './reader.ts';
import { Retention } from './retention.ts';
import type { DdlTarget } from './schema/ddl.ts';
import { identifier } from './schema/ddl.ts';
import { migrate } from './schema/migrations.ts';
import { StoreSink } from './sink.ts';
import { SpanWriter } from './traces/writer.ts';
import { BodyTransport, FileTransport, Inserter } from './write/inserter.ts';
import { TimeWindow } from './write/time-window.ts';

export interface StoreDependencies {
  readonly logger: Logger;
  readonly registry: Registry;
  readonly ledger: Ledger;
  /** Milliseconds since 1970; the machine's clock by default. */
  readonly nowMs?: () => number;
}

export interface StoreStatus {
  readonly state: 'ready' | 'restarting' | 'stopped';
  readonly mode: 'embedded' | 'remote';
  /** Version of ClickHouse. */
  readonly engineVersion: string;
  /** How often the embedded engine had to be started again. */
  readonly restarts: number;
}

/** The open store. */
export interface Store {
  readonly sink: Sink;
  readonly reader: StoreReader;
  /** How long each signal is kept. */
  readonly retention: StoreSettings['retention'];
  status(): StoreStatus;
  /** Stores what the ledger has gathered until now. */
  flushLedger(): Promise<void>;
  /** Drops the oldest days of signals that are over their size. */
  dropOversize(): Promise<{ readonly table: string; readonly day: string }[]>;
  /** Stores what is under way, then closes; may be called twice. */
  stop(): Promise<void>;
}

/** Where the engine is and how it is reached: what differs between the two modes. */
interface Backend extends Component {
  readonly gate: EngineGate;
  readonly client: ClickHouseClient;
  readonly transport: FileTransport | BodyTransport;
  readonly target: DdlTarget;
  readonly queryMemoryBytes: number | undefined;
  onRestart(listener: () => void): void;
  status(): Omit<StoreStatus, 'mode'>;
}

/**
 * Opens the store: the embedded engine over `dataDir`, or a ClickHouse server, its tables brought up to date.
 * @throws SondeError `store-locked`, `store-unwritable`, `store-full`, `store-newer-schema`, `store-unavailable`, …
 */
export async function openStore(settings: StoreSettings, dependencies: StoreDependencies): Promise<Store> {
  const { logger, ledger, registry, nowMs = Date.now } = dependencies;
  const backend = settings.mode === 'remote' ? remoteBackend(settings) : embeddedBackend(settings, logger);
  await backend.start();
  const { gate, client, target } = backend;
  const limits = { timeoutMs: settings.queryTimeoutMs, memoryBytes: backend.queryMemoryBytes };
  const reader = new ClickHouseReader(client, gate, limits, target);
  const connection = {
    run: async (sql: string): Promise<void> => {
      await client.command({ query: sql }).catch((cause: unknown) => Promise.reject(storeError(cause)));
    },
    columns: (sql: string) => reader.columns(sql),
    numbers: async (sql: string) => Array.from((await reader.columns(sql)).numbers('version')),
  };
  const retention = new Retention(connection, settings.retention, target, logger);
  const diesWithConnection = settings.mode === 'embedded';
  const inserter = new Inserter({ transport: backend.transport, gate, logger, diesWithConnection });
  const ledgerWriter = new LedgerWriter({ inserter, ledger, nowMs, logger });
  try {
    await migrate(connection, target);
    await retention.start();
    await ledgerWriter.start();
  } catch (cause) {
    await retention.stop();
    await client.close();
    await backend.stop();
    throw cause;
  }
  const options = (signal: Signal) => ({
    inserter,
    reader,
    flushIntervalMs: settings.flushIntervalMs,
    window: new TimeWindow(settings.retention[signal].ageMs, nowMs),
    nowMs,
  });
  const metrics = new MetricWriter(options('metrics'));
  backend.onRestart(() => metrics.forget());
  const sink = new StoreSink({
    spans: new SpanWriter(options('traces')),
    logs: new LogWriter(options('logs')),
    metrics,
    gate,
    ledger,
    queueBytes: settings.queueBytes,
  });
  exposeMetrics(registry, sink, backend);
  let stopping: Promise<void> | undefined;
  return {
    sink,
    reader,
    retention: settings.retention,
    status: () => ({ mode: settings.mode, ...backend.status() }),
    flushLedger: () => ledgerWriter.flush(),
    dropOversize: () => retention.dropOversize(),
    stop() {
      stopping ??= (async () => {
        await sink.stop();
        await ledgerWriter.stop();
        await retention.stop();
        await client.close();
        await backend.stop();
      })();
      return stopping;
    },
  };
}

function embeddedBackend(settings: StoreSettings, logger: Logger): Backend {
  const memoryBytes = settings.memoryBytes ?? defaultMemoryBytes();
  const supervisor = new EngineSupervisor({ dataDir: settings.dataDir, memoryBytes, fsync: settings.fsync, logger });
  const client = embeddedClient(() => supervisor.socketPath);
  return {
    gate: { isReady: () => supervisor.state === 'ready', whenReady: (timeoutMs) => supervisor.whenReady(timeoutMs) },
    client,
    transport: new FileTransport(client, () => supervisor.scratchDir),
    // The engine's configuration file sees to fsync, so that it can be switched.
    target: { cluster: undefined, fsync: false },
    queryMemoryBytes: settings.queryMemoryBytes ?? Math.floor(memoryBytes / 2),
    onRestart: (listener) => supervisor.onRestart(listener),
    status: () => ({
      state: supervisor.state === 'ready' || supervisor.state === 'stopped' ? supervisor.state : 'restarting',
      engineVersion: supervisor.engineVersion,
      restarts: supervisor.restarts,
    }),
    start: () => supervisor.start(),
    stop: () => supervisor.stop(),
  };
}

function remoteBackend(settings: StoreSettings): Backend {
  const client = remoteClient(settings, settings.database);
  let engineVersion = '';
  let stopped = false;
  return {
    // A server is watched by others; each statement finds out by itself.
    gate: { isReady: () => !stopped, whenReady: async () => !stopped },
    client,
    transport: new BodyTransport(client),
    target: { cluster: settings.cluster, fsync: settings.fsync },
    queryMemoryBytes: settings.queryMemoryBytes,
    onRestart: () => undefined,
    status: () => ({ state: stopped ? 'stopped' : 'ready', engineVersion, restarts: 0 }),
    async start() {
      engineVersion = await prepareServer(settings);
    },
    async stop() {
      stopped = true;
    },
  };
}

/** Sees that the server answers and has the database; returns the server's version. */
async function prepareServer(settings: StoreSettings): Promise<string> {
  const client = remoteClient(settings, undefined);
  try {
    if (settings.database !== 'default') {
      const onCluster = settings.cluster === undefined ? '' : ` ON CLUSTER ${identifier(settings.cluster)}`;
      await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${identifier(settings.database)}${onCluster}` });
    }
    const result = await client.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' });
    const [row] = await result.json<{ version: string }>();
    return row?.version ?? '';
  } catch (cause) {
    throw storeError(cause);
  } finally {
    await client.close();
  }
}

function exposeMetrics(registry: Registry, sink: StoreSink, backend: Backend): void {
  new Gauge({
    name: 'sonde_store_queue_bytes',
    help: 'Bytes that wait to be stored.',
    labelNames: ['signal'],
    registers: [registry],
    collect() {
      for (const signal of ['metrics', 'traces', 'logs'] as const) this.set({ signal }, sink.queuedBytes(signal));
    },
  });
  new Gauge({
    name: 'sonde_store_ready',
    help: 'Whether the storage engine answers.',
    registers: [registry],
    collect() {
      this.set(backend.status().state === 'ready' ? 1 : 0);
    },
  });
  new Gauge({
    name: 'sonde_store_engine_restarts',
    help: 'How often the embedded engine had to be started again.',
    registers: [registry],
    collect() {
      this.set(backend.status().restarts);
    },
  });
}
