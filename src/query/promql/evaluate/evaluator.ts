import type { Annotations } from '../annotations.ts';
import { endOf, gridOf, type Grid } from '../grid.ts';
import type { Budget } from '../limits.ts';
import type { AggregatePlan, BinaryPlan, PlanNode, SelectorPlan, WindowPlan } from '../plan.ts';
import type { Column, SampleSeries, Value } from '../series.ts';
import type { Selection, Source } from '../source.ts';
import { isSetOperator } from '../syntax/ast.ts';
import { aggregate } from './aggregate.ts';
import { scalarWithScalar, vectorWithScalar, vectorWithVector } from './binary.ts';
import { evaluateCall } from './call.ts';
import { choose } from './choose.ts';
import { broadcast, samplesOf, withResetsFound } from './conversions.ts';
import { countValues } from './label-functions.ts';
import { pushDown } from './push-down.ts';
import { latestSamples, smoothedSamples } from './selector.ts';
import { setOperation } from './set-operators.ts';

export interface EvaluatorOptions {
  readonly source: Source;
  readonly budget: Budget;
  readonly annotations: Annotations;
  readonly signal: AbortSignal | undefined;
  readonly lookbackMs: number;
  readonly maxSeries: number;
  /** Let the source evaluate what it can. */
  readonly pushDown: boolean;
}

/** Samples a window function reads, and how far from each step. */
export interface WindowInput {
  readonly series: readonly SampleSeries[];
  readonly fromSubquery: boolean;
}

/** Evaluates a plan, each node for all steps at once. One object serves one query. */
export class Evaluator {
  readonly options: EvaluatorOptions;
  private readonly selections = new Map<string, Promise<Selection>>();
  private readonly reads = new Map<Selection, Promise<readonly SampleSeries[]>>();

  constructor(options: EvaluatorOptions) {
    this.options = options;
  }

  async evaluate(node: PlanNode, grid: Grid): Promise<Value> {
    this.options.budget.check();
    const fixed = node.invariant && grid.steps > 1 && node.kind !== 'number' && node.kind !== 'string';
    if (fixed) return broadcast(await this.evaluateNode(node, { ...grid, steps: 1 }), grid.steps);
    return this.evaluateNode(node, grid);
  }

  /** As `evaluate`, for a node whose type is vector. */
  async vector(node: PlanNode, grid: Grid): Promise<Column[]> {
    const value = await this.evaluate(node, grid);
    return value.kind === 'vector' ? value.series : [];
  }

  /** As `evaluate`, for a node whose type is scalar. */
  async scalar(node: PlanNode, grid: Grid): Promise<Float64Array> {
    const value = await this.evaluate(node, grid);
    return value.kind === 'scalar' ? value.values : new Float64Array(grid.steps).fill(NaN);
  }

  private async evaluateNode(node: PlanNode, grid: Grid): Promise<Value> {
    switch (node.kind) {
      case 'number':
        return { kind: 'scalar', values: new Float64Array(grid.steps).fill(node.value) };
      case 'string':
        return { kind: 'string', text: node.value };
      case 'selector':
        return { kind: 'vector', series: await this.selector(node.selector, grid) };
      case 'unary':
        return this.unary(node.negative, await this.evaluate(node.expr, grid));
      case 'call':
        return (await pushDown(this, node, grid)) ?? evaluateCall(this, node, grid);
      case 'aggregate':
        return (await pushDown(this, node, grid)) ?? this.aggregate(node, grid);
      case 'binary':
        return this.binary(node, grid);
      case 'window':
        // Only functions take ranges; a bare one is read by the engine itself.
        return { kind: 'vector', series: [] };
    }
  }

  /** @param times filled, by column, with the times of the samples taken */
  async selector(plan: SelectorPlan, grid: Grid, times?: Map<Column, Float64Array>): Promise<Column[]> {
    const { lookbackMs, budget, annotations } = this.options;
    const shape = { offsetMs: plan.offsetMs, atMs: plan.atMs, lookbackMs };
    const ahead = plan.modifier === 'smoothed' ? lookbackMs : 0;
    const series = await this.select(plan, grid, lookbackMs, ahead);
    const columns: Column[] = [];
    for (const one of series) {
      await budget.breathe();
      const sampleTimes = times === undefined ? undefined : new Float64Array(grid.steps);
      const builder =
        plan.modifier === 'smoothed'
          ? smoothedSamples(one, grid, shape, annotations, plan.range)
          : latestSamples(one, grid, shape, sampleTimes);
      if (builder.filled === 0) continue;
      budget.take(builder.filled);
      const column = builder.build(one.labels, one.dropName);
      columns.push(column);
      if (sampleTimes !== undefined) times!.set(column, sampleTimes);
    }
    return columns;
  }

  /** The samples behind a window: stored ones, or those a subquery makes. */
  async windowInput(plan: WindowPlan, grid: Grid): Promise<WindowInput> {
    const { source } = plan;
    if (source.kind === 'selector') {
      const { lookbackMs } = this.options;
      const { modifier } = source.selector;
      const behind = plan.rangeMs + (modifier === undefined ? 0 : lookbackMs);
      const ahead = modifier === 'smoothed' ? lookbackMs : 0;
      return { series: await this.select(source.selector, grid, behind, ahead), fromSubquery: false };
    }
    const first = (plan.atMs ?? grid.startMs) - plan.offsetMs - plan.rangeMs;
    const last = (plan.atMs ?? endOf(grid)) - plan.offsetMs;
    // Steps of a subquery lie on multiples of the step, so that they stay where they are as the query moves on.
    const inner = gridOf((Math.floor(first / source.stepMs) + 1) * source.stepMs, last, source.stepMs);
    if (inner.steps === 0) return { series: [], fromSubquery: true };
    this.options.budget.allowSteps(inner.steps);
    const columns = await this.vector(source.expr, inner);
    return { series: columns.map((column) => samplesOf(column, inner)), fromSubquery: true };
  }

