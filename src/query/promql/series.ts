import { SondeError } from '../../model/errors.ts';
import type { FloatHistogram } from './histogram/float-histogram.ts';
import type { LabelSet } from './label-set.ts';

/** Histogram samples of a series, ascending in time; undefined is a staleness marker. */
export interface HistogramPoints {
  readonly times: Float64Array;
  readonly values: readonly (FloatHistogram | undefined)[];
  /** When the counter started, milliseconds, 0 if unknown; absent if that is so for all. */
  readonly starts: Float64Array | undefined;
}

/** Samples of a series as stored, ascending and distinct in time, milliseconds. */
export interface SampleSeries {
  readonly labels: LabelSet;
  /** The metric's name is to go once the whole query has been evaluated. */
  readonly dropName: boolean;
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** 1 where the sample is a staleness marker; absent if none is. Its value then means nothing. */
  readonly stale: Uint8Array | undefined;
  /** When the counter started, milliseconds, 0 if unknown; absent if that is so for all. */
  readonly starts: Float64Array | undefined;
  readonly histograms: HistogramPoints | undefined;
}

/** No sample at a step: not the same as a sample whose value is NaN. */
export const ABSENT = 0;
export const FLOAT = 1;
export const HISTOGRAM = 2;

/** A series evaluated on a grid: for each step nothing, a float or a histogram, as `kinds` says. */
export interface Column {
  readonly labels: LabelSet;
  readonly dropName: boolean;
  /** [steps] valid where `kinds` is FLOAT */
  readonly values: Float64Array;
  /** [steps] ABSENT, FLOAT or HISTOGRAM */
  readonly kinds: Uint8Array;
  /** [steps] filled where `kinds` is HISTOGRAM; absent if it is nowhere */
  readonly histograms: FloatHistogram[] | undefined;
}

/** What an expression evaluates to. A scalar has a value at every step. */
export type Value =
  | { readonly kind: 'scalar'; readonly values: Float64Array }
  | { readonly kind: 'string'; readonly text: string }
  /** `ordered`: the order of the series means something (`sort`, `topk`). */
  | { readonly kind: 'vector'; readonly series: Column[]; readonly ordered?: boolean };

/** A column to be filled; `build` gives it away. */
export class ColumnBuilder {
  readonly values: Float64Array;
  readonly kinds: Uint8Array;
  histograms: FloatHistogram[] | undefined;
  /** Steps with a sample. */
  filled = 0;

  constructor(steps: number) {
    this.values = new Float64Array(steps);
    this.kinds = new Uint8Array(steps);
  }

  setFloat(step: number, value: number): void {
    this.values[step] = value;
    this.kinds[step] = FLOAT;
    this.filled++;
  }

  setHistogram(step: number, histogram: FloatHistogram): void {
    this.histograms ??= [];
    this.histograms[step] = histogram;
    this.kinds[step] = HISTOGRAM;
    this.filled++;
  }

  set(step: number, value: number | FloatHistogram | undefined): void {
    if (typeof value === 'number') this.setFloat(step, value);
    else if (value !== undefined) this.setHistogram(step, value);
  }

  copy(step: number, from: Column): void {
    if (from.kinds[step] === FLOAT) this.setFloat(step, from.values[step]!);
    else if (from.kinds[step] === HISTOGRAM) this.setHistogram(step, from.histograms![step]!);
  }

  build(labels: LabelSet, dropName: boolean): Column {
    return { labels, dropName, values: this.values, kinds: this.kinds, histograms: this.histograms };
  }
}

export function isEmpty(column: Column): boolean {
  return !column.kinds.some((kind) => kind !== ABSENT);
}

/**
 * Joins columns with the same labels, which must not both have a sample at a step.
 * @throws SondeError `query-duplicate-series`
 */
export function mergeSameLabels(columns: readonly Column[]): Column[] {
  const byKey = new Map<string, Column[]>();
  for (const column of columns) {
    const same = byKey.get(column.labels.key);
    if (same === undefined) byKey.set(column.labels.key, [column]);
    else same.push(column);
  }
  if (byKey.size === columns.length) return columns as Column[];
  return [...byKey.values()].map((same) => (same.length === 1 ? same[0]! : join(same)));
}

function join(columns: readonly Column[]): Column {
  const steps = columns[0]!.kinds.length;
  const joined = new ColumnBuilder(steps);
  for (const column of columns) {
    for (let step = 0; step < steps; step++) {
      if (column.kinds[step] === ABSENT) continue;
      if (joined.kinds[step] !== ABSENT) throw duplicateSeries(columns[0]!.labels);
      joined.copy(step, column);
    }
  }
  return joined.build(columns[0]!.labels, columns[0]!.dropName);
}

export function duplicateSeries(labels: LabelSet): SondeError {
  return new SondeError('vector cannot contain metrics with the same labelset', {
    kind: 'invalid',
    code: 'query-duplicate-series',
    mend: `aggregate, or keep a label that tells them apart; they are the same as ${labels.toString().slice(0, 200)}`,
  });
}
