import { z } from 'zod';
import { contentConfig, deriveConfig, labelsConfig } from '../process/config.ts';
import { queryConfig } from '../query/config.ts';
import { otlpConfig } from '../receive/otlp/config.ts';
import { SCRAPE_KEYS, scrapeSettings } from '../receive/prometheus/config.ts';
import { serverConfig } from '../serve/config.ts';
import { logConfig } from '../self/config.ts';
import { limitsConfig, pricesConfig } from '../serve/sonde/config.ts';
import { storeConfig } from '../store/config.ts';

/** The whole configuration: the components' own fragments under their keys, in the order of the flow. */
export const configSchema = z
  .strictObject({
    server: serverConfig.prefault({}).describe('The HTTP server of the pages and all query APIs.'),
    otlp: otlpConfig.describe('OpenTelemetry protocol, over HTTP and gRPC.'),
    ...SCRAPE_KEYS,
    content: contentConfig.describe('What is kept of what users and models write.'),
    labels: labelsConfig.describe('Which labels metrics may carry, and how many series.'),
    derive: deriveConfig.describe('Metrics made from spans.'),
    store: storeConfig.describe('Where telemetry is kept, how long, within which bounds.'),
    query: queryConfig.prefault({}).describe('What one query may cost.'),
    limits: limitsConfig.describe('What the pages hold figures against.'),
    prices: pricesConfig.describe('What tokens cost; without a price nothing is reckoned.'),
    log: logConfig.describe('What Sonde says of itself on stderr.'),
  })
  .transform(({ global, scrape_configs, discovery, content, labels, derive, ...rest }, context) => ({
    ...rest,
    scrape: scrapeSettings({ global, scrape_configs, discovery }, context),
    process: { content, labels, derive },
  }));

/** Everything the program is told, parsed, with units in the names. */
export type Settings = z.output<typeof configSchema>;
