const NONE = -1;

/**
 * KV-cache blocks: counted references, and full blocks found again by the hash of the prompt up to their end.
 * A block nobody holds keeps its content and stays findable until it is needed for something else, least recently
 * used first. So `free` counts blocks that can be had, findable or not, as vLLM's usage gauge does.
 *
 * @see https://docs.vllm.ai/en/latest/design/prefix_caching.html
 */
export class BlockPool {
  readonly size: number;
  private readonly references: Int32Array;
  private readonly hashes: Float64Array;
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly byHash = new Map<number, number>();
  private head: number;
  private tail: number;
  private freeCount: number;

  constructor(size: number) {
    this.size = size;
    this.references = new Int32Array(size);
    this.hashes = new Float64Array(size);
    this.next = Int32Array.from({ length: size }, (_, i) => (i + 1 < size ? i + 1 : NONE));
    this.previous = Int32Array.from({ length: size }, (_, i) => i - 1);
    this.head = size > 0 ? 0 : NONE;
    this.tail = size - 1;
    this.freeCount = size;
  }

  get free(): number {
    return this.freeCount;
  }

  /** Share of blocks that requests hold, 0..1. */
  get usageRatio(): number {
    return this.size === 0 ? 0 : 1 - this.freeCount / this.size;
  }

  /** The block that holds this prefix, or -1. */
  find(hash: number): number {
    return this.byHash.get(hash) ?? NONE;
  }

  isHeld(block: number): boolean {
    return this.references[block]! > 0;
  }

  referencesOf(block: number): number {
    return this.references[block]!;
  }

  /** Takes a share in a block that was found. */
  share(block: number): void {
    if (this.references[block]!++ === 0) this.unlink(block);
  }

  /** A block for new content; what it held is forgotten. -1 when none is free. */
  take(): number {
    const block = this.head;
    if (block === NONE) return NONE;
    this.unlink(block);
    this.forget(block);
    this.references[block] = 1;
    return block;
  }

  /** Gives a share back; the last one makes the block free, to be reused after all that are free already. */
  release(block: number): void {
    if (--this.references[block]! > 0) return;
    this.previous[block] = this.tail;
    this.next[block] = NONE;
    if (this.tail === NONE) this.head = block;
    else this.next[this.tail] = block;
    this.tail = block;
    this.freeCount++;
  }

  /** Makes a full block findable; the first block with a prefix keeps the name. */
  name(block: number, hash: number): void {
    if (this.byHash.has(hash)) return;
    this.hashes[block] = hash;
    this.byHash.set(hash, block);
  }

  private forget(block: number): void {
    const hash = this.hashes[block]!;
    if (hash === 0) return;
    this.byHash.delete(hash);
    this.hashes[block] = 0;
  }

  private unlink(block: number): void {
    const before = this.previous[block]!;
    const after = this.next[block]!;
    if (before === NONE) this.head = after;
    else this.next[before] = after;
    if (after === NONE) this.tail = before;
    else this.previous[after] = before;
    this.freeCount--;
  }
}
