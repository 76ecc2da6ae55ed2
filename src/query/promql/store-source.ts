import type { ColumnSet, StoreReader } from '../../store/index.ts';
import { FloatHistogram } from './histogram/float-histogram.ts';
import { LabelSet, METRIC_NAME } from './label-set.ts';
import { tooManySamples, tooManySeries } from './limits.ts';
import { FLOAT, type HistogramPoints, type SampleSeries } from './series.ts';
import type { GridRequest, GridResult, SelectRequest, Selection, Source } from './source.ts';
import {
  countHistogramsSql,
  countSamplesSql,
  gridSql,
  histogramsSql,
  samplesSql,
  seriesSql,
  type SampleRange,
  type Statement,
} from './sql.ts';

export interface StoreSourceOptions {
  readonly reader: StoreReader;
  readonly tenant: string;
  readonly timeoutMs: number;
  readonly memoryBytes: number;
}

/** A series in the store. */
interface StoredSeries {
  readonly labels: LabelSet;
  readonly metric: string;
  readonly fingerprint: bigint;
}

/** Samples read at once; more are read in parts, so that engine and network hold but one part. */
const SAMPLES_A_PART = 2_000_000;
/** Series named in one statement, as a statement's text has a limit (256 KiB). */
const SERIES_A_STATEMENT = 3000;
/** Denser series than this are not expected; fewer samples than it makes need no counting beforehand. */
const SAMPLES_A_SECOND = 1;

/** Reads samples from the store's tables. */
export class StoreSource implements Source {
  private readonly options: StoreSourceOptions;

  constructor(options: StoreSourceOptions) {
    this.options = options;
  }

  async select(request: SelectRequest): Promise<Selection> {
    const { matchers, fromMs, toMs, maxSeries } = request;
    const statement = seriesSql(this.options.tenant, matchers, fromMs, toMs, maxSeries + 1);
    const found = storedSeries(await this.run(statement, request));
    if (found.length > maxSeries) throw tooManySeries(found.length, maxSeries);
    return new StoredSelection(found, request, this.options.tenant, (sql) => this.run(sql, request));
  }

