import type { Column, NumberColumn } from '../column-set.ts';
import { ColumnSet } from '../column-set.ts';
import type { ColumnType } from './column-type.ts';
import { parseColumnType } from './column-type.ts';
import { concatColumns } from './concat-columns.ts';

/**
 * Decodes a query result in ClickHouse's Native format (as it comes over HTTP: protocol revision 0).
 * @throws TypeError on a column type that is not known here, RangeError on cut-off bytes
 * @see https://clickhouse.com/docs/interfaces/specs/native-protocol/columns
 */
export function decodeNative(bytes: Uint8Array): ColumnSet {
  const reader = new NativeReader(bytes);
  const pieces = new Map<string, Column[]>();
  let rows = 0;
  while (!reader.atEnd()) {
    const columns = reader.varint();
    const blockRows = reader.varint();
    rows += blockRows;
    for (let c = 0; c < columns; c++) {
      const name = reader.text();
      const type = parseColumnType(reader.text());
      if (blockRows > 0) readPrefix(reader, type);
      const column = readColumn(reader, type, blockRows);
      const known = pieces.get(name);
      if (known === undefined) pieces.set(name, [column]);
      // A block without rows only names the columns.
      else if (blockRows > 0) known.push(column);
    }
  }
  const whole = new Map<string, Column>();
  for (const [name, columns] of pieces) whole.set(name, concatColumns(columns));
  return new ColumnSet(rows, whole);
}

/** A column without rows, of a type as the engine writes it. */
export function emptyColumn(type: string): Column {
  return readColumn(new NativeReader(new Uint8Array(0)), parseColumnType(type), 0);
}

class NativeReader {
  readonly bytes: Buffer;
  private readonly view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError('the result ends within a number');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  text(): string {
    const length = this.varint();
    const start = this.take(length);
    return this.bytes.toString('utf8', start, start + length);
  }

  uint64(): number {
    const at = this.take(8);
    return this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 2 ** 32;
  }

  /** Start of the next `length` bytes, behind which reading goes on. */
  take(length: number): number {
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError('the result ends within a column');
    return start;
  }

  /** A copy, since columns start at any byte and typed arrays do not. */
  copy(length: number): ArrayBuffer {
    const start = this.take(length);
    const copy = new ArrayBuffer(length);
    new Uint8Array(copy).set(this.bytes.subarray(start, start + length));
    return copy;
  }
}

type NumberArray = new (buffer: ArrayBuffer) => NumberColumn['values'];

const NUMBERS: Readonly<Record<string, NumberArray>> = {
  UInt8: Uint8Array,
  Bool: Uint8Array,
  Int8: Int8Array,
  Enum8: Int8Array,
  UInt16: Uint16Array,
  Date: Uint16Array,
  Int16: Int16Array,
  Enum16: Int16Array,
  UInt32: Uint32Array,
  DateTime: Uint32Array,
  IPv4: Uint32Array,
  Int32: Int32Array,
  Date32: Int32Array,
  Float32: Float32Array,
  Float64: Float64Array,
};

/** Bytes that stand before a column's values: the version of each dictionary in it. */
function readPrefix(reader: NativeReader, type: ColumnType): void {
  if (type.name === 'LowCardinality') reader.take(8);
  else for (const argument of valueArguments(type)) readPrefix(reader, argument);
}

function valueArguments(type: ColumnType): readonly ColumnType[] {
  return type.name === 'SimpleAggregateFunction' ? type.arguments.slice(1) : type.arguments;
}

function readColumn(reader: NativeReader, type: ColumnType, rows: number): Column {
  const numbers = NUMBERS[type.name];
  if (numbers !== undefined) {
    const values = new numbers(reader.copy(rows * bytesPerElement(numbers)));
    return { kind: 'number', values };
  }
  switch (type.name) {
    case 'UInt64':
      return { kind: 'big', values: new BigUint64Array(reader.copy(rows * 8)) };
    case 'Int64':
    case 'DateTime64':
      return { kind: 'big', values: new BigInt64Array(reader.copy(rows * 8)) };
    case 'String':
      return { kind: 'string', values: readStrings(reader, rows) };
    case 'FixedString': {
      const width = Number(type.literals[0]);
      return { kind: 'fixed', width, bytes: new Uint8Array(reader.copy(rows * width)) };
    }
    case 'UUID':
    case 'UInt128':
    case 'Int128':
    case 'IPv6':
      return { kind: 'fixed', width: 16, bytes: new Uint8Array(reader.copy(rows * 16)) };
    case 'Nothing':
      return { kind: 'number', values: new Uint8Array(reader.copy(rows)) };
    case 'Nullable': {
      const nulls = new Uint8Array(reader.copy(rows));
      return { kind: 'nullable', nulls, values: readColumn(reader, argument(type, 0), rows) };
    }
    case 'LowCardinality':
      return readLowCardinality(reader, argument(type, 0), rows);
    case 'Array': {
      const offsets = readOffsets(reader, rows);
      return { kind: 'array', offsets, values: readColumn(reader, argument(type, 0), offsets[rows]!) };
    }
    case 'Map': {
      const offsets = readOffsets(reader, rows);
      const keys = readColumn(reader, argument(type, 0), offsets[rows]!);
      return { kind: 'map', offsets, keys, values: readColumn(reader, argument(type, 1), offsets[rows]!) };
    }
    case 'Tuple':
      return { kind: 'tuple', elements: type.arguments.map((element) => readColumn(reader, element, rows)) };
    case 'SimpleAggregateFunction':
      return readColumn(reader, argument(type, 1), rows);
    default:
      throw new TypeError(`a result column of type ${type.name} cannot be read; cast it in the query`);
  }
}

