import { endOf, type Grid } from '../grid.ts';
import type { LabelSet } from '../label-set.ts';
import { groupKey, METRIC_NAME } from '../label-set.ts';
import type { AggregatePlan, CallPlan, WindowPlan } from '../plan.ts';
import type { Column, Value } from '../series.ts';
import type { PushedAggregate, PushedFunction, Selection } from '../source.ts';
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
  const { budget } = evaluator.options;
  if (!evaluator.options.pushDown) return undefined;
  const call = node.kind === 'call' ? node : node.expr.kind === 'call' ? node.expr : undefined;
  const window = call?.args[0];
  if (call === undefined || window?.kind !== 'window' || !FUNCTIONS.has(call.name)) return undefined;
  if (node.kind === 'aggregate' && !AGGREGATES.has(node.op)) return undefined;
  if (window.source.kind !== 'selector' || window.source.selector.modifier !== undefined) return undefined;
  if (window.atMs !== undefined) return undefined;
  const fromMs = grid.startMs - window.offsetMs - window.rangeMs;
  const selection = await evaluator.selection(window.source.selector, fromMs, endOf(grid) - window.offsetMs);
  if (selection.onGrid === undefined) return undefined;
  const groups = groupsOf(node, selection);
  const answer = await selection.onGrid({
    function: call.name as PushedFunction,
    rangeMs: window.rangeMs,
    offsetMs: window.offsetMs,
    grid,
    aggregate: node.kind === 'aggregate' ? (node.op as PushedAggregate) : undefined,
    groups: groups.of,
    groupCount: groups.labels.length,
  });
  if (answer === undefined) return undefined;
  budget.samplesRead += answer.samplesRead;
  const series: Column[] = [];
  answer.columns.forEach((column, group) => {
    if (column === undefined) return;
    series.push({ labels: groups.labels[group]!, dropName: true, ...column, histograms: undefined });
  });
  budget.take(series.length * grid.steps);
  if (call.name !== 'delta') noteCounters(evaluator, window, selection);
  return { kind: 'vector', series };
}

interface Groups {
  readonly of: Int32Array;
  readonly labels: readonly LabelSet[];
}

function groupsOf(node: CallPlan | AggregatePlan, { labels }: Selection): Groups {
  if (node.kind === 'call') return { of: Int32Array.from(labels.keys()), labels };
  const byKey = new Map<string, number>();
  const groupLabels: LabelSet[] = [];
  const of = Int32Array.from(labels, (one) => {
    const key = groupKey(one, node.grouping, node.without);
    let group = byKey.get(key);
    if (group === undefined) {
      byKey.set(key, (group = groupLabels.length));
      groupLabels.push(node.without ? one.without([...node.grouping, METRIC_NAME]) : one.only(node.grouping));
    }
    return group;
  });
  return { of, labels: groupLabels };
}

function noteCounters(evaluator: Evaluator, window: WindowPlan, { labels }: Selection): void {
  const seen = new Map(labels.map((one) => [one.get(METRIC_NAME), one]));
  noteNonCounters(
    evaluator,
    window,
    [...seen.values()].map((one) => one.only([METRIC_NAME, '__type__'])),
  );
}
