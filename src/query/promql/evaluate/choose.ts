import { SondeError } from '../../../model/errors.ts';
import type { Annotations } from '../annotations.ts';
import { formatCompact } from '../number-format.ts';
import type { AggregatePlan } from '../plan.ts';
import { ABSENT, ColumnBuilder, FLOAT, HISTOGRAM, type Column } from '../series.ts';
import { groupColumns } from './aggregate.ts';
import { labelHashRatio } from './label-hash.ts';

/**
 * `topk bottomk limitk limit_ratio`: at each step some of each group's samples, with all their labels.
 * With a single step the columns come in order of rank.
 */
export function choose(
  node: AggregatePlan,
  input: readonly Column[],
  param: Float64Array,
  steps: number,
  annotations: Annotations,
): Column[] {
  checkParameter(node, param, annotations);
  const groups = groupColumns(input, node.grouping, node.without);
  const outputs = new Map<Column, ColumnBuilder>();
  const take = (column: Column, step: number): void => {
    let builder = outputs.get(column);
    if (builder === undefined) outputs.set(column, (builder = new ColumnBuilder(steps)));
    builder.copy(step, column);
  };
  let ignored = false;
  for (const { columns } of groups) {
    const ratios = node.op === 'limit_ratio' ? columns.map((column) => labelHashRatio(column.labels)) : [];
    for (let step = 0; step < steps; step++) {
      if (node.op === 'limit_ratio') {
        columns.forEach((column, i) => {
          if (column.kinds[step] !== ABSENT && withinRatio(ratios[i]!, param[step]!)) take(column, step);
        });
        continue;
      }
      const k = Math.trunc(param[step]!);
      if (k < 1) continue;
      const wanted = node.op === 'limitk' ? ABSENT : FLOAT;
      const there = columns.filter(({ kinds }) => (wanted === FLOAT ? kinds[step] === FLOAT : kinds[step] !== ABSENT));
      if (wanted === FLOAT) ignored ||= columns.some(({ kinds }) => kinds[step] === HISTOGRAM);
      if (node.op !== 'limitk') rank(there, step, node.op === 'topk');
      for (const column of there.slice(0, k)) take(column, step);
    }
  }
  if (ignored) annotations.info(`ignored histogram in ${node.op} aggregation`, node.range);
  return [...outputs].map(([column, builder]) => builder.build(column.labels, column.dropName));
}

/** Largest (or smallest) first, NaN last, equals in the order they came. */
function rank(columns: Column[], step: number, largestFirst: boolean): void {
  columns.sort((a, b) => {
    const [x, y] = [a.values[step]!, b.values[step]!];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return x === y ? 0 : x > y === largestFirst ? -1 : 1;
  });
}

/** A positive ratio takes series from the lower end of the hash's range, a negative one its complement. */
function withinRatio(hash: number, ratio: number): boolean {
  const limit = Math.max(-1, Math.min(1, ratio));
  return limit >= 0 ? hash < limit : hash >= 1 + limit;
}

function checkParameter(node: AggregatePlan, param: Float64Array, annotations: Annotations): void {
  const ratio = node.op === 'limit_ratio';
  if (param.some((value) => Number.isNaN(value))) fail(`${ratio ? 'Ratio' : 'Parameter'} value is NaN`);
  const [min, max] = [param.reduce((a, b) => Math.min(a, b)), param.reduce((a, b) => Math.max(a, b))];
  if (!ratio) {
    if (max < 1) return;
    if (min <= -(2 ** 63)) fail(`Scalar value ${formatCompact(min)} underflows int64`);
    if (max >= 2 ** 63) fail(`Scalar value ${formatCompact(max)} overflows int64`);
    return;
  }
  const warn = (value: number, capped: number): void =>
    annotations.warn(
      `ratio value should be between -1 and 1, got ${formatCompact(value)}, capping to ${capped}`,
      node.param!.range,
    );
  if (max > 1) warn(max, 1);
  if (min < -1) warn(min, -1);
}

function fail(message: string): never {
  throw new SondeError(message, { kind: 'invalid', code: 'query-argument' });
}
