import type { ColumnSet } from '../../store/index.ts';
import { FloatHistogram } from './histogram/float-histogram.ts';
import { LabelSet, METRIC_NAME } from './label-set.ts';
import type { HistogramPoints } from './series.ts';

/** A series in the store. */
export interface StoredSeries {
  readonly labels: LabelSet;
  readonly metric: string;
  readonly fingerprint: bigint;
}

/** Series out of the columns of `seriesSql`. */
export function storedSeries(answer: ColumnSet): StoredSeries[] {
  const metrics = answer.strings('metric');
  const fingerprints = bigints(answer, 'fingerprint');
  const labels = answer.get('labels');
  if (labels.kind !== 'map' || labels.keys.kind !== 'string' || labels.values.kind !== 'string') {
    throw new TypeError('labels are no map of texts');
  }
  const { offsets, keys, values } = labels;
  const [names, texts] = [keys.values, values.values];
  return metrics.map((metric, row) => {
    // The series' labels are stored in order; `__name__` has its place among them.
    const sortedNames: string[] = [];
    const sortedValues: string[] = [];
    let placed = false;
    for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
      if (!placed && names[i]! > METRIC_NAME) {
        sortedNames.push(METRIC_NAME);
        sortedValues.push(metric);
        placed = true;
      }
      sortedNames.push(names[i]!);
      sortedValues.push(texts[i]!);
    }
    if (!placed) {
      sortedNames.push(METRIC_NAME);
      sortedValues.push(metric);
    }
    return { metric, fingerprint: fingerprints[row]!, labels: new LabelSet(sortedNames, sortedValues) };
  });
}

function bigints(answer: ColumnSet, name: string): BigUint64Array {
  const column = answer.get(name);
  if (column.kind !== 'big') throw new TypeError(`column ${name} holds no 64-bit numbers`);
  const { buffer, byteOffset, length } = column.values;
  return new BigUint64Array(buffer, byteOffset, length);
}

/** The float samples of a series. */
export interface Floats {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly stale: Uint8Array | undefined;
}

export const NO_FLOATS: Floats = { times: new Float64Array(0), values: new Float64Array(0), stale: undefined };

/** Cuts rows of `samplesSql`, in order of series, into series. */
export function splitSeries(answer: ColumnSet, fromMs: number, found: Map<string, Floats>): void {
  const fingerprints = bigints(answer, 'fingerprint');
  // As words: comparing 64-bit integers costs many times more (bench: query/histogram-quantile).
  const words = new Uint32Array(fingerprints.buffer, fingerprints.byteOffset, fingerprints.length * 2);
  const times = answer.numbers('t');
  const column = answer.get('value');
  if (column.kind !== 'number' || !(column.values instanceof Float64Array))
    throw new TypeError('values are no doubles');
  const { values } = column;
  const valueWords = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  for (let start = 0; start < answer.rows;) {
    let end = start + 1;
    while (end < answer.rows && words[2 * end] === words[2 * start] && words[2 * end + 1] === words[2 * start + 1])
      end++;
    found.set(fingerprintKey(fingerprints[start]!), cutSeries(times, values, valueWords, start, end, fromMs));
    start = end;
  }
}

function cutSeries(
  times: ArrayLike<number>,
  values: Float64Array,
  words: Uint32Array,
  start: number,
  end: number,
  fromMs: number,
): Floats {
  const ownTimes = new Float64Array(end - start);
  const ownValues = new Float64Array(end - start);
  let stale: Uint8Array | undefined;
  let kept = 0;
  for (let i = start; i < end; i++) {
    const time = times[i]! + fromMs;
    const isStale = words[2 * i] === 2 && words[2 * i + 1] === 0x7ff00000;
    const again = kept > 0 && ownTimes[kept - 1] === time;
    // A sample sent twice counts once: a value before a marker, the larger of two values.
    if (again && (isStale || (stale?.[kept - 1] !== 1 && !(values[i]! > ownValues[kept - 1]!)))) continue;
    const at = again ? kept - 1 : kept++;
    ownTimes[at] = time;
    ownValues[at] = values[i]!;
    if (isStale) stale ??= new Uint8Array(end - start);
    if (stale !== undefined) stale[at] = isStale ? 1 : 0;
  }
  return { times: ownTimes.subarray(0, kept), values: ownValues.subarray(0, kept), stale: stale?.subarray(0, kept) };
}

/** Key of a fingerprint in maps: bigints hash slowly. */
export function fingerprintKey(fingerprint: bigint): string {
  return fingerprint.toString(36);
}

/** Adds the histograms in rows of `histogramsSql` to those of their series. */
export function collectHistograms(answer: ColumnSet, found: Map<bigint, HistogramPoints>): void {
  const fingerprints = bigints(answer, 'fingerprint');
  const times = answer.numbers('t');
  const sums = answer.get('sum');
  const lists = new HistogramRows(answer);
  const points = new Map<bigint, { times: number[]; values: (FloatHistogram | undefined)[] }>();
  for (let row = 0; row < answer.rows; row++) {
    const fingerprint = fingerprints[row]!;
    const series = points.get(fingerprint) ?? { times: [], values: [] };
    points.set(fingerprint, series);
    if (series.times.at(-1) === times[row]) continue;
    series.times.push(times[row]!);
    series.values.push(isStaleDouble(sums, row) ? undefined : lists.at(row));
  }
  for (const [fingerprint, { times: own, values }] of points) {
    found.set(fingerprint, { times: Float64Array.from(own), values, starts: undefined });
  }
}

function isStaleDouble(column: ReturnType<ColumnSet['get']>, row: number): boolean {
  if (column.kind !== 'number') return false;
  const words = new Uint32Array(column.values.buffer, column.values.byteOffset + 8 * row, 2);
  return words[0] === 2 && words[1] === 0x7ff00000;
}

/** Native histograms out of their columns. */
class HistogramRows {
  private readonly answer: ColumnSet;

  constructor(answer: ColumnSet) {
    this.answer = answer;
  }

  at(row: number): FloatHistogram {
    const number = (name: string): number => this.answer.numbers(name)[row]!;
    const spans = (side: string): { offset: number; length: number }[] => {
      const lengths = this.list(`${side}_lengths`, row);
      return this.list(`${side}_offsets`, row).map((offset, i) => ({ offset, length: lengths[i]! }));
    };
    return FloatHistogram.ofNative({
      schema: number('schema'),
      count: number('count'),
      sum: number('sum'),
      zeroThreshold: number('zero_threshold'),
      zeroCount: number('zero_count'),
      positiveSpans: spans('positive'),
      positiveCounts: this.list('positive_counts', row),
      negativeSpans: spans('negative'),
      negativeCounts: this.list('negative_counts', row),
      customBounds: this.list('custom_bounds', row),
      resetHint: number('reset_hint') as 0 | 1 | 2 | 3,
    });
  }

  private list(name: string, row: number): number[] {
    const column = this.answer.get(name);
    if (column.kind !== 'array' || column.values.kind !== 'number')
      throw new TypeError(`column ${name} is no list of numbers`);
    return Array.from(column.values.values.subarray(column.offsets[row], column.offsets[row + 1]));
  }
}
