import type { Annotations } from '../annotations.ts';
import { forMetric } from '../annotations.ts';
import { timeAt, type Grid } from '../grid.ts';
import { bucketFraction, bucketQuantile, parseBound, type ClassicBuckets } from '../histogram/classic.ts';
import { histogramFraction, histogramQuantile, histogramVariance, type NanNote } from '../histogram/estimate.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { METRIC_NAME, type LabelSet } from '../label-set.ts';
import { formatFloat } from '../number-format.ts';
import { ABSENT, ColumnBuilder, FLOAT, HISTOGRAM, type Column } from '../series.ts';
import type { TextRange } from '../syntax/ast.ts';

/** Functions that read one figure off each native histogram; floats fall out. */
export const HISTOGRAM_FUNCTIONS: ReadonlyMap<string, (histogram: FloatHistogram) => number> = new Map([
  ['histogram_count', (histogram) => histogram.count],
  ['histogram_sum', (histogram) => histogram.sum],
  ['histogram_avg', (histogram) => histogram.sum / histogram.count],
  ['histogram_stdvar', histogramVariance],
  ['histogram_stddev', (histogram) => Math.sqrt(histogramVariance(histogram))],
]);

export function mapHistograms(columns: readonly Column[], read: (histogram: FloatHistogram) => number): Column[] {
  return columns.flatMap((column) => {
    if (column.histograms === undefined) return [];
    const out = new ColumnBuilder(column.kinds.length);
    for (let step = 0; step < column.kinds.length; step++) {
      if (column.kinds[step] === HISTOGRAM) out.setFloat(step, read(column.histograms[step]!));
    }
    return out.filled === 0 ? [] : [out.build(column.labels, true)];
  });
}

/** How a figure is estimated from either kind of histogram at one step. */
interface Estimate {
  classic(buckets: ClassicBuckets, step: number, metric: string): number;
  native(histogram: FloatHistogram, step: number): { value: number; note: NanNote };
}

/** A family of `_bucket` series that differ in `le` alone, in ascending order of it. */
interface ClassicFamily {
  readonly labels: LabelSet;
  readonly members: { readonly bound: number; readonly column: Column }[];
}

/**
 * `histogram_quantile`, over classic and native histograms.
 * @param q [steps]
 */
export function quantileFunction(
  columns: readonly Column[],
  q: Float64Array,
  ranges: { readonly q: TextRange; readonly vector: TextRange },
  grid: Grid,
  annotations: Annotations,
): Column[] {
  const odd = q.find((value) => Number.isNaN(value) || value < 0 || value > 1);
  if (odd !== undefined) {
    annotations.warn(`quantile value should be between 0 and 1, got ${formatFloat(odd)}`, ranges.q);
  }
  return estimate(columns, ranges.vector, grid, annotations, {
    classic(buckets, step, metric) {
      const { value, fix } = bucketQuantile(q[step]!, buckets);
      if (fix !== undefined) annotations.monotonicityFixed(metric, ranges.vector, timeAt(grid, step), fix);
      return value;
    },
    native: (histogram, step) => histogramQuantile(q[step]!, histogram),
  });
}

/** `histogram_quantiles`: each quantile with its value in a label. */
export function quantilesFunction(
  columns: readonly Column[],
  label: string,
  quantiles: readonly { readonly values: Float64Array; readonly range: TextRange }[],
  vector: TextRange,
  grid: Grid,
  annotations: Annotations,
): Column[] {
  return quantiles.flatMap(({ values, range }) => {
    const name = openMetricsFloat(values[0]!);
    return quantileFunction(columns, values, { q: range, vector }, grid, annotations).map((column) => ({
      ...column,
      labels: column.labels.with(label, name),
    }));
  });
}

export function fractionFunction(
  columns: readonly Column[],
  lower: Float64Array,
  upper: Float64Array,
  range: TextRange,
  grid: Grid,
  annotations: Annotations,
): Column[] {
  return estimate(columns, range, grid, annotations, {
    classic: (buckets, step) => bucketFraction(lower[step]!, upper[step]!, buckets),
    native: (histogram, step) => histogramFraction(lower[step]!, upper[step]!, histogram),
  });
}

