import { formatDuration } from '../../util/duration.ts';
import type { ScrapeLoop } from './scrape/scrape-loop.ts';
import type { DroppedTarget } from './scrape/scrape-pool.ts';

/** A target as the targets page, `sonde targets` and `/api/v1/targets` show it. */
export interface TargetStatus {
  readonly state: 'active' | 'dropped';
  readonly scrapePool: string;
  readonly discoveredLabels: Readonly<Record<string, string>>;
  /** Empty for dropped targets. */
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: 'up' | 'down' | 'unknown';
  /** Why it is down or was not stored; for dropped targets what is wrong with them; '' if nothing. */
  readonly lastError: string;
  /** 0 before the first scrape. */
  readonly lastScrapeUnixMs: number;
  readonly lastScrapeDurationMs: number;
  /** `15s` */
  readonly scrapeInterval: string;
  readonly scrapeTimeout: string;
  /** Of the last good scrape, after relabelling. */
  readonly samples: number;
}

export function targetStatus(loop: ScrapeLoop, scrapePool: string): TargetStatus {
  const { target } = loop;
  return {
    state: 'active',
    scrapePool,
    discoveredLabels: target.discoveredLabels,
    labels: Object.fromEntries(target.labels),
    scrapeUrl: target.url,
    ...loop.status(),
    scrapeInterval: formatDuration(target.intervalMs),
    scrapeTimeout: formatDuration(target.timeoutMs),
  };
}

export function droppedStatus({ discoveredLabels, fault }: DroppedTarget, scrapePool: string): TargetStatus {
  return {
    state: 'dropped',
    scrapePool,
    discoveredLabels,
    labels: {},
    scrapeUrl: '',
    health: 'unknown',
    lastError: fault,
    lastScrapeUnixMs: 0,
    lastScrapeDurationMs: 0,
    scrapeInterval: '',
    scrapeTimeout: '',
    samples: 0,
  };
}
