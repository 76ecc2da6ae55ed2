import type { DerivedSeries, Origin } from './derived-series.ts';

/**
 * What one batch adds to derived series, held back until the batch is stored: a batch that the store refuses comes
 * again and must not count twice.
 */
export class Observations {
  private readonly series: DerivedSeries[] = [];
  private readonly amounts: number[] = [];
  private readonly origins: (Origin | undefined)[] = [];

  add(series: DerivedSeries, amount: number, origin?: Origin): void {
    this.series.push(series);
    this.amounts.push(amount);
    this.origins.push(origin);
  }

  commit(): void {
    for (let i = 0; i < this.series.length; i++) this.series[i]!.observe(this.amounts[i]!, this.origins[i]);
  }
}
