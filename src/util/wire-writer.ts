const ENCODER = new TextEncoder();
const WORD = 4294967296;

/** Bytes that `begin` keeps free for a submessage's length: enough for 256 MiB. */
const LENGTH_BYTES = 4;

/**
 * Writes protobuf's wire format into one growing buffer. A submessage's length is a varint of fixed width, which
 * every decoder accepts, so that nothing is written twice.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class WireWriter {
  private buffer: Uint8Array;
  private view: DataView;
  private used = 0;

  constructor(capacity = 1024) {
    this.buffer = new Uint8Array(capacity);
    this.view = new DataView(this.buffer.buffer);
  }

  get length(): number {
    return this.used;
  }

  /** What was written; a view that later writes may leave behind. */
  finish(): Uint8Array {
    return this.buffer.subarray(0, this.used);
  }

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** A non-negative integer up to 2^53. */
  varint(value: number): void {
    this.reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.used++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.used++] = rest;
  }

  /** Any integer of 64 bits, negative ones in two's complement. */
  varint64(value: bigint): void {
    this.reserve(10);
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      this.buffer[this.used++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.buffer[this.used++] = Number(rest);
  }

  fixed64(value: bigint): void {
    this.reserve(8);
    this.view.setBigUint64(this.used, BigInt.asUintN(64, value), true);
    this.used += 8;
  }

  /** As `fixed64`, from words. */
  words(low: number, high: number): void {
    this.reserve(8);
    this.view.setUint32(this.used, low, true);
    this.view.setUint32(this.used + 4, high, true);
    this.used += 8;
  }

  /** As `fixed64`, for integers within ±2^53. */
  fixed64Number(value: number): void {
    const high = Math.floor(value / WORD);
    this.words(value - high * WORD, high);
  }

  fixed32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.used, value, true);
    this.used += 4;
  }

  double(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.used, value, true);
    this.used += 8;
  }

  /** A text field's length and content. */
  text(value: string): void {
    const at = this.begin();
    this.reserve(value.length * 3);
    this.used += ENCODER.encodeInto(value, this.buffer.subarray(this.used)).written;
    this.end(at);
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.reserve(value.length);
    this.buffer.set(value, this.used);
    this.used += value.length;
  }

  /** Begins a submessage (behind its tag); give the result to `end`. */
  begin(): number {
    this.reserve(LENGTH_BYTES);
    this.used += LENGTH_BYTES;
    return this.used;
  }

  end(begun: number): void {
    let length = this.used - begun;
    for (let i = LENGTH_BYTES; i > 0; i--) {
      this.buffer[begun - i] = (length & 0x7f) | (i > 1 ? 0x80 : 0);
      length >>>= 7;
    }
  }

  private reserve(bytes: number): void {
    const needed = this.used + bytes;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.used));
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }
}
