import { ColumnBuilder, FLOAT, type Column } from '../series.ts';

/** Applies to each float; `scalars` are the other arguments' values at the step. */
export type FloatFunction = (value: number, scalars: readonly number[]) => number;

const DAY_MS = 86_400_000;

/** Functions that map a vector's floats one by one; histograms fall out. */
export const FLOAT_FUNCTIONS: ReadonlyMap<string, FloatFunction> = new Map<string, FloatFunction>([
  ['abs', Math.abs],
  ['ceil', Math.ceil],
  ['floor', Math.floor],
  ['exp', Math.exp],
  ['sqrt', Math.sqrt],
  ['ln', Math.log],
  ['log2', Math.log2],
  ['log10', Math.log10],
  ['sin', Math.sin],
  ['cos', Math.cos],
  ['tan', Math.tan],
  ['asin', Math.asin],
  ['acos', Math.acos],
  ['atan', Math.atan],
  ['sinh', Math.sinh],
  ['cosh', Math.cosh],
  ['tanh', Math.tanh],
  ['asinh', Math.asinh],
  ['acosh', Math.acosh],
  ['atanh', Math.atanh],
  ['rad', (value) => (value * Math.PI) / 180],
  ['deg', (value) => (value * 180) / Math.PI],
  ['sgn', (value) => (value < 0 ? -1 : value > 0 ? 1 : value)],
  ['round', (value, [nearest]) => roundTo(value, nearest ?? 1)],
  ['clamp_max', (value, [max]) => Math.min(max!, value)],
  ['clamp_min', (value, [min]) => Math.max(min!, value)],
  ['clamp', (value, [min, max]) => Math.max(min!, Math.min(max!, value))],
]);

/** Calendar functions of a time in seconds, UTC; without argument they take the time of evaluation. */
export const CALENDAR_FUNCTIONS: ReadonlyMap<string, (seconds: number) => number> = new Map([
  ['minute', ofDate((date) => date.getUTCMinutes())],
  ['hour', ofDate((date) => date.getUTCHours())],
  ['day_of_week', ofDate((date) => date.getUTCDay())],
  ['day_of_month', ofDate((date) => date.getUTCDate())],
  ['day_of_year', ofDate((date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / DAY_MS) + 1)],
  [
    'days_in_month',
    ofDate((date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()),
  ],
  ['month', ofDate((date) => date.getUTCMonth() + 1)],
  ['year', ofDate((date) => date.getUTCFullYear())],
]);

function ofDate(part: (date: Date) => number): (seconds: number) => number {
  return (seconds) => part(new Date(Math.trunc(seconds) * 1000));
}

/** To the nearest multiple, ties upwards. Multiplying by the inverse loses fewer digits than dividing. */
function roundTo(value: number, nearest: number): number {
  const inverse = 1 / nearest;
  return Math.floor(value * inverse + 0.5) / inverse;
}

/** A function over the floats of each column; `scalars` one array a further argument, [steps] each. */
export function mapFloats(
  columns: readonly Column[],
  change: FloatFunction,
  scalars: readonly Float64Array[] = [],
): Column[] {
  return columns.flatMap((column) => {
    const out = new ColumnBuilder(column.kinds.length);
    const { kinds, values } = column;
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] !== FLOAT) continue;
      const args = scalars.length === 0 ? NO_SCALARS : scalars.map((scalar) => scalar[step]!);
      out.setFloat(step, change(values[step]!, args));
    }
    return out.filled === 0 ? [] : [out.build(column.labels, true)];
  });
}

const NO_SCALARS: readonly number[] = [];

/** `clamp` with its bounds crossed has no answer: such steps fall out beforehand. */
export function withoutCrossedBounds(
  columns: readonly Column[],
  min: Float64Array,
  max: Float64Array,
): readonly Column[] {
  if (!min.some((low, step) => max[step]! < low)) return columns;
  return columns.map((column) => {
    const out = new ColumnBuilder(column.kinds.length);
    for (let step = 0; step < min.length; step++) if (!(max[step]! < min[step]!)) out.copy(step, column);
    return out.build(column.labels, column.dropName);
  });
}
