import type { TextColumn } from '../../../model/text-column.ts';
import { isUtf8Range, utf8Boundary } from '../../../util/utf8.ts';
import { WireReader } from '../../../util/wire-reader.ts';
import type { TextArena } from '../../../util/text-arena.ts';
import type { AttributeLimits } from '../config.ts';
import type { ResourceCache } from './resource.ts';
import { Tally } from './tally.ts';

const REPLACING = new TextDecoder('utf-8', { ignoreBOM: true });

/** What every decoding function of one request needs. */
export class DecodeContext {
  readonly reader: WireReader;
  readonly arena: TextArena;
  readonly limits: AttributeLimits;
  readonly resources: ResourceCache;
  readonly tally: Tally;
  /**
   * Key id that stood last at each place of a row: records of one sender carry the same keys in the same order, so
   * that comparing replaces hashing (bench: `receive/otlp-traces`).
   */
  readonly keyGuesses: Uint32Array;

  constructor(arena: TextArena, limits: AttributeLimits, resources: ResourceCache, tally = new Tally()) {
    this.tally = tally;
    this.reader = new WireReader(arena.base);
    this.arena = arena;
    this.limits = limits;
    this.resources = resources;
    this.keyGuesses = new Uint32Array(limits.maxAttributes);
  }

  /** Reads a text field into a column: a range of the body, or mended text when it is no UTF-8 or too long. */
  readText(column: TextColumn, row: number, maxBytes = this.limits.maxAttributeBytes): void {
    const reader = this.reader;
    reader.range();
    const start = reader.start;
    let end = reader.pos;
    if (!isUtf8Range(reader.bytes, start, end)) {
      this.tally.change('invalid-utf8', end - start);
      column.set(row, this.mended(start, end, maxBytes));
      return;
    }
    if (end - start > maxBytes) {
      const cut = utf8Boundary(reader.bytes, start, start + maxBytes);
      this.tally.change('text-truncated', end - cut);
      end = cut;
    }
    column.setRange(row, start, end);
  }

  /** A text field as a string; for what is not in the hot path. */
  readString(): string {
    const reader = this.reader;
    reader.range();
    if (!isUtf8Range(reader.bytes, reader.start, reader.pos)) {
      this.tally.change('invalid-utf8', reader.pos - reader.start);
    }
    return this.mended(reader.start, reader.pos, this.limits.maxAttributeBytes);
  }

  /** Bytes of the body as text with replacement characters for what is no UTF-8, cut at `maxBytes`. */
  mended(start: number, end: number, maxBytes: number): string {
    return REPLACING.decode(this.reader.bytes.subarray(start, Math.min(end, start + maxBytes)));
  }
}
