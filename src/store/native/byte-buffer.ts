import type { TextArena } from '../../util/text-arena.ts';

const ENCODER = new TextEncoder();

/** Bytes that grow; `reset` keeps the memory for the next use. */
export class ByteBuffer {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
  }

  reset(): void {
    this.length = 0;
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  zeros(count: number): void {
    this.reserve(count);
    this.bytes.fill(0, this.length, this.length + count);
    this.length += count;
  }

  varint(value: number): void {
    this.reserve(10);
    this.length = putVarint(this.bytes, this.length, value);
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** `length` bytes of `source` from `start`. */
  appendRange(source: Uint8Array, start: number, length: number): void {
    this.reserve(length);
    const { bytes, length: at } = this;
    for (let i = 0; i < length; i++) bytes[at + i] = source[start + i]!;
    this.length = at + length;
  }

  uint32(value: number): void {
    this.reserve(4);
    this.length = putUint32(this.bytes, this.length, value);
  }

  /** Little-endian, from its halves. */
  words(low: number, high: number): void {
    this.reserve(8);
    putUint32(this.bytes, this.length, low);
    this.length = putUint32(this.bytes, this.length + 4, high);
  }

  uint64(value: number): void {
    this.words(value >>> 0, Math.floor(value / 2 ** 32));
  }

  /** A text with its length before it, as String columns hold it. */
  text(text: string): void {
    const most = text.length * 3;
    this.reserve(most + 5);
    if (most < 128) {
      const { written } = ENCODER.encodeInto(text, this.bytes.subarray(this.length + 1));
      this.bytes[this.length] = written;
      this.length += 1 + written;
    } else {
      const encoded = ENCODER.encode(text);
      this.varint(encoded.length);
      this.append(encoded);
    }
  }

  /** As `text`, from an arena without making a string (bench: `store/encode`). */
  range(arena: TextArena, start: number, end: number): void {
    const size = end - start;
    this.reserve(size + 5);
    const at = putVarint(this.bytes, this.length, size);
    this.length = size === 0 ? at : arena.copyTo(start, end, this.bytes, at);
  }

  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

function putVarint(bytes: Uint8Array, at: number, value: number): number {
  while (value >= 0x80) {
    bytes[at++] = (value % 128) | 0x80;
    value = Math.floor(value / 128);
  }
  bytes[at++] = value;
  return at;
}

function putUint32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
  return at + 4;
}
