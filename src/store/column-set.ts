/** Numbers of up to 53 bits in the array that fits their type; `Bool`, `Date` (days), `DateTime` (seconds) too. */
export interface NumberColumn {
  readonly kind: 'number';
  readonly values:
    Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;
}

/** 64-bit numbers; `DateTime64(n)` as ticks of 10^-n seconds since 1970. */
export interface BigColumn {
  readonly kind: 'big';
  readonly values: BigInt64Array | BigUint64Array;
}

/** `String` and `LowCardinality(String)`; equal texts of the latter share one string. */
export interface StringColumn {
  readonly kind: 'string';
  readonly values: readonly string[];
}

/** `FixedString(width)`: row r is `bytes[r * width … (r + 1) * width)`. */
export interface FixedColumn {
  readonly kind: 'fixed';
  readonly width: number;
  readonly bytes: Uint8Array;
}

/** `Nullable(T)`: `nulls[r]` is 1 where row r has no value. */
export interface NullableColumn {
  readonly kind: 'nullable';
  readonly nulls: Uint8Array;
  readonly values: Column;
}

/** `Array(T)`: elements of row r are `offsets[r] … offsets[r + 1] - 1` of `values`. */
export interface ArrayColumn {
  readonly kind: 'array';
  /** [rows + 1] */
  readonly offsets: Uint32Array;
  readonly values: Column;
}

/** `Map(K, V)`: entries of row r are `offsets[r] … offsets[r + 1] - 1` of `keys` and `values`. */
export interface MapColumn {
  readonly kind: 'map';
  /** [rows + 1] */
  readonly offsets: Uint32Array;
  readonly keys: Column;
  readonly values: Column;
}

export interface TupleColumn {
  readonly kind: 'tuple';
  readonly elements: readonly Column[];
}

/** One result column, typed as the engine's type is. */
export type Column =
  NumberColumn | BigColumn | StringColumn | FixedColumn | NullableColumn | ArrayColumn | MapColumn | TupleColumn;

/** A query's whole result, column by column. */
export class ColumnSet {
  readonly rows: number;
  readonly names: readonly string[];
  private readonly columns: ReadonlyMap<string, Column>;

  constructor(rows: number, columns: ReadonlyMap<string, Column>) {
    this.rows = rows;
    this.columns = columns;
    this.names = [...columns.keys()];
  }

  /** @throws RangeError when the query names no such column */
  get(name: string): Column {
    const column = this.columns.get(name);
    if (column === undefined) throw new RangeError(`no column ${name} among ${this.names.join(', ')}`);
    return column;
  }

  /** Numbers as they are, 64-bit ones rounded to doubles. @throws TypeError when the column holds no numbers */
  numbers(name: string): ArrayLike<number> {
    const column = this.get(name);
    if (column.kind === 'number') return column.values;
    if (column.kind === 'big') return Float64Array.from(column.values as BigInt64Array, Number);
    throw new TypeError(`column ${name} is a ${column.kind} column, not numbers`);
  }

  /** @throws TypeError when the column holds no text */
  strings(name: string): readonly string[] {
    const column = this.get(name);
    if (column.kind === 'string') return column.values;
    throw new TypeError(`column ${name} is a ${column.kind} column, not text`);
  }
}
