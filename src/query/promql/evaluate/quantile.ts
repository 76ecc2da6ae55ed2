/**
 * Quantile of values, linear between neighbours; NaN counts as the smallest value.
 * @param values sorted in place
 */
export function quantileOf(q: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  sortNanFirst(values);
  const rank = q * (values.length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(values.length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return values[lower]! * (1 - weight) + values[upper]! * weight;
}

function sortNanFirst(values: Float64Array): void {
  // Typed arrays sort NaN last.
  values.sort();
  let nans = 0;
  while (nans < values.length && Number.isNaN(values[values.length - 1 - nans])) nans++;
  if (nans === 0 || nans === values.length) return;
  values.copyWithin(nans, 0, values.length - nans);
  values.fill(NaN, 0, nans);
}
