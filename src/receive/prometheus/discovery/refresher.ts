import type { Clock } from '../../../util/clock.ts';

/** Runs something now, then again and again, each time the interval after the last has ended; never two at a time. */
export class Refresher {
  private readonly clock: Clock;
  private readonly intervalMs: number;
  private readonly look: () => Promise<void>;
  private cancel: () => void = () => undefined;
  private stopped = false;
  private running: Promise<void> | undefined;
  private askedAgain = false;

  /** @param look must not reject */
  constructor(clock: Clock, intervalMs: number, look: () => Promise<void>) {
    this.clock = clock;
    this.intervalMs = intervalMs;
    this.look = look;
  }

  /** Looks at once; a look under way is followed by another, as it may have missed what happened since it began. */
  run(): Promise<void> {
    if (this.stopped) return Promise.resolve();
    if (this.running !== undefined) {
      this.askedAgain = true;
      return this.running;
    }
    this.cancel();
    this.running = this.lookUntilQuiet().finally(() => {
      this.running = undefined;
      if (!this.stopped) this.cancel = this.clock.schedule(this.intervalMs, () => void this.run());
    });
    return this.running;
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  private async lookUntilQuiet(): Promise<void> {
    do {
      this.askedAgain = false;
      await this.look();
    } while (this.askedAgain && !this.stopped);
  }
}
