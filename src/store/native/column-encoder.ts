import type { KeyTable } from '../../model/key-table.ts';
import type { TextArena } from '../../util/text-arena.ts';
import { ByteBuffer } from './byte-buffer.ts';

/**
 * One column of a Native block on its way to the engine. `prefix` comes once before the values of the whole column,
 * the prefixes of nested columns included; values follow in `chunks`.
 */
export interface ColumnEncoder {
  /** ClickHouse type that heads the column. */
  readonly type: string;
  readonly rows: number;
  /** About what the column will weigh. */
  readonly byteLength: number;
  prefix(target: ByteBuffer): void;
  chunks(target: Uint8Array[]): void;
  reset(): void;
}

/** Numbers, times and FixedStrings: `width` bytes a row. Headed as the table's type, for Int64 would be seconds. */
export class FixedColumnEncoder implements ColumnEncoder {
  readonly type: string;
  readonly width: number;
  readonly buffer = new ByteBuffer();
  private readonly double = new Float64Array(1);
  private readonly doubleBytes = new Uint8Array(this.double.buffer);
  private readonly float = new Float32Array(1);
  private readonly floatBytes = new Uint8Array(this.float.buffer);

  constructor(type: string, width: number) {
    this.type = type;
    this.width = width;
  }

  get rows(): number {
    return this.buffer.length / this.width;
  }

  get byteLength(): number {
    return this.buffer.length;
  }

  pushByte(value: number): void {
    this.buffer.byte(value);
  }

  pushUint16(value: number): void {
    this.buffer.byte(value & 0xff);
    this.buffer.byte(value >>> 8);
  }

  pushUint32(value: number): void {
    this.buffer.uint32(value);
  }

  pushWords(low: number, high: number): void {
    this.buffer.words(low, high);
  }

  pushDouble(value: number): void {
    this.double[0] = value;
    this.buffer.appendRange(this.doubleBytes, 0, 8);
  }

  pushFloat(value: number): void {
    this.float[0] = value;
    this.buffer.appendRange(this.floatBytes, 0, 4);
  }

  /** Milliseconds as the ticks of a DateTime64(3). */
  pushMilliseconds(value: number): void {
    const whole = Math.floor(value);
    this.buffer.words(whole >>> 0, Math.floor(whole / 2 ** 32));
  }

  pushRange(source: Uint8Array, start: number): void {
    this.buffer.appendRange(source, start, this.width);
  }

  prefix(): void {}

  chunks(target: Uint8Array[]): void {
    target.push(this.buffer.view());
  }

  reset(): void {
    this.buffer.reset();
  }
}

export class StringColumnEncoder implements ColumnEncoder {
  readonly type = 'String';
  readonly buffer = new ByteBuffer();
  rows = 0;

  get byteLength(): number {
    return this.buffer.length;
  }

  pushText(text: string): void {
    this.rows++;
    if (text === '') this.buffer.byte(0);
    else this.buffer.text(text);
  }

  pushRange(arena: TextArena, start: number, end: number): void {
    this.rows++;
    this.buffer.range(arena, start, end);
  }

  /** `count` rows whose bytes, lengths included, are ready. */
  pushEncoded(encoded: Uint8Array, count: number): void {
    this.rows += count;
    if (encoded.length < 64) this.buffer.appendRange(encoded, 0, encoded.length);
    else this.buffer.append(encoded);
  }

  prefix(): void {}

  chunks(target: Uint8Array[]): void {
    target.push(this.buffer.view());
  }

  reset(): void {
    this.buffer.reset();
    this.rows = 0;
  }
}

const HAS_ADDITIONAL_KEYS = 1 << 9;
const NEEDS_UPDATE = 1 << 10;
const DICTIONARY_VERSION = 1;

/**
 * LowCardinality(String): each distinct text once, rows as indexes. Keys of attributes go in by their number in a
 * `KeyTable`, so that no text is touched for a key that the block has seen.
 * @see https://clickhouse.com/docs/interfaces/specs/native-protocol/columns
 */
export class DictionaryColumnEncoder implements ColumnEncoder {
  readonly type = 'LowCardinality(String)';
  private readonly texts = new ByteBuffer();
  private readonly byText = new Map<string, number>();
  private readonly byTable = new Map<KeyTable, Int32Array>();
  private lastTable: KeyTable | undefined;
  private lastIds: Int32Array = new Int32Array(0);
  private indexes = new Uint32Array(1024);
  rows = 0;

  get byteLength(): number {
    return this.texts.length + this.rows * 2;
  }

  /** The index of a text in this block. */
  indexOf(text: string): number {
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const index = this.byText.size;
    this.byText.set(text, index);
    this.texts.text(text);
    return index;
  }

  pushText(text: string): void {
    this.pushIndex(this.indexOf(text));
  }

  pushKey(table: KeyTable, id: number): void {
    if (table !== this.lastTable) this.use(table);
    let index = this.lastIds[id] ?? -1;
    if (index < 0) index = this.learn(table, id);
    this.pushIndex(index);
  }

