/** Time as an argument, so that tests hold it in their hands. */
export interface Clock {
  /** Unix time; may jump when the system's clock is set. */
  nowMs(): number;
  /** Time from an arbitrary start that never jumps, for durations; fractions of milliseconds. */
  monotonicMs(): number;
  /** Runs `task` once after `delayMs`; the result cancels it. A waiting task does not keep the process alive. */
  schedule(delayMs: number, task: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until `advance` moves it: for tests. */
export class ManualClock implements Clock {
  private timeMs: number;
  private readonly tasks = new Set<{ readonly atMs: number; readonly run: () => void }>();

  constructor(startMs = 0) {
    this.timeMs = startMs;
  }

  nowMs(): number {
    return this.timeMs;
  }

  monotonicMs(): number {
    return this.timeMs;
  }

  schedule(delayMs: number, run: () => void): () => void {
    const task = { atMs: this.timeMs + Math.max(0, delayMs), run };
    this.tasks.add(task);
    return () => void this.tasks.delete(task);
  }

  /** How many tasks wait. */
  get waiting(): number {
    return this.tasks.size;
  }

  /** Moves on by `durationMs` and runs what falls due, in order; a task may schedule others. */
  advance(durationMs: number): void {
    const untilMs = this.timeMs + durationMs;
    for (;;) {
      const due = [...this.tasks].filter((task) => task.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.tasks.delete(due);
      this.timeMs = Math.max(this.timeMs, due.atMs);
      due.run();
    }
    this.timeMs = untilMs;
  }
}
