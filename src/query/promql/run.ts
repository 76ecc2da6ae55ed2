import { SondeError } from '../../model/errors.ts';
import { Annotations, type RenderedAnnotations } from './annotations.ts';
import { Evaluator } from './evaluate/evaluator.ts';
import { Window } from './evaluate/window.ts';
import { gridOf, type Grid } from './grid.ts';
import type { FloatHistogram } from './histogram/float-histogram.ts';
import { compareLabels, type LabelSet } from './label-set.ts';
import { Budget, type QueryLimits } from './limits.ts';
import { plan, type WindowPlan } from './plan.ts';
import { ABSENT, duplicateSeries, isEmpty, mergeSameLabels, type Column, type Value } from './series.ts';
import type { Source } from './source.ts';
import type { Expr } from './syntax/ast.ts';
import { typeOf } from './syntax/check.ts';
import { parse } from './syntax/parse.ts';

/** Samples of one series in a range vector, as they are stored. */
export interface RangeSeries {
  readonly labels: LabelSet;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly histograms: readonly { readonly timeMs: number; readonly histogram: FloatHistogram }[];
}

export type QueryValue =
  | { readonly type: 'scalar'; readonly grid: Grid; readonly values: Float64Array }
  | { readonly type: 'string'; readonly text: string; readonly timeMs: number }
  /** Of an instant query: one step. */
  | { readonly type: 'vector'; readonly grid: Grid; readonly series: readonly Column[] }
  /** Of a range query, sorted by labels. */
  | { readonly type: 'matrix'; readonly grid: Grid; readonly series: readonly Column[] }
  /** Of an instant query for a range. */
  | { readonly type: 'range'; readonly series: readonly RangeSeries[] };

export interface QueryStats {
  readonly samplesRead: number;
  readonly seriesReturned: number;
  readonly parseMs: number;
  readonly evaluateMs: number;
}

export interface QueryResult extends RenderedAnnotations {
  readonly value: QueryValue;
  readonly stats: QueryStats;
}

export interface RunOptions {
  readonly source: Source;
  readonly limits: QueryLimits;
  readonly lookbackMs: number;
  readonly defaultSubqueryStepMs: number;
  readonly pushDown: boolean;
  readonly signal: AbortSignal | undefined;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export async function runInstant(query: string, timeMs: number, options: RunOptions): Promise<QueryResult> {
  return run(query, { startMs: timeMs, stepMs: 1, steps: 1 }, true, options);
}

export async function runRange(
  query: string,
  times: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
  options: RunOptions,
): Promise<QueryResult> {
  return run(query, gridOf(times.startMs, times.endMs, times.stepMs), false, options, times.endMs);
}

async function run(
  query: string,
  grid: Grid,
  instant: boolean,
  options: RunOptions,
  endMs = grid.startMs,
): Promise<QueryResult> {
  const startedMs = options.now();
  const expr = parse(query);
  checkShape(expr, grid, instant, options.limits);
  const { defaultSubqueryStepMs } = options;
  const node = plan(expr, { startMs: grid.startMs, endMs, stepMs: grid.stepMs, defaultSubqueryStepMs });
  const parsedMs = options.now();
  const annotations = new Annotations();
  const budget = new Budget(options.limits, options.signal, options.now);
  const { source, signal, lookbackMs, pushDown } = options;
  const { maxSeries } = options.limits;
  const evaluator = new Evaluator({ source, budget, annotations, signal, lookbackMs, maxSeries, pushDown });
  const value =
    node.kind === 'window'
      ? await rangeValue(evaluator, node, grid, annotations)
      : finish(await evaluator.evaluate(node, grid), grid, instant);
  const evaluatedMs = options.now();
  return {
    value,
    ...annotations.render(query),
    stats: {
      samplesRead: budget.samplesRead,
      seriesReturned: 'series' in value ? value.series.length : 0,
      parseMs: parsedMs - startedMs,
      evaluateMs: evaluatedMs - parsedMs,
    },
  };
}

function checkShape(expr: Expr, grid: Grid, instant: boolean, limits: QueryLimits): void {
  if (instant) return;
  const type = typeOf(expr);
  if (type !== 'scalar' && type !== 'vector') {
    const got = type === 'matrix' ? 'range vector' : 'string';
    throw new SondeError(`invalid expression type "${got}" for range query, must be Scalar or instant Vector`, {
      kind: 'invalid',
      code: 'query-argument',
      mend:
        type === 'matrix'
          ? 'use a function such as rate() over the range, or an instant query'
          : 'use an instant query',
    });
  }
  if (grid.steps > limits.maxSteps) {
    throw new SondeError(`the query has ${grid.steps} steps, the limit is ${limits.maxSteps} points per series`, {
      kind: 'invalid',
      code: 'query-too-many-steps',
      mend: 'widen the step or shorten the range',
    });
  }
}

/** Names that are to go go now, at the end, so that label functions could still use them. */
function finish(value: Value, grid: Grid, instant: boolean): QueryValue {
  if (value.kind === 'string') return { type: 'string', text: value.text, timeMs: grid.startMs };
  if (value.kind === 'scalar') return { type: 'scalar', grid, values: value.values };
  const named = value.series.map((column) =>
    column.dropName ? { ...column, labels: column.labels.withoutMetadata() } : column,
  );
  const series = mergeSameLabels(named).filter((column) => !isEmpty(column));
  if (instant) return { type: 'vector', grid, series: value.ordered === true ? series : [...series] };
  return { type: 'matrix', grid, series: [...series].sort((a, b) => compareLabels(a.labels, b.labels)) };
}

async function rangeValue(
  evaluator: Evaluator,
  node: WindowPlan,
  grid: Grid,
  annotations: Annotations,
): Promise<QueryValue> {
  const { series } = await evaluator.windowInput(node, grid);
  const { rangeMs, offsetMs, atMs } = node;
  const shape = { rangeMs, offsetMs, atMs, modifier: undefined, lookbackMs: evaluator.options.lookbackMs };
  const found = new Map<string, RangeSeries>();
  for (const one of series) {
    const window = new Window(one, shape, annotations, node.range);
    window.moveTo(grid, 0);
    if (window.isEmpty) continue;
    const labels = one.dropName ? one.labels.withoutMetadata() : one.labels;
    if (found.has(labels.key)) throw duplicateSeries(labels);
    const { values } = window.histograms;
    found.set(labels.key, {
      labels,
      times: window.times.slice(window.lo, window.hi),
      values: window.values.slice(window.lo, window.hi),
      histograms: Array.from({ length: window.histogramCount }, (_, i) => ({
        timeMs: window.histograms.times[window.histLo + i]!,
        histogram: values[window.histLo + i]!,
      })),
    });
  }
  return { type: 'range', series: [...found.values()].sort((a, b) => compareLabels(a.labels, b.labels)) };
}

/** Whether a column has a sample at a step. */
export function hasSample(column: Column, step: number): boolean {
  return column.kinds[step] !== ABSENT;
}
