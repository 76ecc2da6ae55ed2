import type { ScrapeJob } from '../config.ts';
import { makeProvider, type Provider, type ProviderContext } from '../discovery/provider.ts';
import type { TargetGroup } from '../discovery-config.ts';
import type { LoopContext } from './scrape-loop.ts';
import { ScrapePool } from './scrape-pool.ts';
import type { ResolvedTarget } from './target-labels.ts';

/** One job: where its targets come from, and the pool that scrapes them. */
export class JobRunner {
  readonly job: ScrapeJob;
  readonly pool: ScrapePool;
  private readonly providers: readonly { readonly provider: Provider; readonly isQuick: boolean }[];
  /** The groups of each provider as last heard. */
  private readonly groups: (readonly TargetGroup[])[];

  constructor(job: ScrapeJob, loops: LoopContext, providers: ProviderContext) {
    this.job = job;
    this.pool = new ScrapePool(job, loops, providers.baseDirectory);
    this.providers = job.discoveries.map((settings) => ({
      provider: makeProvider(settings, providers),
      isQuick: settings.kind === 'static' || settings.kind === 'file',
    }));
    this.groups = this.providers.map(() => []);
  }

  /** Resolves when static and file targets are known; what must be asked over the network follows by itself. */
  async start(): Promise<void> {
    const started = this.providers.map(({ provider, isQuick }, i) => ({
      isQuick,
      first: provider.start((groups) => {
        this.groups[i] = groups;
        void this.pool.sync(this.groups.flat());
      }),
    }));
    await Promise.all(started.filter(({ isQuick }) => isQuick).map(({ first }) => first));
  }

  async stop(isGone: (target: ResolvedTarget) => boolean): Promise<void> {
    for (const { provider } of this.providers) provider.stop();
    await this.pool.stop(isGone);
  }
}
