/**
 * Sum with compensation for the digits that a float drops (Kahan and Neumaier). `value` is the result.
 * The hot loops of the evaluator inline the same three lines; this is for the rest.
 */
export class KahanSum {
  sum = 0;
  compensation = 0;

  constructor(start = 0) {
    this.sum = start;
  }

  add(value: number): void {
    const total = this.sum + value;
    if (total === Infinity || total === -Infinity) this.compensation = 0;
    else if (Math.abs(this.sum) >= Math.abs(value)) this.compensation += this.sum - total + value;
    else this.compensation += value - total + this.sum;
    this.sum = total;
  }

  get value(): number {
    return Number.isFinite(this.sum) ? this.sum + this.compensation : this.sum;
  }
}
