import type { Annotations } from '../annotations.ts';
import { meanOf, sumOf, type SumNotes } from '../histogram/arithmetic.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import type { LabelSet } from '../label-set.ts';
import { groupKey, METRIC_NAME } from '../label-set.ts';
import type { AggregatePlan } from '../plan.ts';
import { ABSENT, ColumnBuilder, FLOAT, HISTOGRAM, type Column } from '../series.ts';
import { hintsCollide, meanOfValues } from './over-time.ts';
import { quantileOf } from './quantile.ts';

/** Columns that an aggregation takes together. */
export interface Group {
  readonly labels: LabelSet;
  readonly columns: Column[];
}

export function groupColumns(columns: readonly Column[], grouping: readonly string[], without: boolean): Group[] {
  const groups = new Map<string, Group>();
  for (const column of columns) {
    const key = groupKey(column.labels, grouping, without);
    const group = groups.get(key);
    if (group !== undefined) group.columns.push(column);
    else {
      const labels = without ? column.labels.without([...grouping, METRIC_NAME]) : column.labels.only(grouping);
      groups.set(key, { labels, columns: [column] });
    }
  }
  return [...groups.values()];
}

/**
 * `sum avg min max count group stddev stdvar quantile`: one column a group.
 * @param param value of the parameter at each step (`quantile`)
 */
export function aggregate(
  node: AggregatePlan,
  input: readonly Column[],
  param: Float64Array | undefined,
  steps: number,
  annotations: Annotations,
): Column[] {
  return groupColumns(input, node.grouping, node.without).flatMap((group) => {
    const out = new ColumnBuilder(steps);
    aggregateGroup(node, group.columns, param, out, annotations);
    const dropName = group.columns.some((column) => column.dropName && column.kinds.some((kind) => kind !== ABSENT));
    return out.filled === 0 ? [] : [out.build(group.labels, dropName)];
  });
}

function aggregateGroup(
  node: AggregatePlan,
  columns: readonly Column[],
  param: Float64Array | undefined,
  out: ColumnBuilder,
  annotations: Annotations,
): void {
  const histograms = columns.some((column) => column.histograms !== undefined);
  if (histograms && !['sum', 'avg', 'count', 'group'].includes(node.op)) {
    const used = columns.some((column) => column.kinds.includes(HISTOGRAM));
    if (used) annotations.info(`ignored histogram in ${node.op} aggregation`, node.expr.range);
  }
  switch (node.op) {
    case 'sum':
      if (histograms) return mixed(node, columns, out, annotations);
      return sum(columns, out);
    case 'avg':
      if (histograms) return mixed(node, columns, out, annotations);
      return average(columns, out);
    case 'min':
      return extreme(columns, out, (value, best) => value < best || Number.isNaN(best));
    case 'max':
      return extreme(columns, out, (value, best) => value > best || Number.isNaN(best));
    case 'count':
      return count(columns, out, false);
    case 'group':
      return count(columns, out, true);
    case 'stdvar':
    case 'stddev':
      return variance(columns, out, node.op === 'stddev');
    default:
      return eachStep(columns, out, (values, step) => quantileOf(param![step]!, values.slice()));
  }
}

/** Compensated sums, all steps of a column in one loop (bench: query/histogram-quantile). */
function sum(columns: readonly Column[], out: ColumnBuilder): void {
  const { values: sums, kinds: present } = out;
  const lost = new Float64Array(sums.length);
  for (const { values, kinds } of columns) {
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] !== FLOAT) continue;
      const value = values[step]!;
      const before = sums[step]!;
      const total = before + value;
      if (total === Infinity || total === -Infinity) lost[step] = 0;
      else if (Math.abs(before) >= Math.abs(value)) lost[step]! += before - total + value;
      else lost[step]! += value - total + before;
      sums[step] = total;
      present[step] = FLOAT;
    }
  }
  for (let step = 0; step < sums.length; step++) {
    if (present[step] !== FLOAT) continue;
    sums[step]! += lost[step]!;
    out.filled++;
  }
}

