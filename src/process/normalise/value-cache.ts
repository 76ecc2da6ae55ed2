import type { TextArena } from '../../util/text-arena.ts';

const SLOTS = 4096;
const MAX_BYTES = 128;

/**
 * Readings of short texts that come again and again (models, providers, operations, finish reasons), found by field
 * and bytes: several times faster than decoding and reading them anew for each span (bench: `process/pipeline`).
 * A slot holds what came last.
 */
export class ValueCache {
  private readonly fields = new Int32Array(SLOTS).fill(-1);
  private readonly bytes: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(SLOTS);
  private readonly values: (string | undefined)[] = new Array<string | undefined>(SLOTS);

  /** What `read` makes of the text at `start` to `end`; `field` tells readings apart. */
  value(
    field: number,
    arena: TextArena,
    start: number,
    end: number,
    read: (text: string) => string | undefined,
  ): string | undefined {
    const length = end - start;
    const { base } = arena;
    const inBase = end <= base.length;
    if (length === 0 || length > MAX_BYTES) return read(arena.text(start, end));
    const source = inBase ? base : arena.slice(start, end);
    const from = inBase ? start : 0;
    let hash = 0x811c9dc5 ^ field;
    for (let i = from; i < from + length; i++) hash = Math.imul(hash ^ source[i]!, 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.bytes[slot];
    if (this.fields[slot] === field && known?.length === length) {
      let i = 0;
      while (i < length && known[i] === source[from + i]) i++;
      if (i === length) return this.values[slot];
    }
    const value = read(arena.text(start, end));
    this.fields[slot] = field;
    this.bytes[slot] = source.slice(from, from + length);
    this.values[slot] = value;
    return value;
  }
}
