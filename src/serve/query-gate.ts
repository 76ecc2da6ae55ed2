import { SondeError } from '../model/errors.ts';

/**
 * How many queries run at once. More wait in order of arrival; when too many wait, the next is refused as
 * `overloaded`, and the client may come back. One gate a server.
 */
export class QueryGate {
  running = 0;
  private readonly maxRunning: number;
  private readonly maxWaiting: number;
  private readonly waiting = new Set<() => void>();

  constructor(maxRunning: number, maxWaiting: number) {
    this.maxRunning = maxRunning;
    this.maxWaiting = maxWaiting;
  }

  get waitingCount(): number {
    return this.waiting.size;
  }

  /**
   * Resolves when the query may run; whoever got in calls `leave` once. Rejects as `canceled` if the signal
   * is aborted first: then there is nothing to leave.
   */
  async enter(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw clientGone();
    if (this.running < this.maxRunning) {
      this.running++;
      return;
    }
    if (this.waiting.size >= this.maxWaiting) {
      throw new SondeError(`${this.running} queries run and ${this.waiting.size} wait; this one was not taken`, {
        kind: 'overloaded',
        code: 'http-too-many-queries',
        mend: 'ask again in a second, or raise server.max_concurrent_queries',
        retryAfterMs: 1000,
      });
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.waiting.delete(proceed);
        reject(clientGone());
      };
      const proceed = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      this.waiting.add(proceed);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  leave(): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.running--;
      return;
    }
    // The place is handed on: `running` stays.
    this.waiting.delete(next);
    next();
  }
}

function clientGone(): SondeError {
  return new SondeError('the client went away', { kind: 'canceled', code: 'http-canceled' });
}
