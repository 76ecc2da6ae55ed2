import type { DiscoveredServer, TargetStatus } from '../../receive/prometheus/index.ts';
import { METRIC_TABLES } from '../../vocabulary/catalogue.ts';
import type { Target, TargetsResponse } from './contract.ts';

const TITLES = new Map(METRIC_TABLES.map(({ system, title }) => [system, title]));

/** What the scrape receiver knows, as the pages read it. */
export function targetsView(
  statuses: readonly TargetStatus[],
  discovered: readonly DiscoveredServer[],
  discovery: TargetsResponse['discovery'],
): TargetsResponse {
  const foundAt = new Map(discovered.map((server) => [server.address, server]));
  return {
    targets: statuses.filter(({ state }) => state === 'active').map((status) => targetOf(status, foundAt)),
    found: discovered.map(({ address, path, kind, title, state, mend, lastSeenUnixMs }) => ({
      url: `http://${address}${path}`,
      kind,
      title,
      state: state === 'silent' ? 'silent' : 'watched',
      mend: mend === '' ? null : mend,
      lastSeenUnixMs,
    })),
    discovery,
  };
}

function targetOf(status: TargetStatus, foundAt: ReadonlyMap<string, DiscoveredServer>): Target {
  const instance = status.labels['instance'] ?? '';
  const job = status.labels['job'] ?? status.scrapePool;
  const found = foundAt.get(instance);
  // A configured job that is called after what it scrapes says what it is.
  const kind = found?.kind ?? (TITLES.has(job) ? job : null);
  return {
    job,
    instance,
    url: status.scrapeUrl,
    health: status.health,
    kind,
    title: found?.title ?? (kind === null ? null : (TITLES.get(kind) ?? null)),
    discovered: found !== undefined,
    lastScrapeUnixMs: status.lastScrapeUnixMs === 0 ? null : status.lastScrapeUnixMs,
    lastScrapeMs: status.lastScrapeUnixMs === 0 ? null : status.lastScrapeDurationMs,
    samples: status.lastScrapeUnixMs === 0 ? null : status.samples,
    lastError: status.lastError === '' ? null : status.lastError,
    labels: { ...status.labels },
  };
}
