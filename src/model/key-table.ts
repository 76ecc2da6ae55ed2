const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });
const ENCODER = new TextEncoder();

/**
 * Attribute keys as small numbers. One table serves many batches, so that what processors know of a key (is it
 * content? which canonical field is it?) is worked out once a key and looked up by index a million times.
 *
 * A sender that invents keys must not fill memory: when `size` passes `KEY_TABLE_LIMIT`, whoever owns the table
 * starts a fresh one for the batches to come; batches keep the table they were decoded with.
 */
export class KeyTable {
  private readonly texts: string[] = [];
  private readonly encoded: Uint8Array[] = [];
  private readonly byText = new Map<string, number>();
  private slots = new Int32Array(1024).fill(-1);

  get size(): number {
    return this.texts.length;
  }

  text(id: number): string {
    return this.texts[id]!;
  }

  /** UTF-8 of the key; shared, not to be changed. */
  bytes(id: number): Uint8Array {
    return this.encoded[id]!;
  }

  id(text: string): number {
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const bytes = ENCODER.encode(text);
    return this.insert(text, bytes, hashBytes(bytes, 0, bytes.length));
  }

  /** The id of the key that stands in `source[start, end)`, without making a string when it is known. */
  idOfBytes(source: Uint8Array, start: number, end: number): number {
    const hash = hashBytes(source, start, end);
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot]!;
      if (id < 0) break;
      if (sameBytes(this.encoded[id]!, source, start, end)) return id;
    }
    const bytes = source.slice(start, end);
    const text = DECODER.decode(bytes);
    // Invalid UTF-8 decodes to replacement characters; it shares the id of that text.
    const known = this.byText.get(text);
    return known ?? this.insert(text, ENCODER.encode(text), hash);
  }

  private insert(text: string, bytes: Uint8Array, hash: number): number {
    const id = this.texts.length;
    this.texts.push(text);
    this.encoded.push(bytes);
    this.byText.set(text, id);
    if (this.texts.length * 2 > this.slots.length) this.rehash();
    else this.place(id, hash);
    return id;
  }

  private place(id: number, hash: number): void {
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    while (this.slots[slot]! >= 0) slot = (slot + 1) & mask;
    this.slots[slot] = id;
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    for (let id = 0; id < this.encoded.length; id++) {
      const bytes = this.encoded[id]!;
      this.place(id, hashBytes(bytes, 0, bytes.length));
    }
  }
}

/** Keys a table may hold before its owner starts a new one. */
export const KEY_TABLE_LIMIT = 50_000;

/** The current table for new batches; replaced when full. */
export class KeyTables {
  private table = new KeyTable();

  current(): KeyTable {
    if (this.table.size > KEY_TABLE_LIMIT) this.table = new KeyTable();
    return this.table;
  }
}

/** FNV-1a, 32 bits. */
function hashBytes(source: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ source[i]!, 0x01000193);
  return hash >>> 0;
}

function sameBytes(known: Uint8Array, source: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== source[start + i]) return false;
  return true;
}
