import type { WireReader } from '../../../util/wire-reader.ts';

/** A growing list of numbers that is used again for every point. */
export class NumberList {
  private values = new Float64Array(32);
  private used = 0;

  clear(): void {
    this.used = 0;
  }

  push(value: number): void {
    if (this.used === this.values.length) this.grow(this.used + 1);
    this.values[this.used++] = value;
  }

  /** The numbers; valid until the next `push` or `clear`. */
  view(): Float64Array {
    return this.values.subarray(0, this.used);
  }

  readPackedFixed64(reader: WireReader): void {
    const outer = reader.enter();
    this.grow(this.used + ((reader.end - reader.pos) >>> 3));
    while (reader.more()) {
      reader.fixed64();
      this.values[this.used++] = reader.unsigned();
    }
    reader.leave(outer);
  }

  readPackedDoubles(reader: WireReader): void {
    const outer = reader.enter();
    this.grow(this.used + ((reader.end - reader.pos) >>> 3));
    while (reader.more()) this.values[this.used++] = reader.double();
    reader.leave(outer);
  }

  private grow(needed: number): void {
    if (needed <= this.values.length) return;
    const grown = new Float64Array(Math.max(needed, this.values.length * 2));
    grown.set(this.view());
    this.values = grown;
  }
}