/** The sum's loop where sums stay finite; steps that overflow are averaged from mean to mean. */
function average(columns: readonly Column[], out: ColumnBuilder): void {
  eachStep(columns, out, (values) => meanOfValues(values, 0, values.length));
}

function extreme(
  columns: readonly Column[],
  out: ColumnBuilder,
  beats: (value: number, best: number) => boolean,
): void {
  for (const { values, kinds } of columns) {
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] !== FLOAT) continue;
      if (out.kinds[step] === ABSENT) out.setFloat(step, values[step]!);
      else if (beats(values[step]!, out.values[step]!)) out.values[step] = values[step]!;
    }
  }
}

function count(columns: readonly Column[], out: ColumnBuilder, onlyOne: boolean): void {
  for (const { kinds } of columns) {
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === ABSENT) continue;
      if (out.kinds[step] === ABSENT) out.setFloat(step, 1);
      else if (!onlyOne) out.values[step]!++;
    }
  }
}

/** Welford's method; a value that is no finite number makes the result NaN. */
function variance(columns: readonly Column[], out: ColumnBuilder, root: boolean): void {
  eachStep(columns, out, (values) => {
    let mean = values[0]!;
    let squares = Number.isFinite(mean) ? 0 : NaN;
    for (let i = 1; i < values.length; i++) {
      const delta = values[i]! - mean;
      mean += delta / (i + 1);
      squares += delta * (values[i]! - mean);
    }
    return root ? Math.sqrt(squares / values.length) : squares / values.length;
  });
}

/** Calls `reduce` with the floats of each step that has any; the array is reused. */
function eachStep(
  columns: readonly Column[],
  out: ColumnBuilder,
  reduce: (values: Float64Array, step: number) => number,
): void {
  const gathered = new Float64Array(columns.length);
  for (let step = 0; step < out.kinds.length; step++) {
    let found = 0;
    for (const { kinds, values } of columns) if (kinds[step] === FLOAT) gathered[found++] = values[step]!;
    if (found > 0) out.setFloat(step, reduce(gathered.subarray(0, found), step));
  }
}

/** Sum or mean where some samples are histograms: a group must not mix both kinds at a step. */
function mixed(node: AggregatePlan, columns: readonly Column[], out: ColumnBuilder, annotations: Annotations): void {
  const scratch = new ColumnBuilder(out.kinds.length);
  if (node.op === 'sum') sum(columns, scratch);
  else average(columns, scratch);
  const { range } = node.expr;
  for (let step = 0; step < out.kinds.length; step++) {
    const histograms: FloatHistogram[] = [];
    let metric = '';
    for (const column of columns) {
      if (column.kinds[step] !== HISTOGRAM) continue;
      histograms.push(column.histograms![step]!);
      metric = column.labels.get(METRIC_NAME);
    }
    const floats = scratch.kinds[step] === FLOAT;
    if (histograms.length === 0) {
      if (floats) out.setFloat(step, scratch.values[step]!);
      continue;
    }
    if (floats) {
      annotations.warn('encountered a mix of histograms and floats for aggregation', range);
      continue;
    }
    const notes: SumNotes = { resetCollision: false, boundsReconciled: false };
    const result = node.op === 'sum' ? sumOf(histograms, notes) : meanOf(histograms, notes);
    if (notes.boundsReconciled) {
      annotations.info('mismatched custom buckets were reconciled during aggregation', range);
    }
    if (result === undefined) {
      const message = 'vector contains a mix of histograms with exponential and custom buckets schemas for metric name';
      annotations.warn(`${message} ${JSON.stringify(metric)}`, range);
      continue;
    }
    if (hintsCollide(histograms)) annotations.warn('conflicting counter resets during histogram aggregation', range);
    out.setHistogram(step, result);
  }
}
