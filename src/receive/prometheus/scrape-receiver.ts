import { networkInterfaces, hostname } from 'node:os';
import type { Component } from '../../model/component.ts';
import type { Sink } from '../../model/sink.ts';
import type { Ledger } from '../../self/ledger.ts';
import type { Logger } from '../../self/logger.ts';
import type { Registry } from '../../self/metrics.ts';
import type { Clock } from '../../util/clock.ts';
import { VERSION } from '../../util/version.ts';
import { scrapeConfig, type ScrapeJob, type ScrapeSettings } from './config.ts';
import { LocalDiscovery, type DiscoveredServer } from './discovery/local.ts';
import type { ProviderContext } from './discovery/provider.ts';
import { RECOGNITION, type RecognitionTable } from './discovery/recognise.ts';
import { HttpFetcher } from './scrape/http-fetcher.ts';
import { JobRunner } from './scrape/job-runner.ts';
import type { LoopContext } from './scrape/scrape-loop.ts';
import { ScrapeMetrics } from './scrape/scrape-metrics.ts';
import { ScrapePool } from './scrape/scrape-pool.ts';
import { droppedStatus, targetStatus, type TargetStatus } from './target-status.ts';

export interface ScrapeReceiverOptions {
  readonly settings: ScrapeSettings;
  readonly sink: Sink;
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly clock: Clock;
  /** What relative paths in the settings are relative to: the folder of the configuration file. */
  readonly baseDirectory?: string;
  /** Ports on which Sonde itself listens, which discovery leaves alone. */
  readonly ownPorts?: () => readonly number[];
  /** What discovery without configuration knows; the built-in table by default. */
  readonly recognition?: RecognitionTable;
}

export interface ScrapeReceiver extends Component {
  /** All targets, scraped and dropped, configured and found. */
  targets(): readonly TargetStatus[];
  /** Servers on this host that nobody configured. */
  discovered(): readonly DiscoveredServer[];
  /** Takes new settings; targets that stay the same are scraped on undisturbed where their job is unchanged. */
  reload(settings: ScrapeSettings): Promise<void>;
}

/** The pool of what discovery without configuration found; each target has the `job` of its kind. */
const LOCAL_POOL = 'local-discovery';

/** Scrapes Prometheus targets, configured and found, into the sink. */
export function makeScrapeReceiver(options: ScrapeReceiverOptions): ScrapeReceiver {
  return new Receiver(options);
}

class Receiver implements ScrapeReceiver {
  private readonly options: ScrapeReceiverOptions;
  private readonly loops: LoopContext;
  private readonly providers: ProviderContext;
  private settings: ScrapeSettings;
  private runners: readonly JobRunner[] = [];
  private local: { readonly discovery: LocalDiscovery; readonly pool: ScrapePool; stop(): Promise<void> } | undefined;
  private state: 'new' | 'started' | 'stopped' = 'new';

  constructor(options: ScrapeReceiverOptions) {
    const { sink, ledger, logger, clock, registry, baseDirectory = process.cwd() } = options;
    this.options = options;
    this.settings = options.settings;
    const metrics = new ScrapeMetrics(registry, () => this.countByHealth());
    const userAgent = `Sonde/${VERSION}`;
    this.loops = { sink, ledger, clock, metrics, userAgent };
    this.providers = { clock, logger, baseDirectory, userAgent };
  }

  async start(): Promise<void> {
    if (this.state !== 'new') return;
    this.state = 'started';
    this.runners = this.settings.jobs.map((job) => this.makeRunner(job));
    await Promise.all(this.runners.map((runner) => runner.start()));
    if (this.isStarted()) this.startLocal();
  }

  async stop(): Promise<void> {
    this.state = 'stopped';
    const { local, runners } = this;
    this.local = undefined;
    this.runners = [];
    await Promise.all([...runners.map((runner) => runner.stop(() => false)), local?.stop()]);
  }

