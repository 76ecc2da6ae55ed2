const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Bytes of many UTF-8 texts, addressed by ranges, so that a decoder can point into the request body instead of
 * making a string for every value (bench: `receive/otlp-traces`).
 *
 * Addresses below `base.length` lie in `base`, the body as received; higher ones in a buffer that grows as
 * processors add text. Addresses stay valid for the arena's life; buffers returned by `slice` only until the next
 * `add`. Ranges [0, 0) are the empty text.
 */
export class TextArena {
  readonly base: Uint8Array;
  private extra = new Uint8Array(0);
  private used = 0;

  constructor(base: Uint8Array = new Uint8Array(0)) {
    this.base = base;
  }

  /** Appends text; the returned start goes with `this.end` as the end of the range. */
  add(text: string): number {
    this.reserve(text.length * 3);
    const start = this.used;
    this.used += ENCODER.encodeInto(text, this.extra.subarray(start)).written;
    return this.base.length + start;
  }

  /** Appends bytes that are UTF-8 already; same contract as `add`. */
  addBytes(bytes: Uint8Array): number {
    this.reserve(bytes.length);
    const start = this.used;
    this.extra.set(bytes, start);
    this.used += bytes.length;
    return this.base.length + start;
  }

  /** Address just behind what was added last. */
  get end(): number {
    return this.base.length + this.used;
  }

  text(start: number, end: number): string {
    if (start === end) return '';
    return DECODER.decode(this.slice(start, end));
  }

  slice(start: number, end: number): Uint8Array {
    const offset = this.base.length;
    return start < offset ? this.base.subarray(start, end) : this.extra.subarray(start - offset, end - offset);
  }

  /** Copies a range to `target` at `at`; returns the position behind it. The hot path of the store's encoder. */
  copyTo(start: number, end: number, target: Uint8Array, at: number): number {
    const length = end - start;
    let source = this.base;
    let from = start;
    if (start >= source.length) {
      from = start - source.length;
      source = this.extra;
    }
    // Short texts are faster byte by byte than through a subarray view.
    if (length < 48) for (let i = 0; i < length; i++) target[at + i] = source[from + i]!;
    else target.set(source.subarray(from, from + length), at);
    return at + length;
  }

  private reserve(bytes: number): void {
    const needed = this.used + bytes;
    if (needed <= this.extra.length) return;
    const grown = new Uint8Array(Math.max(needed, this.extra.length * 2, 1024));
    grown.set(this.extra.subarray(0, this.used));
    this.extra = grown;
  }
}
