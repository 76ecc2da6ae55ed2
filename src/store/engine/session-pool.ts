/** A chDB session as far as the pool uses it. */
export interface EngineSession {
  queryAsync(sql: string, options: { readonly format: string }): Promise<EngineResult>;
  close(): void;
}

export interface EngineResult {
  bytes(): Uint8Array;
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly elapsed: number;
}

/** A lent session. */
export class PooledSession {
  private readonly open: () => EngineSession;
  session: EngineSession;
  /** Names of query parameters that were once set on it: they cannot be unset. */
  readonly parameters = new Set<string>();
  /** Set by whoever changed the session in a way that the next user must not see. */
  spoiled = false;

  constructor(open: () => EngineSession) {
    this.open = open;
    this.session = open();
  }

  /** Puts a new session in place of this one. */
  renew(): void {
    this.session.close();
    this.session = this.open();
    this.parameters.clear();
  }
}

interface Waiter {
  resolve(session: PooledSession): void;
  reject(cause: Error): void;
}

/** The work was given up before a session was free. */
export class GivenUpError extends Error {}

/**
 * Lends sessions, at most `size` at a time, in the order of asking.
 *
 * A session on which a statement failed is closed, never lent again: the engine keeps the output of a failed
 * statement and puts it in front of the next one's.
 */
export class SessionPool {
  private readonly open: () => EngineSession;
  private readonly size: number;
  private readonly idle: PooledSession[] = [];
  private readonly waiters: Waiter[] = [];
  private lent = 0;

  constructor(open: () => EngineSession, size: number) {
    this.open = open;
    this.size = size;
  }

  /** Runs `work` on a session. @throws GivenUpError when `signal` aborts while waiting for one */
  async run<T>(work: (session: PooledSession) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const pooled = await this.take(signal);
    try {
      return await work(pooled);
    } catch (cause) {
      pooled.spoiled = true;
      throw cause;
    } finally {
      this.giveBack(pooled);
    }
  }

  close(): void {
    for (const { session } of this.idle.splice(0)) session.close();
    for (const waiter of this.waiters.splice(0)) waiter.reject(new GivenUpError('the engine is stopping'));
  }

  private take(signal: AbortSignal | undefined): Promise<PooledSession> {
    if (signal?.aborted === true) return Promise.reject(new GivenUpError('given up before it ran'));
    if (this.lent < this.size) {
      this.lent++;
      return Promise.resolve(this.next());
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        resolve(session) {
          signal?.removeEventListener('abort', giveUp);
          resolve(session);
        },
        reject,
      };
      const giveUp = (): void => {
        const at = this.waiters.indexOf(waiter);
        if (at >= 0) this.waiters.splice(at, 1);
        reject(new GivenUpError('given up before it ran'));
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.waiters.push(waiter);
    });
  }

  private giveBack(pooled: PooledSession): void {
    if (pooled.spoiled) pooled.session.close();
    else this.idle.push(pooled);
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.lent--;
    else waiter.resolve(this.next());
  }

  private next(): PooledSession {
    return this.idle.pop() ?? new PooledSession(this.open);
  }
}