function bytesPerElement(array: NumberArray): number {
  return (array as unknown as { readonly BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT;
}

function argument(type: ColumnType, at: number): ColumnType {
  const found = type.arguments[at];
  if (found === undefined) throw new TypeError(`a column of type ${type.name} lacks its arguments`);
  return found;
}

function readOffsets(reader: NativeReader, rows: number): Uint32Array {
  const offsets = new Uint32Array(rows + 1);
  for (let r = 1; r <= rows; r++) offsets[r] = reader.uint64();
  return offsets;
}

function readStrings(reader: NativeReader, rows: number): string[] {
  const { bytes } = reader;
  const values = new Array<string>(rows);
  for (let r = 0; r < rows; r++) {
    const length = reader.varint();
    const start = reader.take(length);
    values[r] = length === 0 ? '' : bytes.toString('utf8', start, start + length);
  }
  return values;
}

/** Width of the row's dictionary index: the low byte of the flags. */
const INDEX_BYTES = [1, 2, 4, 8] as const;

function readLowCardinality(reader: NativeReader, type: ColumnType, rows: number): Column {
  const nullable = type.name === 'Nullable';
  const inner = nullable ? argument(type, 0) : type;
  // Nothing is written for no rows, as within empty maps.
  if (rows === 0) return wrapNullable(nullable, readColumn(reader, inner, 0), new Uint8Array(0));
  const flagsAt = reader.take(8);
  const width = INDEX_BYTES[reader.bytes[flagsAt]! & 3]!;
  const dictionary = readColumn(reader, inner, reader.uint64());
  if (reader.uint64() !== rows) throw new RangeError('a dictionary column is shorter than its block');
  const buffer = reader.copy(rows * width);
  const indexes =
    width === 1
      ? new Uint8Array(buffer)
      : width === 2
        ? new Uint16Array(buffer)
        : width === 4
          ? new Uint32Array(buffer)
          : Uint32Array.from(new BigUint64Array(buffer), Number);
  // In a nullable dictionary entry 0 stands for no value.
  const nulls = nullable ? Uint8Array.from(indexes, (index) => (index === 0 ? 1 : 0)) : new Uint8Array(0);
  return wrapNullable(nullable, pick(dictionary, indexes), nulls);
}

function wrapNullable(nullable: boolean, values: Column, nulls: Uint8Array): Column {
  return nullable ? { kind: 'nullable', nulls, values } : values;
}

function pick(dictionary: Column, indexes: Uint8Array | Uint16Array | Uint32Array): Column {
  if (dictionary.kind === 'string') {
    const values = new Array<string>(indexes.length);
    for (let r = 0; r < values.length; r++) values[r] = dictionary.values[indexes[r]!]!;
    return { kind: 'string', values };
  }
  if (dictionary.kind === 'number') {
    const make = dictionary.values.constructor as new (length: number) => NumberColumn['values'];
    const values = new make(indexes.length);
    for (let r = 0; r < values.length; r++) values[r] = dictionary.values[indexes[r]!]!;
    return { kind: 'number', values };
  }
  if (dictionary.kind === 'fixed') {
    const { width } = dictionary;
    const bytes = new Uint8Array(indexes.length * width);
    for (let r = 0; r < indexes.length; r++) {
      bytes.set(dictionary.bytes.subarray(indexes[r]! * width, (indexes[r]! + 1) * width), r * width);
    }
    return { kind: 'fixed', width, bytes };
  }
  throw new TypeError(`a dictionary of ${dictionary.kind} values cannot be read; cast it in the query`);
}
