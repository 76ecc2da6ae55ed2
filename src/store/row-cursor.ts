import type { Column, ColumnSet } from './column-set.ts';

/** One row of a result, for readers that make objects of rows. The caller knows the columns' types. */
export class RowCursor {
  readonly set: ColumnSet;
  readonly row: number;

  constructor(set: ColumnSet, row: number) {
    this.set = set;
    this.row = row;
  }

  text(name: string): string {
    return this.set.strings(name)[this.row]!;
  }

  number(name: string): number {
    return this.set.numbers(name)[this.row]!;
  }

  big(name: string): bigint {
    return bigAt(this.set, name, this.row);
  }

  hex(name: string): string {
    return hexAt(this.set.get(name), this.row);
  }

  texts(name: string): Record<string, string> {
    return mapAt(this.set.get(name), this.row) as Record<string, string>;
  }

  numbers(name: string): Record<string, number> {
    return mapAt(this.set.get(name), this.row) as Record<string, number>;
  }

  /** The three typed maps as one. */
  attributes(): Record<string, string | number | boolean> {
    const all: Record<string, string | number | boolean> = this.texts('attributes_string');
    Object.assign(all, this.numbers('attributes_number'));
    for (const [key, value] of Object.entries(this.numbers('attributes_bool'))) all[key] = value === 1;
    return all;
  }

  /** Elements of an array column's row: from, to (exclusive) in `items`. */
  range(name: string): readonly [from: number, to: number] {
    const column = this.set.get(name);
    if (column.kind !== 'array') throw new TypeError(`column ${name} is no array`);
    return [column.offsets[this.row]!, column.offsets[this.row + 1]!];
  }

  items(name: string): Column {
    const column = this.set.get(name);
    if (column.kind !== 'array') throw new TypeError(`column ${name} is no array`);
    return column.values;
  }
}

export function bigAt(set: ColumnSet, name: string, row: number): bigint {
  const column = set.get(name);
  if (column.kind !== 'big') throw new TypeError(`column ${name} holds no 64-bit numbers`);
  return column.values[row]!;
}

export function hexAt(column: Column, row: number): string {
  if (column.kind !== 'fixed') throw new TypeError('the column holds no ids');
  const from = row * column.width;
  return Buffer.from(column.bytes.buffer, column.bytes.byteOffset + from, column.width).toString('hex');
}

export function nullableAt(set: ColumnSet, name: string, row: number): number | undefined {
  const column = set.get(name);
  if (column.kind !== 'nullable' || column.values.kind !== 'number') {
    throw new TypeError(`column ${name} holds no nullable numbers`);
  }
  return column.nulls[row] === 1 ? undefined : column.values.values[row];
}

/** A row of a map of texts or numbers. */
export function mapAt(column: Column, row: number): Record<string, string | number> {
  if (column.kind !== 'map' || column.keys.kind !== 'string') throw new TypeError('the column is no map');
  const { offsets, keys, values } = column;
  const map: Record<string, string | number> = {};
  for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
    if (values.kind === 'string' || values.kind === 'number') map[keys.values[i]!] = values.values[i]!;
  }
  return map;
}
