import { SondeError } from '../../model/errors.ts';

export interface QueryLimits {
  /** Samples a query may load and produce in all. */
  readonly maxSamples: number;
  readonly maxSeries: number;
  /** Steps of a range query. */
  readonly maxSteps: number;
  readonly timeoutMs: number;
  /** Memory of the engine for one query's reads. */
  readonly memoryBytes: number;
}

export function tooManySamples(needed: number, maxSamples: number): SondeError {
  return new SondeError(`the query would load ${needed} samples, the limit is ${maxSamples}`, {
    kind: 'over-limit',
    code: 'query-too-many-samples',
    mend: 'shorten the range, widen the step, select fewer series, or raise query.max_samples',
  });
}

export function tooManySeries(found: number, maxSeries: number): SondeError {
  return new SondeError(`the query selects ${found} series, the limit is ${maxSeries}`, {
    kind: 'over-limit',
    code: 'query-too-many-series',
    mend: 'name a metric or add label matchers, or raise query.max_series',
  });
}

/** How long synchronous work may hold the event loop before others get a turn. */
const SLICE_MS = 12;

/** What a running query has used, and its end when that is too much or nobody waits any more. */
export class Budget {
  samples = 0;
  /** Stored samples that were looked at, for statistics. */
  samplesRead = 0;
  private readonly limits: QueryLimits;
  private readonly signal: AbortSignal | undefined;
  private readonly now: () => number;
  private readonly deadlineMs: number;
  private sliceStartMs: number;

  constructor(limits: QueryLimits, signal: AbortSignal | undefined, now: () => number) {
    this.limits = limits;
    this.signal = signal;
    this.now = now;
    this.deadlineMs = now() + limits.timeoutMs;
    this.sliceStartMs = now();
  }

  get remainingSamples(): number {
    return Math.max(0, this.limits.maxSamples - this.samples);
  }

  get remainingMs(): number {
    return Math.max(1, this.deadlineMs - this.now());
  }

  take(samples: number): void {
    this.samples += samples;
    if (this.samples > this.limits.maxSamples) throw tooManySamples(this.samples, this.limits.maxSamples);
  }

  /** Refuses a grid whose every series would be larger than all that is left. */
  allowSteps(steps: number): void {
    if (steps > this.remainingSamples) throw tooManySamples(this.samples + steps, this.limits.maxSamples);
  }

  /** Ends the query if its time is up or its client has gone. */
  check(): void {
    if (this.signal?.aborted === true) {
      throw new SondeError('the query was canceled', { kind: 'canceled', code: 'query-canceled' });
    }
    if (this.now() > this.deadlineMs) {
      throw new SondeError(`the query took longer than ${this.limits.timeoutMs} ms`, {
        kind: 'timeout',
        code: 'query-timeout',
        mend: 'shorten the range, widen the step, or raise query.timeout',
      });
    }
  }

  /** To be awaited in long loops: lets others run when this query held the thread for some milliseconds. */
  async breathe(): Promise<void> {
    if (this.now() - this.sliceStartMs < SLICE_MS) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.sliceStartMs = this.now();
    this.check();
  }
}
