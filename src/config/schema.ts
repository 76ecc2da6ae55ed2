import { z } from 'zod';
import { otlpConfig } from '../receive/otlp/config.ts';
import { SCRAPE_KEYS, scrapeSettings } from '../receive/prometheus/config.ts';
import { serverConfig } from '../serve/config.ts';
import { storeConfig } from '../store/config.ts';
import { logConfig } from './log-config.ts';

/** The whole configuration: the components' own fragments under their keys. */
export const configSchema = z
  .strictObject({
    server: serverConfig.prefault({}).describe('The HTTP server of the pages and all query APIs.'),
    otlp: otlpConfig.describe('OpenTelemetry protocol, over HTTP and gRPC.'),
    ...SCRAPE_KEYS,
    store: storeConfig.describe('Where telemetry is kept, how long, within which bounds.'),
    log: logConfig.describe('What Sonde says of itself on stderr.'),
  })
  .transform(({ global, scrape_configs, discovery, ...rest }, context) => ({
    ...rest,
    scrape: scrapeSettings({ global, scrape_configs, discovery }, context),
  }));

/** Everything the program is told, parsed, with units in the names. */
export type Settings = z.output<typeof configSchema>;