  private run({ sql, params }: Statement, request: SelectRequest): Promise<ColumnSet> {
    const { reader, timeoutMs, memoryBytes } = this.options;
    return reader.columns(sql, {
      params,
      limits: { timeoutMs, memoryBytes },
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
  }
}

class StoredSelection implements Selection {
  readonly labels: readonly LabelSet[];
  readonly notes: readonly string[] = [];
  private readonly series: readonly StoredSeries[];
  private readonly request: SelectRequest;
  private readonly tenant: string;
  private readonly run: (statement: Statement) => Promise<ColumnSet>;
  private histograms: Promise<boolean> | undefined;

  constructor(
    series: readonly StoredSeries[],
    request: SelectRequest,
    tenant: string,
    run: (statement: Statement) => Promise<ColumnSet>,
  ) {
    this.series = series;
    this.request = request;
    this.tenant = tenant;
    this.run = run;
    this.labels = series.map(({ labels }) => labels);
  }

  async read(indices?: readonly number[]): Promise<readonly SampleSeries[]> {
    const wanted = indices?.map((index) => this.series[index]!) ?? this.series;
    if (wanted.length === 0) return [];
    const [parts, histograms] = await Promise.all([this.parts(wanted), this.readHistograms(wanted)]);
    const floats = new Map<string, Floats>();
    for (const part of parts) {
      splitSeries(await this.run(samplesSql(part)), part.fromMs, floats);
    }
    return wanted.map(({ labels, fingerprint }) => {
      const { times, values, stale } = floats.get(fingerprintKey(fingerprint)) ?? NO_FLOATS;
      return {
        labels,
        dropName: false,
        times,
        values,
        stale,
        starts: undefined,
        histograms: histograms.get(fingerprint),
      };
    });
  }

  async onGrid(request: GridRequest): Promise<GridResult | undefined> {
    const members = this.series.flatMap((one, i) => (request.groups[i]! < 0 ? [] : [{ ...one, index: i }]));
    if (members.length === 0) return { columns: new Array(request.groupCount).fill(undefined), samplesRead: 0 };
    if (await this.hasHistograms()) return undefined;
    const { grid, offsetMs } = request;
    const merge = new GridMerge(request);
    const statements = chunks(members, SERIES_A_STATEMENT).map((part) =>
      gridSql({
        range: this.rangeOf(part),
        function: request.function,
        aggregate: request.aggregate,
        startMs: grid.startMs - offsetMs,
        endMs: grid.startMs + (grid.steps - 1) * grid.stepMs - offsetMs,
        stepMs: grid.stepMs,
        windowMs: request.rangeMs,
        groups: part.map(({ index }) => request.groups[index]!),
        scales: request.scales === undefined ? undefined : part.map(({ index }) => request.scales![index]!),
      }),
    );
    // Two at a time: the engine uses several cores for each.
    for (const pair of chunks(statements, 2)) {
      for (const answer of await Promise.all(pair.map(this.run))) merge.add(answer);
    }
    return merge.result();
  }

  /** Native histograms are rare: whether there are any is asked once for each selection. */
  private hasHistograms(): Promise<boolean> {
    const { fromMs, toMs } = this.request;
    const range = { tenant: this.tenant, metrics: this.metricsOf(this.series), fingerprints: undefined, fromMs, toMs };
    this.histograms ??= this.run(countHistogramsSql(range)).then((answer) => (answer.numbers('samples')[0] ?? 0) > 0);
    return this.histograms;
  }

  /** Ranges to read one after the other; refuses what would be too much before anything is read. */
  private async parts(series: readonly StoredSeries[]): Promise<SampleRange[]> {
    const { fromMs, toMs, maxSamples } = this.request;
    let samples = series.length * Math.ceil(((toMs - fromMs) / 1000) * SAMPLES_A_SECOND);
    if (samples > Math.min(maxSamples, SAMPLES_A_PART)) {
      const counts = await Promise.all(
        chunks(series, SERIES_A_STATEMENT).map((part) => this.run(countSamplesSql(this.rangeOf(part)))),
      );
      samples = counts.reduce((sum, answer) => sum + (answer.numbers('samples')[0] ?? 0), 0);
      if (samples > maxSamples) throw tooManySamples(samples, maxSamples);
    }
    const perPart = Math.max(1, Math.floor((series.length * SAMPLES_A_PART) / Math.max(1, samples)));
    return chunks(series, Math.min(perPart, SERIES_A_STATEMENT)).map((part) => this.rangeOf(part));
  }

  private rangeOf(series: readonly StoredSeries[]): SampleRange {
    const { fromMs, toMs } = this.request;
    return {
      tenant: this.tenant,
      metrics: this.metricsOf(series),
      fingerprints: series.map(({ fingerprint }) => fingerprint),
      fromMs,
      toMs,
    };
  }

  private metricsOf(series: readonly StoredSeries[]): string[] {
    return [...new Set(series.map(({ metric }) => metric))];
  }

  private async readHistograms(series: readonly StoredSeries[]): Promise<Map<bigint, HistogramPoints>> {
    const found = new Map<bigint, HistogramPoints>();
    if (!(await this.hasHistograms())) return found;
    for (const part of chunks(series, SERIES_A_STATEMENT)) {
      collectHistograms(await this.run(histogramsSql(this.rangeOf(part))), found);
    }
    return found;
  }
}

/** Partial answers of several statements, joined by group. */
class GridMerge {
  private readonly request: GridRequest;
  private readonly values: (Float64Array | undefined)[];
  private readonly kinds: (Uint8Array | undefined)[];
  private readonly counts: (Float64Array | undefined)[];
  private samplesRead = 0;

  constructor(request: GridRequest) {
    this.request = request;
    this.values = new Array<undefined>(request.groupCount).fill(undefined);
    this.kinds = new Array<undefined>(request.groupCount).fill(undefined);
    this.counts = new Array<undefined>(request.groupCount).fill(undefined);
  }

  add(answer: ColumnSet): void {
    const groups = answer.numbers('g');
    const read = answer.numbers('samples');
    const arrays = gridArrays(answer, 'v');
    const counts = this.request.aggregate === 'avg' ? gridArrays(answer, 'n') : undefined;
    for (let row = 0; row < answer.rows; row++) {
      this.samplesRead += read[row]!;
      const group = groups[row]!;
      if (group >= 0) this.addGroup(group, arrays, counts, row);
    }
  }

  result(): GridResult {
    const columns = this.values.map((values, group) => {
      const kinds = this.kinds[group];
      if (values === undefined || kinds === undefined || !kinds.includes(FLOAT)) return undefined;
      const counts = this.counts[group];
      if (counts !== undefined) for (let i = 0; i < values.length; i++) values[i]! /= counts[i]!;
      return { values, kinds };
    });
    return { columns, samplesRead: this.samplesRead };
  }

  private addGroup(group: number, arrays: GridArrays, counts: GridArrays | undefined, row: number): void {
    const { steps } = this.request.grid;
    const values = (this.values[group] ??= new Float64Array(steps));
    const kinds = (this.kinds[group] ??= new Uint8Array(steps));
    const from = arrays.offsets[row]!;
    for (let step = 0; step < steps; step++) {
      // A count of nothing is 0 rather than no value.
      const counting = this.request.aggregate === 'count';
      if (arrays.nulls?.[from + step] === 1 || (counting && arrays.values[from + step] === 0)) continue;
      const value = arrays.values[from + step]!;
      values[step] = kinds[step] === FLOAT ? this.join(values[step]!, value) : value;
      kinds[step] = FLOAT;
    }
    if (counts === undefined) return;
    const total = (this.counts[group] ??= new Float64Array(steps));
    const countFrom = counts.offsets[row]!;
    for (let step = 0; step < steps; step++) total[step]! += counts.values[countFrom + step]!;
  }

  private join(a: number, b: number): number {
    const { aggregate } = this.request;
    if (aggregate === 'min') return b < a || Number.isNaN(a) ? b : a;
    if (aggregate === 'max') return b > a || Number.isNaN(a) ? b : a;
    return a + b;
  }
}

interface GridArrays {
  readonly offsets: Uint32Array;
  readonly nulls: Uint8Array | undefined;
  readonly values: ArrayLike<number>;
}

function gridArrays(answer: ColumnSet, name: string): GridArrays {
  const column = answer.get(name);
  if (column.kind !== 'array') throw new TypeError(`column ${name} is no array`);
  const inner = column.values.kind === 'nullable' ? column.values.values : column.values;
  const nulls = column.values.kind === 'nullable' ? column.values.nulls : undefined;
  if (inner.kind === 'big')
    return { offsets: column.offsets, nulls, values: Float64Array.from(inner.values as BigInt64Array, Number) };
  if (inner.kind !== 'number') throw new TypeError(`column ${name} holds no numbers`);
  return { offsets: column.offsets, nulls, values: inner.values };
}

function storedSeries(answer: ColumnSet): StoredSeries[] {
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

interface Floats {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly stale: Uint8Array | undefined;
}

const NO_FLOATS: Floats = { times: new Float64Array(0), values: new Float64Array(0), stale: undefined };

/** Cuts rows in order of series into series; of samples at the same time one stays, as `firstOf` chooses. */
function splitSeries(answer: ColumnSet, fromMs: number, found: Map<string, Floats>): void {
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

function fingerprintKey(fingerprint: bigint): string {
  return fingerprint.toString(36);
}

function collectHistograms(answer: ColumnSet, found: Map<bigint, HistogramPoints>): void {
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
    return Array.from(column.values.values.subarray(column.offsets[row]!, column.offsets[row + 1]!));
  }
}

/** Parts of a list, in order, each of at most `size`. */
function chunks<T>(list: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let i = 0; i < list.length; i += size) parts.push(list.slice(i, i + size));
  return parts;
}
