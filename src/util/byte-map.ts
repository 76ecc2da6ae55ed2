/** Entry of a `ByteMap`. */
interface Entry<V> {
  readonly hash: number;
  readonly seed: number;
  readonly key: Uint8Array;
  value: V;
}

/**
 * Map from byte ranges (under a number, `seed`) to values: looking up makes neither string nor object.
 * Open addressing, grows at half full, nothing is ever removed.
 */
export class ByteMap<V> {
  /** Length of all keys together. */
  keyBytes = 0;
  private readonly entries: Entry<V>[] = [];
  private slots = new Int32Array(256).fill(-1);

  get size(): number {
    return this.entries.length;
  }

  get(
    seed: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    hash = hashRange(seed, bytes, start, end),
  ): V | undefined {
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = this.slots[slot]!;
      if (index < 0) return undefined;
      const entry = this.entries[index]!;
      if (entry.hash === hash && entry.seed === seed && sameBytes(entry.key, bytes, start, end)) return entry.value;
    }
  }

  /** Adds a key that is not there yet; the range is copied. */
  add(seed: number, bytes: Uint8Array, start: number, end: number, value: V): void {
    const hash = hashRange(seed, bytes, start, end);
    this.keyBytes += end - start;
    const index = this.entries.push({ hash, seed, key: bytes.slice(start, end), value }) - 1;
    if (this.entries.length * 2 > this.slots.length) this.rehash();
    else this.place(hash, index);
  }

  private place(hash: number, index: number): void {
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    while (this.slots[slot]! >= 0) slot = (slot + 1) & mask;
    this.slots[slot] = index;
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    for (let index = 0; index < this.entries.length; index++) this.place(this.entries[index]!.hash, index);
  }
}

/**
 * A `ByteMap` that keeps what was in use lately: between half of the limit and the limit, in entries and in bytes of
 * keys. When the young half is full, the old half is forgotten.
 */
export class RecentByteMap<V> {
  private readonly half: number;
  private readonly halfBytes: number;
  private young = new ByteMap<V>();
  private old = new ByteMap<V>();

  constructor(limit: number, limitBytes: number) {
    this.half = Math.max(1, Math.floor(limit / 2));
    this.halfBytes = limitBytes / 2;
  }

  get size(): number {
    return this.young.size + this.old.size;
  }

  get(seed: number, bytes: Uint8Array, start: number, end: number): V | undefined {
    const hash = hashRange(seed, bytes, start, end);
    const value = this.young.get(seed, bytes, start, end, hash);
    if (value !== undefined) return value;
    const aged = this.old.get(seed, bytes, start, end, hash);
    if (aged !== undefined) this.add(seed, bytes, start, end, aged);
    return aged;
  }

  add(seed: number, bytes: Uint8Array, start: number, end: number, value: V): void {
    if (this.young.size >= this.half || (this.young.size > 0 && this.young.keyBytes + end - start > this.halfBytes)) {
      this.old = this.young;
      this.young = new ByteMap<V>();
    }
    this.young.add(seed, bytes, start, end, value);
  }
}

/** FNV-1a over the range, begun at `seed`, mixed so that the low bits can choose a slot. */
function hashRange(seed: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

function sameBytes(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
