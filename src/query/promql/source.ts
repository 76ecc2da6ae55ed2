import type { Grid } from './grid.ts';
import type { Matcher } from './matcher.ts';
import type { Column, SampleSeries } from './series.ts';

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

/** Series in no particular order, none twice; `notes` tells what a canonical metric was read from. */
export interface Selection {
  readonly series: readonly SampleSeries[];
  readonly notes: readonly string[];
}

/** A function over a range, evaluated on a grid where the data are, aggregated or series by series. */
export interface GridRequest extends SelectRequest {
  readonly function: PushedFunction;
  readonly rangeMs: number;
  readonly offsetMs: number;
  readonly grid: Grid;
  readonly aggregate:
    { readonly op: PushedAggregate; readonly grouping: readonly string[]; readonly without: boolean } | undefined;
}

export type PushedFunction = 'rate' | 'increase' | 'delta';
export type PushedAggregate = 'sum' | 'min' | 'max' | 'count' | 'avg';

export interface GridSelection {
  /** Of plain range functions with all labels; of aggregations with those of the group. */
  readonly columns: readonly Column[];
  readonly notes: readonly string[];
  /** Metrics read, for advice on counters. */
  readonly metrics: readonly string[];
  readonly samplesRead: number;
}

/** Where samples come from. */
export interface Source {
  /**
   * @throws SondeError `over-limit` with an estimate when the selection is larger than the request allows,
   * `canceled` when its signal fires
   */
  select(request: SelectRequest): Promise<Selection>;
  /** Undefined where the source cannot answer exactly as the evaluator would; it then reads the samples. */
  selectOnGrid?(request: GridRequest): Promise<GridSelection | undefined>;
}
