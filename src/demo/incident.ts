import type { Clock } from './clock.ts';
import { LONG_PROMPTS, STABLE, type Deployment } from './app/deployment.ts';

export interface IncidentTruth {
  readonly active: boolean;
  /** Incidents begun since the start. */
  readonly count: number;
  /** Unix milliseconds of the latest one; undefined before the first. */
  readonly beganMs: number | undefined;
  readonly endedMs: number | undefined;
}

/**
 * The demo's incident: a deploy makes prompts 2.8 times longer and their beginnings different each time. Nothing else
 * is touched; that the KV cache fills, requests are preempted and queue, users wait and some leave, follows from the
 * engines. It ends with the rollback.
 */
export class Incident {
  private readonly clock: Clock;
  private readonly deploy: (deployment: Deployment) => void;
  private count = 0;
  private beganMs: number | undefined;
  private endedMs: number | undefined;
  private cancelEnd: (() => void) | undefined;
  private cancelStart: (() => void) | undefined;

  constructor(clock: Clock, deploy: (deployment: Deployment) => void) {
    this.clock = clock;
    this.deploy = deploy;
  }

  /** Begins the incident, or makes the one under way last `durationMs` from now. */
  trigger(durationMs: number): void {
    if (this.cancelEnd === undefined) {
      this.count++;
      this.beganMs = this.clock.now();
      this.endedMs = undefined;
      this.deploy(LONG_PROMPTS);
    }
    this.cancelEnd?.();
    this.cancelEnd = this.clock.after(durationMs, () => this.end());
  }

  /** Triggers by itself, `delayMs` from now. */
  schedule(delayMs: number, durationMs: number): void {
    this.cancelStart = this.clock.after(delayMs, () => this.trigger(durationMs));
  }

  /** Rolls back; without an incident, nothing happens. */
  end(): void {
    if (this.cancelEnd === undefined) return;
    this.cancelEnd();
    this.cancelEnd = undefined;
    this.endedMs = this.clock.now();
    this.deploy(STABLE);
  }

  /** Forgets what was scheduled. */
  stop(): void {
    this.cancelStart?.();
    this.cancelEnd?.();
    this.cancelEnd = undefined;
  }

  truth(): IncidentTruth {
    return {
      active: this.cancelEnd !== undefined,
      count: this.count,
      beganMs: this.beganMs,
      endedMs: this.endedMs,
    };
  }
}
