/** Where the demo gets its time from, so that tests run hours of it in milliseconds. */
export interface Clock {
  /** Unix time in milliseconds, with fractions; never goes back. */
  now(): number;
  /** Calls `action` once, `delayMs` from now; the returned function calls it off. */
  after(delayMs: number, action: () => void): () => void;
}

/** The machine's clock, anchored once so that a step of the system's time does not reach running requests. */
export function realClock(): Clock {
  const anchorMs = Date.now() - performance.now();
  return {
    now: () => anchorMs + performance.now(),
    after(delayMs, action) {
      const timer = setTimeout(action, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

interface Alarm {
  readonly atMs: number;
  readonly order: number;
  readonly action: () => void;
}

/** A clock that stands still until told to move; actions due at the same moment run in the order they were set. */
export class VirtualClock implements Clock {
  private nowMs: number;
  private order = 0;
  private readonly alarms: Alarm[] = [];

  constructor(startMs = 1_700_000_000_000) {
    this.nowMs = startMs;
  }

  now(): number {
    return this.nowMs;
  }

  after(delayMs: number, action: () => void): () => void {
    const alarm: Alarm = { atMs: this.nowMs + Math.max(0, delayMs), order: this.order++, action };
    let at = this.alarms.length;
    while (at > 0 && this.alarms[at - 1]!.atMs > alarm.atMs) at--;
    this.alarms.splice(at, 0, alarm);
    return () => {
      const index = this.alarms.indexOf(alarm);
      if (index >= 0) this.alarms.splice(index, 1);
    };
  }

  /** Runs everything due within the next `durationMs`, then stands at its end. */
  advance(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (let next = this.alarms[0]; next !== undefined && next.atMs <= endMs; next = this.alarms[0]) {
      this.alarms.shift();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.action();
    }
    this.nowMs = endMs;
  }

  /** Runs until nothing is set any more; the guard stops what would never end. */
  runToEnd(maxActions = 1_000_000): void {
    for (let left = maxActions; this.alarms.length > 0; left--) {
      if (left === 0) throw new Error(`still busy after ${maxActions} actions`);
      const next = this.alarms.shift()!;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.action();
    }
  }
}