  pushIndex(index: number): void {
    if (this.rows === this.indexes.length) {
      const grown = new Uint32Array(this.rows * 2);
      grown.set(this.indexes);
      this.indexes = grown;
    }
    this.indexes[this.rows++] = index;
  }

  pushIndexes(indexes: Uint32Array): void {
    for (let i = 0; i < indexes.length; i++) this.pushIndex(indexes[i]!);
  }

  prefix(target: ByteBuffer): void {
    target.uint64(DICTIONARY_VERSION);
  }

  chunks(target: Uint8Array[]): void {
    // Nothing at all is written for no rows, as in maps that are all empty.
    if (this.rows === 0) return;
    const size = this.byText.size;
    const width = size <= 0x100 ? 0 : size <= 0x10000 ? 1 : 2;
    const head = new ByteBuffer(16);
    head.uint64(HAS_ADDITIONAL_KEYS | NEEDS_UPDATE | width);
    head.uint64(size);
    const tail = new ByteBuffer(8);
    tail.uint64(this.rows);
    const used = this.indexes.subarray(0, this.rows);
    const narrow = width === 0 ? Uint8Array.from(used) : width === 1 ? Uint16Array.from(used) : used;
    target.push(
      head.view(),
      this.texts.view(),
      tail.view(),
      new Uint8Array(narrow.buffer, narrow.byteOffset, narrow.byteLength),
    );
  }

  reset(): void {
    this.texts.reset();
    this.byText.clear();
    this.byTable.clear();
    this.lastTable = undefined;
    this.rows = 0;
  }

  private use(table: KeyTable): void {
    let ids = this.byTable.get(table);
    if (ids === undefined) {
      ids = new Int32Array(Math.max(64, table.size)).fill(-1);
      this.byTable.set(table, ids);
    }
    this.lastTable = table;
    this.lastIds = ids;
  }

  private learn(table: KeyTable, id: number): number {
    if (id >= this.lastIds.length) {
      const grown = new Int32Array(Math.max(id + 1, this.lastIds.length * 2)).fill(-1);
      grown.set(this.lastIds);
      this.byTable.set(table, grown);
      this.lastIds = grown;
    }
    const index = this.indexOf(table.text(id));
    this.lastIds[id] = index;
    return index;
  }
}

/** Nullable(T) over a column of fixed width: push to `values` (a zero where there is none) and mark here. */
export class NullableColumnEncoder implements ColumnEncoder {
  readonly values: FixedColumnEncoder;
  private readonly nulls = new ByteBuffer();

  constructor(values: FixedColumnEncoder) {
    this.values = values;
  }

  get type(): string {
    return `Nullable(${this.values.type})`;
  }

  get rows(): number {
    return this.nulls.length;
  }

  get byteLength(): number {
    return this.nulls.length + this.values.byteLength;
  }

  /** Marks a row whose value has been pushed to `values`. */
  mark(): void {
    this.nulls.byte(0);
  }

  pushNull(): void {
    this.nulls.byte(1);
    this.values.buffer.zeros(this.values.width);
  }

  prefix(): void {}

  chunks(target: Uint8Array[]): void {
    target.push(this.nulls.view());
    this.values.chunks(target);
  }

  reset(): void {
    this.nulls.reset();
    this.values.reset();
  }
}

/** Array(T): push elements to `values`, then `endRow`. */
export class ArrayColumnEncoder<V extends ColumnEncoder> implements ColumnEncoder {
  readonly values: V;
  private readonly offsets = new ByteBuffer();

  constructor(values: V) {
    this.values = values;
  }

  get type(): string {
    return `Array(${this.values.type})`;
  }

  get rows(): number {
    return this.offsets.length / 8;
  }

  get byteLength(): number {
    return this.offsets.length + this.values.byteLength;
  }

  endRow(): void {
    this.offsets.words(this.values.rows, 0);
  }

  prefix(target: ByteBuffer): void {
    this.values.prefix(target);
  }

  chunks(target: Uint8Array[]): void {
    target.push(this.offsets.view());
    this.values.chunks(target);
  }

  reset(): void {
    this.offsets.reset();
    this.values.reset();
  }
}

/** Map(LowCardinality(String), V): push a key and a value for each entry, then `endRow`. */
export class MapColumnEncoder<V extends ColumnEncoder> implements ColumnEncoder {
  readonly keys = new DictionaryColumnEncoder();
  readonly values: V;
  private readonly offsets = new ByteBuffer();

  constructor(values: V) {
    this.values = values;
  }

  get type(): string {
    return `Map(${this.keys.type}, ${this.values.type})`;
  }

  get rows(): number {
    return this.offsets.length / 8;
  }

  get byteLength(): number {
    return this.offsets.length + this.keys.byteLength + this.values.byteLength;
  }

  endRow(): void {
    this.offsets.words(this.keys.rows, 0);
  }

  prefix(target: ByteBuffer): void {
    this.keys.prefix(target);
    this.values.prefix(target);
  }

  chunks(target: Uint8Array[]): void {
    target.push(this.offsets.view());
    this.keys.chunks(target);
    this.values.chunks(target);
  }

  reset(): void {
    this.offsets.reset();
    this.keys.reset();
    this.values.reset();
  }
}
