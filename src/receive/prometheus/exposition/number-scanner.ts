/** 10^0 … 10^22: the powers a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const WORD = /^([+-]?)(nan|inf|infinity)$/i;

/**
 * Reads floats and integers as Prometheus does (Go's `ParseFloat` without hexadecimal and underscores), from bytes.
 *
 * With a mantissa below 2^53 and a power of ten within ±22 one multiplication or division gives the correctly
 * rounded result (Clinger's fast path); anything else goes through `Number`, so every result is exact
 * (bench: `receive/scrape`).
 */
export class NumberScanner {
  /** Byte behind what was read; -1 when there is no number at `at`. */
  end = 0;

  /**
   * The float at `at`. `body` must end in a byte that is no part of a number, as a line break is.
   * @returns NaN with `end` = -1 if what stands there is none
   */
  float(body: Uint8Array, at: number): number {
    let i = at;
    let byte = body[i]!;
    const negative = byte === 0x2d;
    if (negative || byte === 0x2b) byte = body[++i]!;
    const digitsAt = i;
    let mantissa = 0;
    while (byte >= 0x30 && byte <= 0x39) {
      mantissa = mantissa * 10 + (byte - 0x30);
      byte = body[++i]!;
    }
    let digits = i - digitsAt;
    let exponent = 0;
    if (byte === 0x2e) {
      const fractionAt = ++i;
      byte = body[i]!;
      while (byte >= 0x30 && byte <= 0x39) {
        mantissa = mantissa * 10 + (byte - 0x30);
        byte = body[++i]!;
      }
      digits += i - fractionAt;
      exponent = fractionAt - i;
    }
    if (digits === 0) return this.exact(body, at);
    if (byte === 0x65 || byte === 0x45) {
      byte = body[++i]!;
      const down = byte === 0x2d;
      if (down || byte === 0x2b) byte = body[++i]!;
      const exponentAt = i;
      let written = 0;
      while (byte >= 0x30 && byte <= 0x39) {
        written = written * 10 + (byte - 0x30);
        byte = body[++i]!;
      }
      if (i === exponentAt) return this.exact(body, at);
      exponent += down ? -written : written;
    }
    if (!isEnd(byte) || mantissa > Number.MAX_SAFE_INTEGER || exponent > 22 || exponent < -22) {
      return this.exact(body, at);
    }
    this.end = i;
    const value = exponent < 0 ? mantissa / POWERS[-exponent]! : mantissa * POWERS[exponent]!;
    return negative ? -value : value;
  }

  /** The integer at `at`, a timestamp; same contract as `float`. */
  integer(body: Uint8Array, at: number): number {
    let i = body[at] === 0x2d ? at + 1 : at;
    const digitsAt = i;
    let value = 0;
    for (let byte = body[i]!; byte >= 0x30 && byte <= 0x39; byte = body[++i]!) value = value * 10 + (byte - 0x30);
    const isInteger = i > digitsAt && isEnd(body[i]!) && value <= Number.MAX_SAFE_INTEGER;
    this.end = isInteger ? i : -1;
    return isInteger ? (digitsAt > at ? -value : value) : NaN;
  }

  private exact(body: Uint8Array, at: number): number {
    let end = at;
    while (!isEnd(body[end]!)) end++;
    const text = end - at > 400 ? '' : String.fromCharCode(...body.subarray(at, end));
    this.end = end;
    if (DECIMAL.test(text)) return Number(text);
    const word = WORD.exec(text);
    if (word === null) this.end = -1;
    else if (word[2]!.toLowerCase() !== 'nan') return word[1] === '-' ? -Infinity : Infinity;
    return NaN;
  }
}

function isEnd(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x09;
}
