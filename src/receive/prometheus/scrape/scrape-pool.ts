import { SondeError } from '../../../model/errors.ts';
import type { ScrapeJob } from '../config.ts';
import type { TargetGroup } from '../discovery-config.ts';
import { HttpFetcher } from './http-fetcher.ts';
import { ScrapeLoop, type LoopContext } from './scrape-loop.ts';
import { resolveTargets, type ResolvedTarget } from './target-labels.ts';

/** A discovered target that is not scraped, and why: '' when relabelling dropped it. */
export interface DroppedTarget {
  readonly discoveredLabels: Readonly<Record<string, string>>;
  readonly fault: string;
}

/**
 * All targets of one job. `sync` makes the loops match what discovery says; loops of targets that stay the same
 * run on undisturbed.
 */
export class ScrapePool {
  readonly job: ScrapeJob;
  private readonly fetcher: HttpFetcher;
  private readonly context: LoopContext;
  private readonly loops = new Map<string, ScrapeLoop>();
  private droppedTargets: readonly DroppedTarget[] = [];
  private stopped = false;

  constructor(job: ScrapeJob, context: LoopContext, baseDirectory: string) {
    this.job = job;
    this.context = context;
    this.fetcher = new HttpFetcher(job.http, baseDirectory);
  }

  get active(): readonly ScrapeLoop[] {
    return [...this.loops.values()];
  }

  get dropped(): readonly DroppedTarget[] {
    return this.droppedTargets;
  }

  /** Resolves when targets that are gone have been marked as such. */
  async sync(groups: readonly TargetGroup[]): Promise<void> {
    if (this.stopped) return;
    const wanted = new Map<string, ResolvedTarget>();
    const dropped: DroppedTarget[] = [];
    for (const resolution of groups.flatMap((group) => resolveTargets(this.job, group))) {
      if (resolution.kind === 'target') wanted.set(resolution.target.key, resolution.target);
      else
        dropped.push({
          discoveredLabels: resolution.discoveredLabels,
          fault: 'fault' in resolution ? resolution.fault : '',
        });
    }
    const { keepDroppedTargets, limits } = this.job;
    this.droppedTargets = keepDroppedTargets > 0 ? dropped.slice(0, keepDroppedTargets) : dropped;
    const gone = [...this.loops].filter(([key]) => !wanted.has(key));
    for (const [key] of gone) this.loops.delete(key);
    for (const [key, target] of wanted) {
      if (this.loops.has(key)) continue;
      const loop = new ScrapeLoop(target, this.job, this.fetcher, this.context);
      this.loops.set(key, loop);
      loop.start();
    }
    const fault =
      limits.targetLimit > 0 && wanted.size > limits.targetLimit ? tooMany(wanted.size, limits.targetLimit) : undefined;
    for (const loop of this.loops.values()) loop.force(fault);
    await Promise.all(gone.map(([, loop]) => loop.stop(true)));
  }

  /**
   * Ends all loops; requests under way are cut short.
   * @param isGone whether a target is no more, so that its series become stale; none when Sonde itself stops
   */
  async stop(isGone: (target: ResolvedTarget) => boolean): Promise<void> {
    this.stopped = true;
    const stopping = [...this.loops.values()].map((loop) => loop.stop(isGone(loop.target)));
    this.fetcher.close();
    await Promise.all(stopping);
    this.loops.clear();
  }
}

function tooMany(count: number, limit: number): SondeError {
  return new SondeError(`the job has ${count} targets, the limit is ${limit}`, {
    kind: 'over-limit',
    code: 'scrape-target-limit',
    where: 'target_limit',
    mend: 'raise target_limit of the job, or drop targets with relabel_configs',
  });
}
