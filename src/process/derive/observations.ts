import type { DerivedSeries, Origin } from './derived-series.ts';

/**
 * What one batch adds to derived series, held back until the batch is stored: a batch that the store refuses comes
 * again and must not count twice.
 */
export class Observations {
  private readonly series: DerivedSeries[] = [];
  private readonly amounts: number[] = [];
  private readonly examples: { readonly series: DerivedSeries; readonly value: number; readonly origin: Origin }[] = [];

  /** Adds a value to a histogram, or an amount to a counter. */
  add(series: DerivedSeries, amount: number): void {
    this.series.push(series);
    this.amounts.push(amount);
  }

  /** Names a span that stands for a value of the series. */
  exemplify(series: DerivedSeries, value: number, origin: Origin): void {
    this.examples.push({ series, value, origin });
  }

  commit(): void {
    for (let i = 0; i < this.series.length; i++) this.series[i]!.observe(this.amounts[i]!);
    for (const { series, value, origin } of this.examples) series.exemplify(value, origin);
  }
}
