/** Values of a chart: what is no finite number is no value. Rounded to 6 significant digits: it is drawn, not reckoned with. */
export function chartValues(values: ArrayLike<number>): (number | null)[] {
  return Array.from(values, (value) => (Number.isFinite(value) ? Number(value.toPrecision(6)) : null));
}

/** The last point, or null. */
export function lastOf(values: ArrayLike<number> | undefined): number | null {
  const value = values === undefined ? NaN : (values[values.length - 1] ?? NaN);
  return Number.isFinite(value) ? value : null;
}

/** Point by point sum of those that have a value; NaN where none has. */
export function sumOf(many: readonly Float64Array[], steps: number): Float64Array {
  return combine(many, steps, (a, b) => a + b);
}

/** Point by point largest; NaN where none has a value. */
export function maxOf(many: readonly Float64Array[], steps: number): Float64Array {
  return combine(many, steps, Math.max);
}

/** Sum of numbers that are known; null when none is. */
export function sumKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
}

export function maxKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** Mean weighted by `weights`, point by point over series that have both; NaN where none has. */
export function weightedMean(
  many: readonly { readonly values: Float64Array; readonly weights: Float64Array }[],
  steps: number,
): Float64Array {
  const result = new Float64Array(steps).fill(NaN);
  for (let i = 0; i < steps; i++) {
    let sum = 0;
    let weight = 0;
    for (const { values, weights } of many) {
      if (!Number.isFinite(values[i]) || !(weights[i]! > 0)) continue;
      sum += values[i]! * weights[i]!;
      weight += weights[i]!;
    }
    if (weight > 0) result[i] = sum / weight;
  }
  return result;
}

function combine(many: readonly Float64Array[], steps: number, op: (a: number, b: number) => number): Float64Array {
  const result = new Float64Array(steps).fill(NaN);
  for (const values of many) {
    for (let i = 0; i < steps; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) continue;
      result[i] = Number.isNaN(result[i]!) ? value : op(result[i]!, value);
    }
  }
  return result;
}
