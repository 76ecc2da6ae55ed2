import type { Grid } from '../grid.ts';
import { LabelSet, METRIC_NAME } from '../label-set.ts';
import type { AggregatePlan, CallPlan, WindowPlan } from '../plan.ts';
import type { Value } from '../series.ts';
import type { PushedAggregate, PushedFunction } from '../source.ts';
import { noteNonCounters } from './call.ts';
import type { Evaluator } from './evaluator.ts';

const FUNCTIONS: ReadonlySet<string> = new Set<PushedFunction>(['rate', 'increase', 'delta']);
const AGGREGATES: ReadonlySet<string> = new Set<PushedAggregate>(['sum', 'min', 'max', 'count', 'avg']);

/**
 * Lets the source evaluate `rate(x[5m])` or `sum by (…) (rate(x[5m]))`, which reads the samples where they are.
 * Undefined where the shape, the switch or the source say no; the evaluator then does it itself.
 */
export async function pushDown(
  evaluator: Evaluator,
  node: CallPlan | AggregatePlan,
  grid: Grid,
): Promise<Value | undefined> {
  const { source, budget, annotations, maxSeries, signal } = evaluator.options;
  if (!evaluator.options.pushDown || source.selectOnGrid === undefined) return undefined;
  const call = node.kind === 'call' ? node : node.expr.kind === 'call' ? node.expr : undefined;
  const window = call?.args[0];
  if (call === undefined || window?.kind !== 'window' || !FUNCTIONS.has(call.name)) return undefined;
  if (node.kind === 'aggregate' && !AGGREGATES.has(node.op)) return undefined;
  const { source: windowSource } = window;
  if (windowSource.kind !== 'selector' || windowSource.selector.modifier !== undefined) return undefined;
  if (window.atMs !== undefined) return undefined;
  const answer = await source.selectOnGrid({
    matchers: windowSource.selector.matchers,
    fromMs: grid.startMs - window.offsetMs - window.rangeMs,
    toMs: grid.startMs + (grid.steps - 1) * grid.stepMs - window.offsetMs,
    maxSamples: budget.remainingSamples,
    maxSeries,
    signal,
    function: call.name as PushedFunction,
    rangeMs: window.rangeMs,
    offsetMs: window.offsetMs,
    grid,
    aggregate: aggregateOf(node),
  });
  if (answer === undefined) return undefined;
  for (const note of answer.notes) annotations.note(note);
  budget.samplesRead += answer.samplesRead;
  budget.take(answer.columns.length * grid.steps);
  if (call.name !== 'delta') noteCounters(evaluator, window, answer.metrics);
  return { kind: 'vector', series: [...answer.columns] };
}

function aggregateOf(
  node: CallPlan | AggregatePlan,
): { op: PushedAggregate; grouping: readonly string[]; without: boolean } | undefined {
  if (node.kind === 'call') return undefined;
  return { op: node.op as PushedAggregate, grouping: node.grouping, without: node.without };
}

function noteCounters(evaluator: Evaluator, window: WindowPlan, metrics: readonly string[]): void {
  const labels = metrics.map((metric) => LabelSet.of([[METRIC_NAME, metric]]));
  noteNonCounters(evaluator, window, labels);
}
