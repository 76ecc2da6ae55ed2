/**
 * Ranges of a buffer that are meant as one text. As long as they stand side by side nothing is copied; when there
 * is a gap they are gathered in a buffer of its own.
 */
export class ByteRun {
  /** Where the run stands; valid until the next `clear`. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  private gathered = new Uint8Array(0);

  clear(): void {
    this.start = 0;
    this.end = 0;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    if (this.start === this.end) {
      this.bytes = bytes;
      this.start = start;
      this.end = end;
    } else if (this.bytes === bytes && this.end === start) this.end = end;
    else this.gather(bytes, start, end);
  }

  private gather(bytes: Uint8Array, start: number, end: number): void {
    const known = this.end - this.start;
    const length = known + end - start;
    if (this.bytes !== this.gathered || length > this.gathered.length) {
      const grown = new Uint8Array(Math.max(length * 2, 256));
      grown.set(this.bytes.subarray(this.start, this.end));
      this.gathered = grown;
      this.bytes = grown;
      this.start = 0;
    }
    this.gathered.set(bytes.subarray(start, end), this.start + known);
    this.end = this.start + length;
  }
}
