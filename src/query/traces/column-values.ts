import type { Column, ColumnSet } from '../../store/index.ts';

/** An attribute as it was sent; arrays and lists are their JSON text. */
export type AttributeValue = string | number | boolean;

/** One value as a plain number; 64-bit ones rounded to doubles, NULL as null. */
export function numberAt(column: Column, row: number): number | null {
  switch (column.kind) {
    case 'number':
      return column.values[row]!;
    case 'big':
      return Number(column.values[row]!);
    case 'nullable':
      return column.nulls[row] === 1 ? null : numberAt(column.values, row);
    default:
      throw new TypeError(`a ${column.kind} column holds no numbers`);
  }
}

/** One value of a 64-bit column, exact. */
export function bigAt(column: Column, row: number): bigint {
  if (column.kind === 'big') return column.values[row]!;
  if (column.kind === 'number') return BigInt(column.values[row]!);
  throw new TypeError(`a ${column.kind} column holds no 64-bit numbers`);
}

export function textAt(column: Column, row: number): string {
  if (column.kind === 'string') return column.values[row]!;
  throw new TypeError(`a ${column.kind} column holds no text`);
}

/** One `FixedString` as lower-case hex; null when it is all zeros, which means "none" of an id. */
export function hexAt(column: Column, row: number): string | null {
  if (column.kind !== 'fixed') throw new TypeError(`a ${column.kind} column holds no ids`);
  const from = row * column.width;
  const text = Buffer.from(column.bytes.buffer, column.bytes.byteOffset + from, column.width).toString('hex');
  return /^0*$/.test(text) ? null : text;
}

/** Elements of an `Array(String)`. */
export function textsAt(column: Column, row: number): string[] {
  if (column.kind !== 'array') throw new TypeError(`a ${column.kind} column holds no lists`);
  const result: string[] = [];
  for (let i = column.offsets[row]!; i < column.offsets[row + 1]!; i++) result.push(textAt(column.values, i));
  return result;
}

/** First and behind-last index of row `row` in the elements of an array or map column. */
export function boundsAt(column: Column, row: number): readonly [from: number, to: number] {
  if (column.kind !== 'array' && column.kind !== 'map') throw new TypeError(`a ${column.kind} column has no elements`);
  return [column.offsets[row]!, column.offsets[row + 1]!];
}

export function elementsOf(column: Column): Column {
  if (column.kind === 'array') return column.values;
  throw new TypeError(`a ${column.kind} column has no elements`);
}

/** Copies the entries of one map into `into`; values as `read` gives them. */
export function addEntries(
  into: Record<string, AttributeValue>,
  column: Column,
  row: number,
  read: (values: Column, at: number) => AttributeValue,
): void {
  if (column.kind !== 'map') throw new TypeError(`a ${column.kind} column holds no maps`);
  for (let i = column.offsets[row]!; i < column.offsets[row + 1]!; i++) {
    into[textAt(column.keys, i)] = read(column.values, i);
  }
}

const readNumber = (values: Column, at: number): number => numberAt(values, at) ?? 0;
const readBool = (values: Column, at: number): boolean => numberAt(values, at) === 1;

/** All attributes of a span or log record, of its three typed maps. */
export function attributesAt(set: ColumnSet, row: number): Record<string, AttributeValue> {
  const result: Record<string, AttributeValue> = {};
  addEntries(result, set.get('attributes_string'), row, textAt);
  addEntries(result, set.get('attributes_number'), row, readNumber);
  addEntries(result, set.get('attributes_bool'), row, readBool);
  return result;
}

export function textMapAt(column: Column, row: number): Record<string, string> {
  const result: Record<string, AttributeValue> = {};
  addEntries(result, column, row, textAt);
  return result as Record<string, string>;
}

/** Fields that the content policy dropped, largest first. */
export function droppedAt(set: ColumnSet, row: number): { field: string; bytes: number }[] {
  const result: Record<string, AttributeValue> = {};
  addEntries(result, set.get('dropped'), row, readNumber);
  return Object.entries(result)
    .map(([field, bytes]) => ({ field, bytes: Number(bytes) }))
    .sort((a, b) => b.bytes - a.bytes);
}
