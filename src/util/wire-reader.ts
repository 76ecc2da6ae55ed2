const MALFORMED_VARINT = 'a varint is longer than ten bytes';
const PAST_END = 'the message ends in the middle of a field';

/** Wire types that OTLP uses; groups (3, 4) and 6, 7 are refused. */
export const WIRE = { VARINT: 0, FIXED64: 1, LENGTH: 2, FIXED32: 5 } as const;

/** Bytes that are not protobuf, and where. */
export class WireError extends Error {
  /** Byte of the message at which it was noticed. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'WireError';
    this.offset = offset;
  }
}

/**
 * Cursor over protobuf's wire format that allocates nothing: 64-bit values come as word pairs (`low`, `high`),
 * texts and submessages as ranges (`start`, `pos`). A message is read as
 * `const outer = reader.enter(); while (reader.more()) { switch (reader.tag()) … }; reader.leave(outer)`.
 * Every read checks the end of the innermost message and throws `WireError`.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class WireReader {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  pos: number;
  end: number;
  /** Words of the last 64-bit value, unsigned. */
  low = 0;
  high = 0;
  /** First byte of the last range; it ends at `pos`. */
  start = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.pos = start;
    this.end = end;
  }

  more(): boolean {
    return this.pos < this.end;
  }

  /** Field number and wire type as they stand on the wire: `number << 3 | type`. */
  tag(): number {
    const at = this.pos;
    const tag = this.varint32();
    if (tag < 8) throw new WireError('a field has the number 0', at);
    return tag;
  }

  /** A varint's low 32 bits, unsigned. */
  varint32(): number {
    const bytes = this.bytes;
    let pos = this.pos;
    const end = this.end;
    if (pos < end) {
      const first = bytes[pos++]!;
      if (first < 0x80) {
        this.pos = pos;
        return first;
      }
      let value = first & 0x7f;
      for (let shift = 7; shift < 70; shift += 7) {
        if (pos >= end) throw new WireError(PAST_END, pos);
        const byte = bytes[pos++]!;
        if (shift < 32) value |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
          this.pos = pos;
          return value >>> 0;
        }
      }
      throw new WireError(MALFORMED_VARINT, this.pos);
    }
    throw new WireError(PAST_END, pos);
  }

  /** A varint into `low` and `high`. */
  varint64(): void {
    const at = this.pos;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.pos >= this.end) throw new WireError(PAST_END, this.pos);
      const byte = this.bytes[this.pos++]!;
      const part = byte & 0x7f;
      if (shift < 28) low |= part << shift;
      else if (shift === 28) {
        low |= part << 28;
        high |= part >>> 4;
      } else high |= part << (shift - 32);
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw new WireError(MALFORMED_VARINT, at);
  }

  /** Zigzag-encoded, 32 bits. */
  sint32(): number {
    const value = this.varint32();
    return (value >>> 1) ^ -(value & 1);
  }

  /** Eight bytes into `low` and `high`. */
  fixed64(): void {
    const pos = this.pos;
    if (pos + 8 > this.end) throw new WireError(PAST_END, pos);
    this.low = this.view.getUint32(pos, true);
    this.high = this.view.getUint32(pos + 4, true);
    this.pos = pos + 8;
  }

  fixed32(): number {
    const pos = this.pos;
    if (pos + 4 > this.end) throw new WireError(PAST_END, pos);
    this.pos = pos + 4;
    return this.view.getUint32(pos, true);
  }

  double(): number {
    const pos = this.pos;
    if (pos + 8 > this.end) throw new WireError(PAST_END, pos);
    this.pos = pos + 8;
    return this.view.getFloat64(pos, true);
  }

  /** Length and content of a text, bytes or submessage: `start` to `pos` afterwards. */
  range(): void {
    const length = this.varint32();
    const start = this.pos;
    if (length > this.end - start) throw new WireError(PAST_END, start);
    this.start = start;
    this.pos = start + length;
  }

  /** Goes into a submessage; returns what `leave` needs. */
  enter(): number {
    const length = this.varint32();
    const outer = this.end;
    if (length > outer - this.pos) throw new WireError(PAST_END, this.pos);
    this.end = this.pos + length;
    return outer;
  }

  leave(outer: number): void {
    this.pos = this.end;
    this.end = outer;
  }

  /** Leaps over the field that `tag` began. */
  skip(tag: number): void {
    switch (tag & 7) {
      case WIRE.VARINT:
        this.varint64();
        return;
      case WIRE.FIXED64:
        this.fixed64();
        return;
      case WIRE.LENGTH:
        this.range();
        return;
      case WIRE.FIXED32:
        this.fixed32();
        return;
      default:
        throw new WireError(`field ${tag >>> 3} has wire type ${tag & 7}, which is not in use`, this.pos);
    }
  }

  /** `low` and `high` as a number, unsigned; exact below 2^53. */
  unsigned(): number {
    return this.high * 4294967296 + this.low;
  }

  /** `low` and `high` as a number, two's complement; exact within ±2^53. */
  signed(): number {
    return (this.high | 0) * 4294967296 + this.low;
  }

  /** `low` and `high` as a BigInt, two's complement. */
  signedBigInt(): bigint {
    return (BigInt(this.high | 0) << 32n) | BigInt(this.low);
  }
}
