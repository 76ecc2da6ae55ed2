import { configSchema } from '../config/schema.ts';
import type { LoadedConfig } from '../config/load.ts';
import { DEMO_PRICES, startDemoProcess } from '../demo/index.ts';
import type { Settings } from '../config/schema.ts';
import type { Logger } from '../self/logger.ts';

/** Fixed, so that every demo tells the same story. */
const SEED = 20_261_125;
/** Shorter than in life, so that the first figures stand within seconds. */
const SCRAPE_INTERVAL = '5s';

export interface DemoBesideOptions {
  readonly config: LoadedConfig;
  readonly otlpHttpUrl: string | undefined;
  /** JavaScript of the demo's process. */
  readonly entry: string;
  readonly logger: Logger;
  /** Starts the incident by itself after this time. */
  readonly incidentAfterMs: number | undefined;
}

/** What a configuration says, with prices for the demo's models where it has none. */
export function withDemoPrices(config: LoadedConfig): LoadedConfig {
  if (config.written['prices'] !== undefined) return config;
  const written = { ...config.written, prices: DEMO_PRICES };
  return { written, settings: configSchema.parse(written) };
}

/** The demo system in a process of its own, and the scrape settings that watch it. */
export async function startDemoBeside(
  options: DemoBesideOptions,
): Promise<{ readonly scrape: Settings['scrape']; readonly controlUrl: string; stop(): Promise<void> }> {
  const { config, entry, logger, otlpHttpUrl, incidentAfterMs } = options;
  const incident = incidentAfterMs === undefined ? {} : { incidentAfterMs };
  const demo = await startDemoProcess({ entry, otlpHttpUrl, seed: SEED, logger, ...incident });
  const { written } = config;
  const jobs = [...new Set(demo.targets.map((target) => target.job))].map((job) => ({
    job_name: `demo-${job}`,
    scrape_interval: SCRAPE_INTERVAL,
    scrape_timeout: SCRAPE_INTERVAL,
    static_configs: demo.targets
      .filter((target) => target.job === job)
      .map(({ address, labels }) => ({ targets: [address], labels: { job, ...labels } })),
  }));
  const configured = Array.isArray(written['scrape_configs']) ? (written['scrape_configs'] as unknown[]) : [];
  const { scrape } = configSchema.parse({ ...written, scrape_configs: [...configured, ...jobs] });
  logger.info({ control: demo.controlUrl }, 'the demo runs; its data is invented');
  return { scrape, controlUrl: demo.controlUrl, stop: () => demo.stop() };
}
