import { ByteBuffer } from './byte-buffer.ts';
import type { ColumnEncoder } from './column-encoder.ts';

/**
 * The rows of one insert, column by column, in the order and under the names of a table's descriptor.
 * Columns are filled evenly: `chunks` throws where one is shorter than another.
 */
export class BlockEncoder<C extends Readonly<Record<string, ColumnEncoder>>> {
  readonly columns: C;
  private readonly entries: readonly (readonly [string, ColumnEncoder])[];

  constructor(columns: C) {
    this.columns = columns;
    this.entries = Object.entries(columns);
  }

  get names(): readonly string[] {
    return this.entries.map(([name]) => name);
  }

  get rows(): number {
    return this.entries[0]?.[1].rows ?? 0;
  }

  /** About what the block weighs. */
  get byteLength(): number {
    let sum = 0;
    for (const [, column] of this.entries) sum += column.byteLength;
    return sum;
  }

  /** The block in Native format, as pieces that stay valid until `reset` or the next push. */
  chunks(): Uint8Array[] {
    const { rows } = this;
    const head = new ByteBuffer(64);
    head.varint(this.entries.length);
    head.varint(rows);
    const chunks = [head.view()];
    for (const [name, column] of this.entries) {
      if (column.rows !== rows) throw new RangeError(`column ${name} has ${column.rows} rows of ${rows}`);
      const before = new ByteBuffer(128);
      before.text(name);
      before.text(column.type);
      column.prefix(before);
      chunks.push(before.view());
      column.chunks(chunks);
    }
    return chunks;
  }

  reset(): void {
    for (const [, column] of this.entries) column.reset();
  }
}
