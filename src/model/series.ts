/** A label; names and values are non-empty (an empty value is the same as no label). */
export type Label = readonly [name: string, value: string];

/** Labels sorted by name (by UTF-16 code unit, as plain `<` compares), no name twice, without `__name__`. */
export type Labels = readonly Label[];

/**
 * A time series' identity. Interned by whoever decodes (a scrape target's cache, a receiver), so that one object
 * stands for a series across batches and its fingerprint is worked out once.
 */
export interface Series {
  /** The metric's name, `__name__`. */
  readonly metric: string;
  readonly labels: Labels;
  /** 64-bit hash of metric and labels as two halves. */
  readonly fingerprintLow: number;
  readonly fingerprintHigh: number;
}

/** Makes a series from labels in any order; empty values are left out, of repeated names the last wins. */
export function makeSeries(metric: string, labels: Iterable<Label>): Series {
  const byName = new Map<string, string>();
  for (const [name, value] of labels) {
    if (value === '') byName.delete(name);
    else byName.set(name, value);
  }
  const sorted: Label[] = [...byName].sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return seriesOfSorted(metric, sorted);
}

/** As `makeSeries`, for labels that already are as `Labels` demands. */
export function seriesOfSorted(metric: string, labels: Labels): Series {
  const hash = new Fingerprint();
  hash.add(metric);
  for (const [name, value] of labels) {
    hash.add(name);
    hash.add(value);
  }
  return { metric, labels, fingerprintLow: hash.low(), fingerprintHigh: hash.high() };
}

export function fingerprintOf(series: Series): bigint {
  return (BigInt(series.fingerprintHigh) << 32n) | BigInt(series.fingerprintLow);
}

/**
 * Two independent 32-bit lanes over UTF-16 code units, mixed at the end (the construction of cyrb53, widened to
 * 64 bits). Stored in every row of the series table: the algorithm must never change without a migration.
 */
class Fingerprint {
  private a = 0xdeadbeef;
  private b = 0x41c6ce57;

  add(text: string): void {
    let a = this.a;
    let b = this.b;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      a = Math.imul(a ^ unit, 2654435761);
      b = Math.imul(b ^ unit, 1597334677);
    }
    // A separator no code unit equals, so that ["ab", "c"] and ["a", "bc"] differ.
    this.a = Math.imul(a ^ 0x1ffff, 2654435761);
    this.b = Math.imul(b ^ 0x1ffff, 1597334677);
  }

  low(): number {
    return mix(this.a, this.b);
  }

  high(): number {
    return mix(this.b, this.a);
  }
}

function mix(first: number, second: number): number {
  const a = Math.imul(first ^ (first >>> 16), 2246822507) ^ Math.imul(second ^ (second >>> 13), 3266489909);
  return (a ^ (a >>> 15)) >>> 0;
}
