import type { Grid } from './grid.ts';
import type { LabelSet } from './label-set.ts';
import type { Matcher } from './matcher.ts';
import type { SampleSeries } from './series.ts';

export interface SelectRequest {
  readonly matchers: readonly Matcher[];
  /** Samples with `fromMs < time <= toMs`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Refuse, before reading, a selection with more samples than this. */
  readonly maxSamples: number;
  readonly maxSeries: number;
  readonly signal: AbortSignal | undefined;
}

/** Where samples come from. */
export interface Source {
  /** @throws SondeError `over-limit` when more series match than the request allows, `canceled` on its signal */
  select(request: SelectRequest): Promise<Selection>;
}

/** Series that match a request, distinct in their labels; their samples are read when asked for. */
export interface Selection {
  /** Of each series, in an order that `read` and `onGrid` keep. */
  readonly labels: readonly LabelSet[];
  /** Tells what a canonical metric is read from. */
  readonly notes: readonly string[];
  /**
   * Samples of the series at `indices`, of all without; one entry for each, empty ones too.
   * @throws SondeError `over-limit` with an estimate when there are more samples than the request allows
   */
  read(indices?: readonly number[]): Promise<readonly SampleSeries[]>;
  /**
   * Evaluates where the data are. Undefined where the source cannot answer exactly as the evaluator would; absent
   * where it never can.
   */
  onGrid?(request: GridRequest): Promise<GridResult | undefined>;
}

export type PushedFunction = 'rate' | 'increase' | 'delta';
export type PushedAggregate = 'sum' | 'min' | 'max' | 'count' | 'avg';

/** A function over a moving range, then an aggregation over groups of series. */
export interface GridRequest {
  readonly function: PushedFunction;
  readonly rangeMs: number;
  readonly offsetMs: number;
  readonly grid: Grid;
  /** Without one each series is a group of its own. */
  readonly aggregate: PushedAggregate | undefined;
  /** [series] group of each, -1 to leave it out */
  readonly groups: Int32Array;
  readonly groupCount: number;
  /** [series] factor on each series' values; 1 without */
  readonly scales?: Float64Array;
}

export interface GridResult {
  /** [group] absent where a group has no sample at all */
  readonly columns: readonly ({ readonly values: Float64Array; readonly kinds: Uint8Array } | undefined)[];
  readonly samplesRead: number;
}
