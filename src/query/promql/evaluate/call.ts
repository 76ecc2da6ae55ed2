import { SondeError } from '../../../model/errors.ts';
import { timeAt, type Grid } from '../grid.ts';
import { LabelSet, METRIC_NAME } from '../label-set.ts';
import type { CallPlan, PlanNode, WindowPlan } from '../plan.ts';
import { ABSENT, ColumnBuilder, type Column, type SampleSeries, type Value } from '../series.ts';
import { formatFloat } from '../number-format.ts';
import { absentLabels } from './conversions.ts';
import type { Evaluator } from './evaluator.ts';
import {
  absence,
  fractionFunction,
  HISTOGRAM_FUNCTIONS,
  mapHistograms,
  quantileFunction,
  quantilesFunction,
  scalarOf,
} from './histogram-functions.ts';
import { evaluateInfo } from './info.ts';
import { labelJoin, labelReplace, sortByLabel, sortByValue } from './label-functions.ts';
import { CALENDAR_FUNCTIONS, FLOAT_FUNCTIONS, mapFloats, withoutCrossedBounds } from './math-functions.ts';
import { checkModifier, KEEPS_NAME, RANGE_FUNCTIONS, type RangeFunction } from './range-functions.ts';
import { Window, type WindowShape } from './window.ts';

export async function evaluateCall(evaluator: Evaluator, node: CallPlan, grid: Grid): Promise<Value> {
  const { name, args } = node;
  const rangeFunction = RANGE_FUNCTIONS.get(name);
  if (rangeFunction !== undefined) return overRange(evaluator, node, rangeFunction, grid);
  const floatFunction = FLOAT_FUNCTIONS.get(name);
  if (floatFunction !== undefined) {
    const [vector, ...scalars] = await Promise.all([
      evaluator.vector(args[0]!, grid),
      ...args.slice(1).map((arg) => evaluator.scalar(arg, grid)),
    ]);
    const columns = name === 'clamp' ? withoutCrossedBounds(vector, scalars[0]!, scalars[1]!) : vector;
    return vectorOf(mapFloats(columns, floatFunction, scalars));
  }
  const read = HISTOGRAM_FUNCTIONS.get(name);
  if (read !== undefined) return vectorOf(mapHistograms(await evaluator.vector(args[0]!, grid), read));
  const calendar = CALENDAR_FUNCTIONS.get(name);
  if (calendar !== undefined) {
    if (args[0] !== undefined) return vectorOf(mapFloats(await evaluator.vector(args[0], grid), calendar));
    return vectorOf([constantColumn(everyStep(grid, (timeMs) => calendar(Math.floor(timeMs / 1000))))]);
  }
  return evaluateNamed(evaluator, node, grid);
}

async function evaluateNamed(evaluator: Evaluator, node: CallPlan, grid: Grid): Promise<Value> {
  const { name, args } = node;
  const { annotations } = evaluator.options;
  const vector = (index: number): Promise<Column[]> => evaluator.vector(args[index]!, grid);
  const scalar = (index: number): Promise<Float64Array> => evaluator.scalar(args[index]!, grid);
  switch (name) {
    case 'time':
      return { kind: 'scalar', values: everyStep(grid, (timeMs) => timeMs / 1000) };
    case 'pi':
      return { kind: 'scalar', values: new Float64Array(grid.steps).fill(Math.PI) };
    case 'scalar':
      return { kind: 'scalar', values: scalarOf(await vector(0), grid.steps) };
    case 'min_of':
    case 'max_of': {
      const [a, b] = [await scalar(0), await scalar(1)];
      const pick = name === 'min_of' ? Math.min : Math.max;
      return { kind: 'scalar', values: a.map((value, step) => pick(value, b[step]!)) };
    }
    case 'vector':
      return vectorOf([constantColumn(await scalar(0))]);
    case 'absent': {
      const out = absence(await vector(0), grid.steps);
      const selector = args[0]!.kind === 'selector' ? args[0]!.selector : undefined;
      return vectorOf(out.filled === 0 ? [] : [out.build(absentLabels(selector), false)]);
    }
    case 'timestamp':
      return vectorOf(await sampleTimes(evaluator, args[0]!, grid));
    case 'start_timestamp':
      return vectorOf(await startTimes(evaluator, args[0]!, grid));
    case 'histogram_quantile': {
      const ranges = { q: args[0]!.range, vector: args[1]!.range };
      return vectorOf(quantileFunction(await vector(1), await scalar(0), ranges, grid, annotations));
    }
    case 'histogram_quantiles': {
      const quantiles = await Promise.all(
        args.slice(2).map(async (arg) => ({ values: await evaluator.scalar(arg, grid), range: arg.range })),
      );
      return vectorOf(
        quantilesFunction(await vector(0), textOf(args[1]), quantiles, args[0]!.range, grid, annotations),
      );
    }
    case 'histogram_fraction':
      return vectorOf(
        fractionFunction(await vector(2), await scalar(0), await scalar(1), args[2]!.range, grid, annotations),
      );
    case 'label_replace':
      return vectorOf(
        labelReplace(await vector(0), textOf(args[1]), textOf(args[2]), textOf(args[3]), textOf(args[4])),
      );
    case 'label_join':
      return vectorOf(labelJoin(await vector(0), textOf(args[1]), textOf(args[2]), args.slice(3).map(textOf)));
    case 'sort':
    case 'sort_desc':
    case 'sort_by_label':
    case 'sort_by_label_desc':
      return sorted(evaluator, node, await vector(0), grid);
    case 'info':
      return vectorOf(await evaluateInfo(evaluator, node, grid));
    default:
      throw new SondeError(`function ${name} is not supported`, { kind: 'unsupported', code: 'query-unsupported' });
  }
}

