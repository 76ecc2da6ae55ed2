import { SondeError } from '../../model/errors.ts';

/** When a queue is full: by then some of it has gone. */
const RETRY_AFTER_MS = 1_000;

/** Bounds what waits for the engine. A batch larger than the whole budget is let in when nothing else waits. */
export class ByteBudget {
  private readonly limitBytes: number;
  private readonly what: string;
  usedBytes = 0;

  constructor(what: string, limitBytes: number) {
    this.what = what;
    this.limitBytes = limitBytes;
  }

  /** @throws SondeError `store-queue-full` */
  take(bytes: number): void {
    if (this.usedBytes > 0 && this.usedBytes + bytes > this.limitBytes) {
      throw new SondeError(`${this.what} that wait to be stored fill their queue of ${this.limitBytes} bytes`, {
        kind: 'overloaded',
        code: 'store-queue-full',
        mend: 'send less or later; raise store.queue_bytes if this is a short burst',
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    this.usedBytes += bytes;
  }

  release(bytes: number): void {
    this.usedBytes -= bytes;
  }
}
