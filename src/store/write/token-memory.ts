/**
 * Remembers batches by their deduplication token, those on their way and those lately stored, so that a client's
 * second send of a batch is answered with the first one's outcome.
 */
export class TokenMemory<T> {
  private readonly limit: number;
  private readonly outcomes = new Map<string, Promise<T>>();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** The outcome of an earlier batch of the same token; undefined if there was none or it failed. */
  get(token: string): Promise<T> | undefined {
    return this.outcomes.get(token);
  }

  /** Remembers `outcome` for `token`; forgets it when it fails, so that the next send is tried again. */
  remember(token: string, outcome: Promise<T>): void {
    this.outcomes.set(token, outcome);
    outcome.catch(() => {
      if (this.outcomes.get(token) === outcome) this.outcomes.delete(token);
    });
    if (this.outcomes.size <= this.limit) return;
    for (const oldest of this.outcomes.keys()) {
      this.outcomes.delete(oldest);
      break;
    }
  }
}
