import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectDefaultMetrics } from 'prom-client';
import type { LoadedConfig } from '../config/load.ts';
import { KeyTables } from '../model/key-table.ts';
import { makePipeline } from '../process/index.ts';
import { makeOtlpReceiver } from '../receive/otlp/index.ts';
import { makeScrapeReceiver } from '../receive/prometheus/index.ts';
import { exposeLedger } from '../self/ledger-metrics.ts';
import { Ledger } from '../self/ledger.ts';
import { makeLogger, type Logger } from '../self/logger.ts';
import { makeRegistry } from '../self/metrics.ts';
import { makeHttpServer } from '../serve/server.ts';
import { openStore } from '../store/index.ts';
import { SYSTEM_CLOCK } from '../util/clock.ts';
import { VERSION } from '../util/version.ts';
import { startDemoBeside, withDemoPrices } from './demo.ts';
import { measureLag } from './lag-meter.ts';
import { Lifecycle } from './lifecycle.ts';
import { mountApis } from './mount-apis.ts';

export interface StartOptions {
  readonly config: LoadedConfig;
  /** The file the configuration came from; paths in it are relative to its folder. */
  readonly configFile: string | undefined;
  /** Undefined: no demo. */
  readonly demo: { readonly incidentAfterMs: number | undefined } | undefined;
  /** When the process began, for `readyMs`. */
  readonly startedUnixMs: number;
}

/** A Sonde that serves. */
export interface RunningSonde {
  readonly url: string;
  readonly otlpHttp: string | undefined;
  /** `http://HOST:PORT`, as exporters want it. */
  readonly otlpGrpc: string | undefined;
  readonly dataDir: string;
  readonly version: string;
  readonly readyMs: number;
  readonly logger: Logger;
  /** Takes a new configuration; what needs a restart is named in the log. */
  reload(config: LoadedConfig): Promise<void>;
  /** Refuses what is new, stores what is under way, then ends. May be called twice. */
  stop(): Promise<void>;
}

/** The folder of the built program: `dist/`, with the pages in `web/`. */
const PROGRAM_FOLDER = dirname(fileURLToPath(import.meta.url));

/**
 * Connects the rooms: receivers → pipeline → store, and the APIs that read the store. The only place that knows all.
 * @throws SondeError when something cannot start; what had started is stopped again
 */
export async function startSonde(options: StartOptions): Promise<RunningSonde> {
  const config = options.demo === undefined ? options.config : withDemoPrices(options.config);
  const { settings } = config;
  const logger = makeLogger(settings.log.level);
  const registry = makeRegistry();
  collectDefaultMetrics({ register: registry });
  const ledger = new Ledger();
  exposeLedger(ledger, registry);
  const clock = SYSTEM_CLOCK;
  const lifecycle = new Lifecycle(logger);

  const store = await openStore(settings.store, { logger, registry, ledger });
  lifecycle.add('store', store);
  const lag = measureLag(store.sink, clock);
  const pipeline = makePipeline({ settings: settings.process, next: lag, ledger, logger, registry, clock });
  await lifecycle.start('pipeline', pipeline);

  const server = makeHttpServer({
    settings: settings.server,
    logger,
    registry,
    webRoot: join(PROGRAM_FOLDER, 'web'),
    notReadyReason: () => (store.status().state === 'ready' ? undefined : 'the storage engine is starting again'),
  });
  const shared = { sink: pipeline, ledger, logger, registry, clock };
  const otlp = makeOtlpReceiver({ ...shared, settings: settings.otlp, keyTables: new KeyTables() });
  const scrape = makeScrapeReceiver({
    ...shared,
    settings: settings.scrape,
    ...(options.configFile === undefined ? {} : { baseDirectory: dirname(options.configFile) }),
    ownPorts: () => [server.url(), otlp.httpAddress, otlp.grpcAddress].flatMap(portOf),
  });
  mountApis({
    server,
    otlp,
    scrape,
    store,
    ledger,
    logger,
    settings,
    startedUnixMs: options.startedUnixMs,
    demo: options.demo !== undefined,
    writeLagMs: () => lag.lagMs(),
  });
  // The doors open last, when everything behind them stands.
  await lifecycle.start('server', server);
  await lifecycle.start('otlp', otlp);
  await lifecycle.start('scrape', scrape);
  const reload = async (config: LoadedConfig): Promise<void> => {
    await scrape.reload(config.settings.scrape);
    logger.info('configuration read again: scraping and discovery follow it, everything else after a restart');
  };
  if (options.demo !== undefined) {
    const demo = await startDemoBeside({
      config,
      otlpHttpUrl: otlp.httpAddress,
      entry: join(PROGRAM_FOLDER, 'demo.js'),
      logger,
      incidentAfterMs: options.demo.incidentAfterMs,
    });
    lifecycle.add('demo', demo);
    await scrape.reload(demo.scrape);
  }
  return {
    url: server.url() ?? '',
    otlpHttp: otlp.httpAddress,
    otlpGrpc: otlp.grpcAddress,
    dataDir: settings.store.dataDir,
    version: VERSION,
    readyMs: Math.round(Date.now() - options.startedUnixMs),
    logger,
    reload,
    stop: () => lifecycle.stop(),
  };
}

function portOf(url: string | undefined): number[] {
  return url === undefined ? [] : [Number(new URL(url).port)];
}