function sorted(evaluator: Evaluator, node: CallPlan, columns: Column[], grid: Grid): Value {
  if (grid.steps > 1) {
    const message = 'sort is ineffective for range queries since results are always ordered by labels';
    evaluator.options.annotations.warn(message, node.range);
    if (!node.name.startsWith('sort_by')) return vectorOf(mapKeepingNames(columns));
    return vectorOf(columns);
  }
  const descending = node.name.endsWith('_desc');
  const series = node.name.startsWith('sort_by')
    ? sortByLabel(columns, node.args.slice(1).map(textOf), descending)
    : sortByValue(columns, descending);
  return { kind: 'vector', series, ordered: true };
}

/** `sort` lets histograms fall out, also where it does not sort. */
function mapKeepingNames(columns: readonly Column[]): Column[] {
  return mapFloats(columns, (value) => value).map((column) => {
    const before = columns.find(({ labels }) => labels === column.labels)!;
    return { ...column, dropName: before.dropName };
  });
}

/** A function over a range: a window moves along each series. */
async function overRange(
  evaluator: Evaluator,
  node: CallPlan,
  rangeFunction: RangeFunction,
  grid: Grid,
): Promise<Value> {
  const plan = node.args.find((arg): arg is WindowPlan => arg.kind === 'window')!;
  const modifier = plan.source.kind === 'selector' ? plan.source.selector.modifier : undefined;
  if (modifier !== undefined) checkModifier(node.name, modifier);
  const scalarArgs = node.args.filter((arg) => arg !== plan);
  const [input, ...scalars] = await Promise.all([
    evaluator.windowInput(plan, grid),
    ...scalarArgs.map((arg) => evaluator.scalar(arg, grid)),
  ]);
  if (node.name === 'quantile_over_time') warnQuantileArgument(evaluator, plan, scalars[0]!, input.series);
  const { budget, annotations, lookbackMs } = evaluator.options;
  const { rangeMs, offsetMs, atMs } = plan;
  const shape: WindowShape = { rangeMs, offsetMs, atMs, modifier, lookbackMs };
  const keepsName = KEEPS_NAME.has(node.name);
  const columns: Column[] = [];
  const counters: LabelSet[] = [];
  for (const series of input.series) {
    await budget.breathe();
    const window = new Window(series, shape, annotations, plan.range);
    const out = new ColumnBuilder(grid.steps);
    const args = new Array<number>(scalars.length);
    for (let step = 0; step < grid.steps; step++) {
      window.moveTo(grid, step);
      if (window.lo === window.hi && window.histLo === window.histHi) continue;
      for (let i = 0; i < scalars.length; i++) args[i] = scalars[i]![step]!;
      const value = rangeFunction(window, args);
      if (value !== undefined) out.set(step, value);
    }
    if (out.filled === 0) continue;
    budget.take(out.filled);
    columns.push(out.build(series.labels, !keepsName || series.dropName));
    if (out.histograms === undefined || out.histograms.length < grid.steps) counters.push(series.labels);
  }
  if (node.name === 'rate' || node.name === 'increase') noteNonCounters(evaluator, plan, counters);
  if (node.name === 'absent_over_time') {
    const out = absence(columns, grid.steps);
    const selector = plan.source.kind === 'selector' ? plan.source.selector : undefined;
    return vectorOf(out.filled === 0 ? [] : [out.build(absentLabels(selector), false)]);
  }
  return vectorOf(columns);
}

