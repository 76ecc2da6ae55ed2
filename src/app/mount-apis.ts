import type { Settings } from '../config/schema.ts';
import type { OtlpReceiver } from '../receive/otlp/index.ts';
import type { ScrapeReceiver } from '../receive/prometheus/index.ts';
import type { Ledger } from '../self/ledger.ts';
import type { Logger } from '../self/logger.ts';
import type { HttpServer } from '../serve/server.ts';
import type { Store } from '../store/index.ts';

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
}

/** Mounts every API on the server of port 4600. */
export function mountApis({ server, otlp }: Rooms): void {
  server.mount((app) => otlp.routes(app));
}
