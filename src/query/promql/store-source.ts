import { SondeError } from '../../model/errors.ts';
import type { ColumnSet, StoreReader } from '../../store/index.ts';
import { endOf } from './grid.ts';
import { GridMerge } from './grid-merge.ts';
import type { LabelSet } from './label-set.ts';
import { tooManySamples, tooManySeries } from './limits.ts';
import type { HistogramPoints, SampleSeries } from './series.ts';
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
import {
  collectHistograms,
  fingerprintKey,
  NO_FLOATS,
  splitSeries,
  storedSeries,
  type Floats,
  type StoredSeries,
} from './stored-rows.ts';

export interface StoreSourceOptions {
  readonly reader: StoreReader;
  readonly tenant: string;
  readonly timeoutMs: number;
  readonly memoryBytes: number;
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
    const answer = await this.run(statement, request);
    const found = storedSeries(answer);
    if (found.length > maxSeries) throw tooManySeries(found.length, maxSeries);
    const mayHaveHistograms = answer.numbers('any_histograms')[0] === 1;
    return new StoredSelection(found, request, this.options.tenant, mayHaveHistograms, (sql) => this.run(sql, request));
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
    mayHaveHistograms: boolean,
    run: (statement: Statement) => Promise<ColumnSet>,
  ) {
    this.series = series;
    this.request = request;
    this.tenant = tenant;
    this.run = run;
    if (!mayHaveHistograms) this.histograms = Promise.resolve(false);
    this.labels = series.map(({ labels }) => labels);
  }

  async read(indices?: readonly number[]): Promise<readonly SampleSeries[]> {
    const wanted = indices?.map((index) => this.series[index]!) ?? this.series;
    if (wanted.length === 0) return [];
    const [floats, histograms] = await Promise.all([this.readFloats(wanted), this.readHistograms(wanted)]);
    return wanted.map(({ labels, fingerprint }) => ({
      labels,
      dropName: false,
      ...(floats.get(fingerprintKey(fingerprint)) ?? NO_FLOATS),
      starts: undefined,
      histograms: histograms.get(fingerprint),
    }));
  }

  async onGrid(request: GridRequest): Promise<GridResult | undefined> {
    const members = this.series.flatMap((one, i) => (request.groups[i]! < 0 ? [] : [{ ...one, index: i }]));
    if (members.length === 0)
      return { columns: new Array<undefined>(request.groupCount).fill(undefined), samplesRead: 0 };
    // Histograms are rare enough to begin before it is known that there are none.
    const [none, result] = await Promise.all([
      this.hasHistograms().then((has) => !has),
      this.readGrid(members, request).catch(whenRefused),
    ]);
    return none ? result : undefined;
  }

  private async readGrid(
    members: readonly (StoredSeries & { readonly index: number })[],
    request: GridRequest,
  ): Promise<GridResult> {
    const { grid, offsetMs } = request;
    const merge = new GridMerge(request);
    const statements = chunks(members, SERIES_A_STATEMENT).map((part) =>
      gridSql({
        range: this.rangeOf(part),
        function: request.function,
        aggregate: request.aggregate,
        startMs: grid.startMs - offsetMs,
        endMs: endOf(grid) - offsetMs,
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

  private async readFloats(series: readonly StoredSeries[]): Promise<Map<string, Floats>> {
    const floats = new Map<string, Floats>();
    for (const part of await this.parts(series)) splitSeries(await this.run(samplesSql(part)), part.fromMs, floats);
    return floats;
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

/**
 * The engine refuses its grid functions where no sample is in the range (it then forgets the setting that allows
 * them), and older servers do not have them: the evaluator answers instead.
 */
function whenRefused(error: unknown): undefined {
  const refused = error instanceof SondeError && /timeSeries\w*ToGrid/.test(error.message);
  if (!refused) throw error;
}

/** Parts of a list, in order, each of at most `size`. */
function chunks<T>(list: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let i = 0; i < list.length; i += size) parts.push(list.slice(i, i + size));
  return parts;
}
