import type { TextArena } from '../util/text-arena.ts';
import type { KeyTable } from './key-table.ts';
import { grow } from './text-column.ts';

/** How a value is held; `REMOVED` marks an entry a processor took out. */
export const VALUE = { REMOVED: 0, STRING: 1, BOOL: 2, INT: 3, DOUBLE: 4, JSON: 5, BYTES: 6 } as const;
export type ValueKind = (typeof VALUE)[keyof typeof VALUE];

/** A value outside the columns: what `get` gives and `append` takes. JSON holds arrays and key-value lists. */
export type AttributeValue = string | number | boolean | { readonly json: string };

/**
 * Attributes of all rows of a batch (spans, events, links, log records) in columns.
 *
 * Rows are filled in order: `startRow()` then `append…` for each. Entries of row r are
 * `offsets[r] … offsets[r + 1] - 1`. Strings, JSON text and base64 of bytes are ranges into `arena`; numbers and
 * booleans (0, 1) stand in `number`. Integers beyond ±2^53 are held as decimal text of kind STRING, so none is
 * rounded. Afterwards entries may be removed or replaced in place (`remove`, `replaceText`), never inserted.
 */
export class AttributeTable {
  readonly keys: KeyTable;
  readonly arena: TextArena;
  /** [rows + 1] */
  offsets = new Uint32Array(17);
  /** [entries] ids in `keys` */
  key = new Uint32Array(64);
  /** [entries] */
  kind = new Uint8Array(64);
  /** [entries] */
  number = new Float64Array(64);
  /** [entries] */
  textStart = new Uint32Array(64);
  /** [entries] */
  textEnd = new Uint32Array(64);
  rows = 0;
  length = 0;

  constructor(keys: KeyTable, arena: TextArena) {
    this.keys = keys;
    this.arena = arena;
  }

  /** Makes room for a decoder that knows about how much will come; what is not used costs only memory. */
  reserve(rows: number, entries: number): void {
    if (rows + 1 > this.offsets.length) this.offsets = grow(this.offsets, rows + 1);
    if (entries > this.key.length) this.growEntries(entries);
  }

  /** Begins the next row; returns its index. */
  startRow(): number {
    const row = this.rows++;
    if (this.rows + 1 > this.offsets.length) this.offsets = grow(this.offsets, this.offsets.length * 2);
    this.offsets[row] = this.length;
    this.offsets[row + 1] = this.length;
    return row;
  }

  appendText(key: number, kind: ValueKind, start: number, end: number): void {
    const at = this.push(key, kind);
    this.textStart[at] = start;
    this.textEnd[at] = end;
  }

  appendNumber(key: number, kind: ValueKind, value: number): void {
    // `push` may replace the array, so it goes first.
    const at = this.push(key, kind);
    this.number[at] = value;
  }

  /** For decoders that hold JavaScript values (JSON bodies, tests). */
  append(key: string, value: AttributeValue): void {
    const id = this.keys.id(key);
    if (typeof value === 'boolean') this.appendNumber(id, VALUE.BOOL, value ? 1 : 0);
    else if (typeof value === 'number') {
      this.appendNumber(id, Number.isSafeInteger(value) ? VALUE.INT : VALUE.DOUBLE, value);
    } else {
      const kind = typeof value === 'string' ? VALUE.STRING : VALUE.JSON;
      const start = this.arena.add(typeof value === 'string' ? value : value.json);
      this.appendText(id, kind, start, this.arena.end);
    }
  }

  remove(entry: number): void {
    this.kind[entry] = VALUE.REMOVED;
  }

  replaceText(entry: number, text: string, kind: ValueKind = VALUE.STRING): void {
    this.textStart[entry] = this.arena.add(text);
    this.textEnd[entry] = this.arena.end;
    this.kind[entry] = kind;
  }

  /** Text of an entry of kind STRING, JSON or BYTES; numbers and booleans as they print. */
  text(entry: number): string {
    switch (this.kind[entry]) {
      case VALUE.BOOL:
        return this.number[entry] === 1 ? 'true' : 'false';
      case VALUE.INT:
      case VALUE.DOUBLE:
        return String(this.number[entry]);
      default:
        return this.arena.text(this.textStart[entry]!, this.textEnd[entry]!);
    }
  }

  value(entry: number): AttributeValue | undefined {
    switch (this.kind[entry]) {
      case VALUE.REMOVED:
        return undefined;
      case VALUE.BOOL:
        return this.number[entry] === 1;
      case VALUE.INT:
      case VALUE.DOUBLE:
        return this.number[entry]!;
      case VALUE.JSON:
        return { json: this.text(entry) };
      default:
        return this.text(entry);
    }
  }

  /** The entry of `key` in `row`, the last one if repeated; -1 if absent. */
  find(row: number, key: number): number {
    for (let i = this.offsets[row + 1]! - 1; i >= this.offsets[row]!; i--) {
      if (this.key[i] === key && this.kind[i] !== VALUE.REMOVED) return i;
    }
    return -1;
  }

  /** One row as an object; for tests and slow paths. */
  toObject(row: number): Record<string, AttributeValue> {
    const result: Record<string, AttributeValue> = {};
    for (let i = this.offsets[row]!; i < this.offsets[row + 1]!; i++) {
      const value = this.value(i);
      if (value !== undefined) result[this.keys.text(this.key[i]!)] = value;
    }
    return result;
  }

  private push(key: number, kind: ValueKind): number {
    const at = this.length++;
    if (at >= this.key.length) this.growEntries(this.key.length * 2);
    this.key[at] = key;
    this.kind[at] = kind;
    this.offsets[this.rows] = this.length;
    return at;
  }

  private growEntries(capacity: number): void {
    this.key = grow(this.key, capacity);
    this.textStart = grow(this.textStart, capacity);
    this.textEnd = grow(this.textEnd, capacity);
    const kind = new Uint8Array(capacity);
    kind.set(this.kind);
    this.kind = kind;
    const number = new Float64Array(capacity);
    number.set(this.number);
    this.number = number;
  }
}
