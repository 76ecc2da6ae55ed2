import { groupKey } from '../label-set.ts';
import { ABSENT, ColumnBuilder, isEmpty, mergeSameLabels, type Column } from '../series.ts';
import type { SetOperator, VectorMatching } from '../syntax/ast.ts';

/** `and`, `or`, `unless`: which samples stay is decided at each step by whether the other side has a match. */
export function setOperation(
  op: SetOperator,
  matching: VectorMatching,
  left: readonly Column[],
  right: readonly Column[],
  steps: number,
): Column[] {
  const keyOf = (column: Column): string => groupKey(column.labels, matching.labels, !matching.on);
  if (op === 'or') {
    const there = presenceByKey(left, keyOf, steps);
    return mergeSameLabels([...left, ...filter(right, keyOf, there, false)]);
  }
  return filter(left, keyOf, presenceByKey(right, keyOf, steps), op === 'and');
}

function presenceByKey(
  columns: readonly Column[],
  keyOf: (column: Column) => string,
  steps: number,
): Map<string, Uint8Array> {
  const presence = new Map<string, Uint8Array>();
  for (const column of columns) {
    const key = keyOf(column);
    let present = presence.get(key);
    if (present === undefined) presence.set(key, (present = new Uint8Array(steps)));
    for (let step = 0; step < steps; step++) if (column.kinds[step] !== ABSENT) present[step] = 1;
  }
  return presence;
}

/** Samples for which the other side has a match (`wanted`) or has none. */
function filter(
  columns: readonly Column[],
  keyOf: (column: Column) => string,
  presence: ReadonlyMap<string, Uint8Array>,
  wanted: boolean,
): Column[] {
  const kept: Column[] = [];
  for (const column of columns) {
    const present = presence.get(keyOf(column));
    if (present === undefined) {
      if (!wanted) kept.push(column);
      continue;
    }
    const out = new ColumnBuilder(column.kinds.length);
    for (let step = 0; step < column.kinds.length; step++) {
      if ((present[step] === 1) === wanted) out.copy(step, column);
    }
    const filtered = out.build(column.labels, column.dropName);
    if (!isEmpty(filtered)) kept.push(filtered);
  }
  return kept;
}