  private async select(
    plan: SelectorPlan,
    grid: Grid,
    behindMs: number,
    aheadMs: number,
  ): Promise<readonly SampleSeries[]> {
    const fromMs = (plan.atMs ?? grid.startMs) - plan.offsetMs - behindMs;
    const toMs = (plan.atMs ?? endOf(grid)) - plan.offsetMs + aheadMs;
    const selection = await this.selection(plan, fromMs, toMs);
    let read = this.reads.get(selection);
    if (read === undefined) this.reads.set(selection, (read = this.read(selection)));
    const series = await read;
    return plan.countsOnly ? series.map(withResetsFound) : series;
  }

  /** The series a selector names, found once however often the query names them. */
  selection(plan: SelectorPlan, fromMs: number, toMs: number): Promise<Selection> {
    const matchers = plan.matchers.map(({ name, op, value }) => JSON.stringify([name, op, value])).sort();
    const key = `${fromMs} ${toMs} ${matchers.join()}`;
    let selection = this.selections.get(key);
    if (selection === undefined) this.selections.set(key, (selection = this.find(plan, fromMs, toMs)));
    return selection;
  }

  private async find(plan: SelectorPlan, fromMs: number, toMs: number): Promise<Selection> {
    const { source, budget, annotations, maxSeries, signal } = this.options;
    const maxSamples = budget.remainingSamples;
    const selection = await source.select({ matchers: plan.matchers, fromMs, toMs, maxSamples, maxSeries, signal });
    for (const note of selection.notes) annotations.note(note);
    return selection;
  }

  private async read(selection: Selection): Promise<readonly SampleSeries[]> {
    const { budget } = this.options;
    const series = await selection.read();
    let samples = 0;
    for (const one of series) samples += one.times.length + (one.histograms?.times.length ?? 0);
    budget.samplesRead += samples;
    budget.take(samples);
    return series;
  }

  private unary(negative: boolean, value: Value): Value {
    if (!negative) return value;
    if (value.kind === 'scalar') return { kind: 'scalar', values: value.values.map((x) => -x) };
    if (value.kind === 'string') return value;
    const series = value.series.map((column) => ({
      ...column,
      dropName: true,
      values: column.values.map((x) => -x),
      histograms: column.histograms?.map((histogram) => histogram.scale(-1)),
    }));
    return { kind: 'vector', series };
  }

  private async aggregate(node: AggregatePlan, grid: Grid): Promise<Value> {
    const { annotations, budget } = this.options;
    const [input, param] = await Promise.all([
      this.vector(node.expr, grid),
      node.param === undefined ? undefined : this.evaluate(node.param, grid),
    ]);
    await budget.breathe();
    const scalars = param?.kind === 'scalar' ? param.values : undefined;
    switch (node.op) {
      case 'topk':
      case 'bottomk':
      case 'limitk':
      case 'limit_ratio':
        return { kind: 'vector', series: choose(node, input, scalars!, grid.steps, annotations), ordered: true };
      case 'count_values': {
        const label = param?.kind === 'string' ? param.text : '';
        return { kind: 'vector', series: countValues(node, input, label, grid.steps) };
      }
      case 'quantile':
        warnQuantile(node, scalars!, annotations);
        return { kind: 'vector', series: aggregate(node, input, scalars, grid.steps, annotations) };
      default:
        return { kind: 'vector', series: aggregate(node, input, scalars, grid.steps, annotations) };
    }
  }

  private async binary(node: BinaryPlan, grid: Grid): Promise<Value> {
    const { annotations, budget } = this.options;
    const [left, right] = await Promise.all([this.evaluate(node.left, grid), this.evaluate(node.right, grid)]);
    await budget.breathe();
    if (left.kind === 'scalar' && right.kind === 'scalar') {
      return { kind: 'scalar', values: scalarWithScalar(node, left.values, right.values) };
    }
    if (left.kind === 'vector' && right.kind === 'scalar') {
      return { kind: 'vector', series: vectorWithScalar(node, left.series, right.values, false, annotations) };
    }
    if (left.kind === 'scalar' && right.kind === 'vector') {
      return { kind: 'vector', series: vectorWithScalar(node, right.series, left.values, true, annotations) };
    }
    if (left.kind !== 'vector' || right.kind !== 'vector') return { kind: 'vector', series: [] };
    const series = isSetOperator(node.op)
      ? setOperation(node.op, node.matching!, left.series, right.series, grid.steps)
      : vectorWithVector(node, left.series, right.series, grid.steps, annotations);
    return { kind: 'vector', series };
  }
}

function warnQuantile(node: AggregatePlan, q: Float64Array, annotations: Annotations): void {
  const warn = (value: number): void =>
    annotations.warn(
      `quantile value should be between 0 and 1, got ${value === Infinity ? '+Inf' : value}`,
      node.param!.range,
    );
  if (q.some((value) => Number.isNaN(value))) warn(NaN);
  const finite = q.filter((value) => !Number.isNaN(value));
  const [min, max] = [finite.reduce((a, b) => Math.min(a, b), 0), finite.reduce((a, b) => Math.max(a, b), 1)];
  if (max > 1) warn(max);
  if (min < 0) warn(min);
}