  async reload(settings: ScrapeSettings): Promise<void> {
    const before = this.settings;
    this.settings = settings;
    if (!this.isStarted()) return;
    const kept = new Map(this.runners.map((runner) => [JSON.stringify(runner.job), runner]));
    const runners = settings.jobs.map((job) => kept.get(JSON.stringify(job)) ?? this.makeRunner(job));
    const gone = this.runners.filter((runner) => !runners.includes(runner));
    const fresh = runners.filter((runner) => !this.runners.includes(runner));
    this.runners = runners;
    await Promise.all(fresh.map((runner) => runner.start()));
    // A target that moved to a changed job goes on with the same series: they are not stale.
    const labels = new Set(fresh.flatMap(({ pool }) => pool.active.map(({ target }) => JSON.stringify(target.labels))));
    await Promise.all(gone.map((runner) => runner.stop((target) => !labels.has(JSON.stringify(target.labels)))));
    if (
      JSON.stringify([before.discovery, before.intervalMs]) !==
      JSON.stringify([settings.discovery, settings.intervalMs])
    ) {
      await this.local?.stop();
      this.local = undefined;
      if (this.isStarted()) this.startLocal();
    }
  }

  targets(): readonly TargetStatus[] {
    return this.pools().flatMap((pool) => [
      ...pool.active.map((loop) => targetStatus(loop, pool.job.jobName)),
      ...pool.dropped.map((dropped) => droppedStatus(dropped, pool.job.jobName)),
    ]);
  }

  discovered(): readonly DiscoveredServer[] {
    return this.local?.discovery.servers() ?? [];
  }

  private isStarted(): boolean {
    return this.state === 'started';
  }

  private pools(): readonly ScrapePool[] {
    const pools = this.runners.map(({ pool }) => pool);
    return this.local === undefined ? pools : [...pools, this.local.pool];
  }

  private countByHealth(): Record<string, number> {
    const counts = { up: 0, down: 0, unknown: 0 };
    for (const pool of this.pools()) for (const loop of pool.active) counts[loop.status().health]++;
    return counts;
  }

  private makeRunner(job: ScrapeJob): JobRunner {
    return new JobRunner(job, this.loops, this.providers);
  }

  private startLocal(): void {
    const { enabled, intervalMs, ports } = this.settings.discovery;
    if (!enabled) return;
    const { clock, logger, recognition = RECOGNITION, ownPorts = () => [] } = this.options;
    const job = localJob(this.settings);
    const pool = new ScrapePool(job, this.loops, this.providers.baseDirectory);
    const fetcher = new HttpFetcher(job.http, this.providers.baseDirectory);
    const discovery = new LocalDiscovery({
      table: recognition,
      ports,
      intervalMs,
      clock,
      logger,
      fetcher,
      userAgent: this.loops.userAgent,
      isTaken: (port) => ownPorts().includes(port) || this.configuredPorts().has(port),
      isHealthy: (port) =>
        pool.active.some((loop) => portOf(loop.target.url) === port && loop.status().health === 'up'),
      onChange: (groups) => void pool.sync(groups),
    });
    this.local = {
      discovery,
      pool,
      async stop() {
        discovery.stop();
        fetcher.close();
        await pool.stop(() => false);
      },
    };
    void discovery.start();
  }

  /** Ports of this host that configured jobs scrape. */
  private configuredPorts(): ReadonlySet<number> {
    const hosts = new Set(['localhost', '0.0.0.0', '[::]', '[::1]', hostname().toLowerCase()]);
    for (const { address } of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
      hosts.add(address.includes(':') ? `[${address}]` : address);
    }
    const urls = this.runners.flatMap(({ pool }) => pool.active.map(({ target }) => target.url));
    const isHere = (url: string): boolean => {
      const host = new URL(url).hostname;
      return hosts.has(host) || host.startsWith('127.');
    };
    return new Set(urls.filter(isHere).map(portOf));
  }
}

/** A job like one that says nothing but its name: the defaults of the configuration. */
function localJob(settings: ScrapeSettings): ScrapeJob {
  const [job] = scrapeConfig.parse({ scrape_configs: [{ job_name: LOCAL_POOL, follow_redirects: false }] }).jobs;
  return { ...job!, intervalMs: settings.intervalMs, timeoutMs: settings.timeoutMs };
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
