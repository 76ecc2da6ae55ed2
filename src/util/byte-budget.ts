/** Bytes that may be held at the same time by many holders; bounds memory where each single limit would not. */
export class ByteBudget {
  private readonly limit: number;
  private held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes held now. */
  get used(): number {
    return this.held;
  }

  /** A share that takes bytes bit by bit and gives all back at once. */
  share(): ByteShare {
    return new ByteShare(this);
  }

  /** Takes `bytes` if they fit; a single holder always may, however much it wants. */
  take(bytes: number, own: number): boolean {
    if (this.held + bytes > this.limit && this.held > own) return false;
    this.held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.held -= bytes;
  }
}

/** What one holder has of a `ByteBudget`. */
export class ByteShare {
  private readonly budget: ByteBudget;
  private held = 0;

  constructor(budget: ByteBudget) {
    this.budget = budget;
  }

  /** Takes `bytes` more; false when there is no room, and nothing was taken. */
  take(bytes: number): boolean {
    if (!this.budget.take(bytes, this.held)) return false;
    this.held += bytes;
    return true;
  }

  /** Gives back all; may be called again. */
  release(): void {
    this.budget.give(this.held);
    this.held = 0;
  }
}