/** The rate of what does not look like a counter is advice worth giving, by the metric's name or its `__type__`. */
export function noteNonCounters(evaluator: Evaluator, plan: WindowPlan, all: readonly LabelSet[]): void {
  const seen = new Set<string>();
  for (const labels of all) {
    const metric = labels.get(METRIC_NAME);
    if (metric === '' || seen.has(metric)) continue;
    seen.add(metric);
    const type = labels.get('__type__');
    const { annotations } = evaluator.options;
    if (type !== '') {
      if (type === 'counter' || type === 'histogram') continue;
      const message = 'metric might not be a counter, __type__ label is not set to "counter" or "histogram"';
      annotations.info(`${message}, got ${JSON.stringify(type)}: ${JSON.stringify(metric)}`, plan.range);
    } else if (!/_(total|sum|count|bucket)$/.test(metric)) {
      const message = 'metric might not be a counter, name does not end in _total/_sum/_count/_bucket:';
      annotations.info(`${message} ${JSON.stringify(metric)}`, plan.range);
    }
  }
}

function warnQuantileArgument(
  evaluator: Evaluator,
  plan: WindowPlan,
  q: Float64Array,
  series: readonly SampleSeries[],
): void {
  const odd = q.find((value) => Number.isNaN(value) || value < 0 || value > 1);
  if (odd === undefined || series.every(({ times }) => times.length === 0)) return;
  const message = `quantile value should be between 0 and 1, got ${formatFloat(odd)}`;
  evaluator.options.annotations.warn(message, plan.range);
}

/** `timestamp()`: of a selector the time of the sample itself, of anything else the time of evaluation. */
async function sampleTimes(evaluator: Evaluator, arg: PlanNode, grid: Grid): Promise<Column[]> {
  const times = arg.kind === 'selector' ? new Map<Column, Float64Array>() : undefined;
  const columns =
    arg.kind === 'selector' ? await evaluator.selector(arg.selector, grid, times) : await evaluator.vector(arg, grid);
  return columns.map((column) => {
    const out = new ColumnBuilder(grid.steps);
    for (let step = 0; step < grid.steps; step++) {
      if (column.kinds[step] === ABSENT) continue;
      const taken = times?.get(column)?.[step];
      out.setFloat(step, (taken ?? timeAt(grid, step)) / 1000);
    }
    return out.build(column.labels, true);
  });
}

/** When the counter behind each sample started; only selectors have it, and only series whose sender told. */
async function startTimes(evaluator: Evaluator, arg: PlanNode, grid: Grid): Promise<Column[]> {
  if (arg.kind !== 'selector') return [];
  const { selector } = arg;
  const plan: WindowPlan = {
    kind: 'window',
    rangeMs: evaluator.options.lookbackMs,
    offsetMs: selector.offsetMs,
    atMs: selector.atMs,
    source: { kind: 'selector', selector },
    invariant: arg.invariant,
    range: arg.range,
  };
  const { series } = await evaluator.windowInput(plan, grid);
  const { annotations, lookbackMs } = evaluator.options;
  const { rangeMs, offsetMs, atMs } = plan;
  return series.flatMap((one) => {
    const window = new Window(
      one,
      { rangeMs, offsetMs, atMs, modifier: undefined, lookbackMs },
      annotations,
      plan.range,
    );
    const out = new ColumnBuilder(grid.steps);
    for (let step = 0; step < grid.steps; step++) {
      window.moveTo(grid, step);
      if (window.isEmpty) continue;
      const float = window.floats > 0 ? window.times[window.hi - 1]! : -Infinity;
      const histogram = window.histogramCount > 0 ? window.histograms.times[window.histHi - 1]! : -Infinity;
      const start = float >= histogram ? window.starts?.[window.hi - 1] : window.histograms.starts?.[window.histHi - 1];
      out.setFloat(step, (start ?? 0) / 1000);
    }
    return out.filled === 0 ? [] : [out.build(one.labels, true)];
  });
}

function everyStep(grid: Grid, valueAt: (timeMs: number) => number): Float64Array {
  return Float64Array.from({ length: grid.steps }, (_, step) => valueAt(timeAt(grid, step)));
}

function constantColumn(values: Float64Array): Column {
  const out = new ColumnBuilder(values.length);
  values.forEach((value, step) => out.setFloat(step, value));
  return out.build(LabelSet.EMPTY, false);
}

function vectorOf(series: Column[]): Value {
  return { kind: 'vector', series };
}

function textOf(node: PlanNode | undefined): string {
  return node?.kind === 'string' ? node.value : '';
}