function estimate(
  columns: readonly Column[],
  range: TextRange,
  grid: Grid,
  annotations: Annotations,
  how: Estimate,
): Column[] {
  const families = familiesOf(columns, range, annotations);
  const results: Column[] = [];
  const natives = new Map<string, Column>();
  for (const column of columns) if (column.histograms !== undefined) natives.set(column.labels.key, column);
  for (const family of families.values()) {
    const native = natives.get(family.labels.key);
    const out = estimateFamily(family, native, range, grid, annotations, how);
    if (out.filled > 0) results.push(out.build(family.labels, true));
  }
  for (const [key, column] of natives) {
    const out = new ColumnBuilder(grid.steps);
    const family = families.get(key);
    for (let step = 0; step < grid.steps; step++) {
      if (
        column.kinds[step] !== HISTOGRAM ||
        family?.members.some((member) => member.column.kinds[step] === FLOAT) === true
      ) {
        continue;
      }
      const { value, note } = how.native(column.histograms![step]!, step);
      noteNan(note, column.labels.get(METRIC_NAME), range, annotations);
      out.setFloat(step, value);
    }
    if (out.filled > 0) results.push(out.build(column.labels, true));
  }
  return results;
}

/** Where both kinds have a histogram with the same labels nobody can say which is meant: no answer, a warning. */
function estimateFamily(
  family: ClassicFamily,
  native: Column | undefined,
  range: TextRange,
  grid: Grid,
  annotations: Annotations,
  how: Estimate,
): ColumnBuilder {
  const out = new ColumnBuilder(grid.steps);
  const metric = family.labels.get(METRIC_NAME);
  // One pair of arrays serves all steps (bench: query/histogram-quantile).
  const upper: number[] = [];
  const cumulative: number[] = [];
  for (let step = 0; step < grid.steps; step++) {
    upper.length = 0;
    cumulative.length = 0;
    for (const { bound, column } of family.members) {
      if (column.kinds[step] !== FLOAT) continue;
      const value = column.values[step]!;
      // The same bound written in two ways is one bucket.
      if (upper.length > 0 && upper[upper.length - 1] === bound) cumulative[cumulative.length - 1]! += value;
      else {
        upper.push(bound);
        cumulative.push(value);
      }
    }
    if (upper.length === 0) continue;
    if (native?.kinds[step] === HISTOGRAM) {
      annotations.warn(`vector contains a mix of classic and native histograms${forMetric(metric)}`, range);
      continue;
    }
    out.setFloat(step, how.classic({ upper, cumulative }, step, metric));
  }
  return out;
}

function familiesOf(
  columns: readonly Column[],
  range: TextRange,
  annotations: Annotations,
): Map<string, ClassicFamily> {
  const families = new Map<string, ClassicFamily>();
  for (const column of columns) {
    if (!column.kinds.includes(FLOAT)) continue;
    const le = column.labels.get('le');
    const bound = parseBound(le);
    if (bound === undefined) {
      const message = `bucket label "le" is missing or has a malformed value of ${JSON.stringify(le)}`;
      annotations.warn(message + forMetric(column.labels.get(METRIC_NAME)), range);
      continue;
    }
    const labels = column.labels.without(['le']);
    const family = families.get(labels.key);
    if (family === undefined) families.set(labels.key, { labels, members: [{ bound, column }] });
    else family.members.push({ bound, column });
  }
  for (const { members } of families.values())
    members.sort((a, b) => (a.bound < b.bound ? -1 : a.bound > b.bound ? 1 : 0));
  return families;
}

function noteNan(note: NanNote, metric: string, range: TextRange, annotations: Annotations): void {
  const name = forMetric(metric);
  const quantile = 'input to histogram_quantile has NaN observations, result is';
  if (note === 'result-nan') annotations.info(`${quantile} NaN${name}`, range);
  if (note === 'skewed') annotations.info(`${quantile} skewed higher${name}`, range);
  if (note === 'excluded') {
    const message = 'input to histogram_fraction has NaN observations, which are excluded from all fractions';
    annotations.info(message + name, range);
  }
}

/** As label values have floats: always with a point or an exponent. */
function openMetricsFloat(value: number): string {
  const text = formatFloat(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** `scalar()`: the only float at each step, NaN where there is none or more than one. */
export function scalarOf(columns: readonly Column[], steps: number): Float64Array {
  const found = new Uint8Array(steps);
  const values = new Float64Array(steps).fill(NaN);
  for (const column of columns) {
    for (let step = 0; step < steps; step++) {
      if (column.kinds[step] !== FLOAT) continue;
      values[step] = found[step] === 0 ? column.values[step]! : NaN;
      found[step] = 1;
    }
  }
  return values;
}

/** 1 at the steps where no column has a sample. */
export function absence(columns: readonly Column[], steps: number): ColumnBuilder {
  const out = new ColumnBuilder(steps);
  for (let step = 0; step < steps; step++) {
    if (columns.every(({ kinds }) => kinds[step] === ABSENT)) out.setFloat(step, 1);
  }
  return out;
}
