import type { Settings } from '../config/schema.ts';
import { DEFAULT_TENANT } from '../model/sink.ts';
import { describePolicies } from '../process/index.ts';
import { makePromqlEngine } from '../query/promql/index.ts';
import type { OtlpReceiver } from '../receive/otlp/index.ts';
import type { ScrapeReceiver } from '../receive/prometheus/index.ts';
import type { Ledger } from '../self/ledger.ts';
import type { Logger } from '../self/logger.ts';
import { prometheusRoutes } from '../serve/prometheus/index.ts';
import type { HttpServer } from '../serve/server.ts';
import { metricsReader, sondeRoutes, targetsView, type SondeDeps } from '../serve/sonde/index.ts';
import type { Store } from '../store/index.ts';
import { VERSION } from '../util/version.ts';
import { canonicalMetric, canonicalNames, canonicalSources } from '../vocabulary/catalogue.ts';

export interface Rooms {
  readonly server: HttpServer;
  readonly otlp: OtlpReceiver;
  readonly scrape: ScrapeReceiver;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly settings: Settings;
  readonly startedUnixMs: number;
  readonly demo: boolean;
  /** Age of the oldest batch that waits to be stored. */
  readonly writeLagMs: () => number;
}

/** Mounts every API on the server of port 4600; to be called before it listens. */
export function mountApis(rooms: Rooms): void {
  const { server, otlp, scrape, store, settings } = rooms;
  const vocabulary = { canonicalSources, canonicalMetric, canonicalNames };
  const engine = makePromqlEngine({ reader: store.reader, settings: settings.query, vocabulary });
  const deps: SondeDeps = {
    reader: store.reader,
    metrics: metricsReader(engine),
    ledger: rooms.ledger,
    logger: rooms.logger,
    limits: settings.limits,
    prices: settings.prices,
    status: statusOf(rooms),
    targets: () =>
      targetsView(scrape.targets(), scrape.discovered(), { ...settings.scrape.discovery, lastRoundUnixMs: null }),
    policies: () => describePolicies(settings.process),
    retentionMs: (signal) => settings.store.retention[signal].ageMs,
    nowMs: Date.now,
    tenant: DEFAULT_TENANT,
  };
  server.mount((app) => otlp.routes(app));
  server.mount(async (app) => sondeRoutes(app, deps, 'light'));
  server.mountQueries(async (app) => sondeRoutes(app, deps, 'queries'));
  server.mountQueries((app) =>
    prometheusRoutes(app, {
      engine,
      buildInfo: { version: VERSION },
      targets: () => scrape.targets(),
      logger: rooms.logger,
    }),
  );
}

function statusOf({ server, otlp, store, startedUnixMs, demo, writeLagMs }: Rooms): SondeDeps['status'] {
  return {
    version: VERSION,
    demo,
    startedUnixMs,
    addresses: () => ({
      http: server.url() ?? '',
      otlpHttp: otlp.httpAddress ?? null,
      otlpGrpc: otlp.grpcAddress ?? null,
    }),
    store() {
      const { state, mode, engineVersion, restarts } = store.status();
      const again = restarts === 0 ? '' : `, started again ${restarts} times`;
      return {
        mode,
        state: state === 'ready' ? 'ready' : 'unavailable',
        detail: `ClickHouse ${engineVersion}${again}`,
      };
    },
    writeLagMs,
  };
}
