const INITIAL_ENTRIES = 256;
/** Texts longer than this are compared natively: the call costs as much as so many bytes in a loop. */
const LONG_TEXT = 128;

/**
 * The distinct line texts of one target's answers (series as written, comment lines), as small numbers.
 *
 * A target answers with the same lines in the same order, scrape after scrape: `successor` remembers which text
 * followed which, so that a known line costs one comparison of bytes, neither a scan nor a hash nor a string
 * (bench: `receive/scrape`).
 */
export class TextIndex {
  private arena!: Buffer<ArrayBuffer>;
  private used!: number;
  private start!: Uint32Array;
  private end!: Uint32Array;
  private hash!: Uint32Array;
  private slots!: Int32Array;
  /** [length + 1] the text that followed text `id - 1` the last time, -1 if none; [0] is the first of all */
  successor!: Int32Array;
  length!: number;

  constructor() {
    this.clear();
  }

  /** Length in bytes of the text `id`. */
  sizeOf(id: number): number {
    return this.end[id]! - this.start[id]!;
  }

  /** Whether the text `id` stands in `body` at `at`. */
  matches(id: number, body: Uint8Array, at: number): boolean {
    const { arena } = this;
    const start = this.start[id]!;
    const size = this.end[id]! - start;
    if (at + size >= body.length) return false;
    if (size > LONG_TEXT) return arena.compare(body, at, at + size, start, start + size) === 0;
    for (let i = 0; i < size; i++) if (arena[start + i] !== body[at + i]) return false;
    return true;
  }

  /** The text `body[start, end)`, or -1 if it is not known. */
  find(body: Uint8Array, start: number, end: number): number {
    const hash = hashOf(body, start, end);
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot]!;
      if (id < 0) return -1;
      if (this.hash[id] === hash && this.sizeOf(id) === end - start && this.matches(id, body, start)) return id;
    }
  }

  /** Adds a text that `find` does not know; returns its number. */
  add(body: Uint8Array, start: number, end: number): number {
    const id = this.length++;
    if (id >= this.start.length) this.grow();
    const size = end - start;
    if (this.used + size > this.arena.length) {
      const arena = Buffer.alloc(Math.max(this.arena.length * 2, this.used + size));
      arena.set(this.arena.subarray(0, this.used));
      this.arena = arena;
    }
    this.arena.set(body.subarray(start, end), this.used);
    this.start[id] = this.used;
    this.used += size;
    this.end[id] = this.used;
    this.hash[id] = hashOf(body, start, end);
    this.place(id);
    return id;
  }

  /** Forgets everything and gives its memory back. */
  clear(): void {
    this.arena = Buffer.alloc(INITIAL_ENTRIES * 64);
    this.used = 0;
    this.start = new Uint32Array(INITIAL_ENTRIES);
    this.end = new Uint32Array(INITIAL_ENTRIES);
    this.hash = new Uint32Array(INITIAL_ENTRIES);
    this.slots = new Int32Array(INITIAL_ENTRIES * 2).fill(-1);
    this.successor = new Int32Array(INITIAL_ENTRIES + 1).fill(-1);
    this.length = 0;
  }

  private place(id: number): void {
    const mask = this.slots.length - 1;
    let slot = this.hash[id]! & mask;
    while (this.slots[slot]! >= 0) slot = (slot + 1) & mask;
    this.slots[slot] = id;
  }

  private grow(): void {
    const capacity = this.start.length * 2;
    this.start = resized(this.start, capacity);
    this.end = resized(this.end, capacity);
    this.hash = resized(this.hash, capacity);
    const successor = new Int32Array(capacity + 1).fill(-1);
    successor.set(this.successor);
    this.successor = successor;
    this.slots = new Int32Array(capacity * 2).fill(-1);
    for (let id = 0; id < this.length - 1; id++) this.place(id);
  }
}

function resized(array: Uint32Array, capacity: number): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(capacity);
  grown.set(array);
  return grown;
}

/** FNV-1a, 32 bits. */
function hashOf(body: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ body[i]!, 0x01000193);
  // FNV's low bits are weak for texts that differ in their last byte only.
  return (hash ^ (hash >>> 15)) >>> 0;
}
