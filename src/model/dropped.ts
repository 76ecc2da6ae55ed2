import { grow } from './text-column.ts';

/**
 * Which fields of which rows the content policy took out, and how large they were: what a page may still say of
 * them ("dropped by policy: input messages, 24 kB").
 */
export class DroppedFields {
  length = 0;
  /** [length] row in the batch; ascending when the processor goes row by row */
  row = new Uint32Array(8);
  /** [length] key id in the batch's KeyTable */
  key = new Uint32Array(8);
  /** [length] UTF-8 size of what was dropped */
  bytes = new Uint32Array(8);

  add(row: number, key: number, bytes: number): void {
    const at = this.length++;
    if (at >= this.row.length) {
      const capacity = this.row.length * 2;
      this.row = grow(this.row, capacity);
      this.key = grow(this.key, capacity);
      this.bytes = grow(this.bytes, capacity);
    }
    this.row[at] = row;
    this.key[at] = key;
    this.bytes[at] = bytes;
  }
}
