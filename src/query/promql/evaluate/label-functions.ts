import { SondeError } from '../../../model/errors.ts';
import { compileRegex, type SafeRegex } from '../../../util/safe-regex.ts';
import type { LabelSet } from '../label-set.ts';
import { compareLabels, groupKey, METRIC_NAME } from '../label-set.ts';
import { formatPlain } from '../number-format.ts';
import { quoteText } from '../syntax/literals.ts';
import type { AggregatePlan } from '../plan.ts';
import { ABSENT, ColumnBuilder, FLOAT, mergeSameLabels, type Column } from '../series.ts';

/** Sets `target` from what `pattern` finds in `source`; `$1`, `${name}` stand for its groups. */
export function labelReplace(
  columns: readonly Column[],
  target: string,
  replacement: string,
  source: string,
  pattern: string,
): Column[] {
  const regex = compile(pattern);
  checkLabelName(target, 'destination label name in label_replace()');
  const names = groupNames(pattern);
  const relabelled = columns.map((column) => {
    const groups = regex.groupsOfWhole(column.labels.get(source));
    if (groups === undefined) return column;
    return relabel(column, target, expand(replacement, groups, names));
  });
  return mergeSameLabels(relabelled);
}

export function labelJoin(
  columns: readonly Column[],
  target: string,
  separator: string,
  sources: readonly string[],
): Column[] {
  for (const source of sources) checkLabelName(source, 'source label name in label_join()');
  checkLabelName(target, 'destination label name in label_join()');
  const relabelled = columns.map((column) =>
    relabel(column, target, sources.map((source) => column.labels.get(source)).join(separator)),
  );
  return mergeSameLabels(relabelled);
}

/** A name set on purpose stays, also where the function before would have dropped it. */
function relabel(column: Column, target: string, value: string): Column {
  const dropName = target === METRIC_NAME ? false : column.dropName;
  return { ...column, labels: column.labels.with(target, value), dropName };
}

function compile(pattern: string): SafeRegex {
  try {
    return compileRegex(pattern);
  } catch (error) {
    throw new SondeError(`invalid regular expression in label_replace(): ${pattern.slice(0, 200)}`, {
      kind: 'invalid',
      code: 'query-argument',
      cause: error,
    });
  }
}

function groupNames(pattern: string): Map<string, number> {
  const names = new Map<string, number>();
  let index = 0;
  for (const match of pattern.matchAll(/\\.|\[(?:\\.|[^\]\\])+\]|\((?!\?)|\(\?P?<([A-Za-z_]\w*)>/g)) {
    if (!match[0].startsWith('(')) continue;
    index++;
    if (match[1] !== undefined) names.set(match[1], index);
  }
  return names;
}

/** `$name` takes the longest name of letters, digits and `_`, as in Go: `$1x` is the group `1x`, which there is not. */
function expand(template: string, groups: readonly string[], names: ReadonlyMap<string, number>): string {
  return template.replace(/\$(?:(\$)|(\w+)|\{(\w+)\})/g, (_, dollar?: string, bare?: string, braced?: string) => {
    if (dollar !== undefined) return '$';
    const name = bare ?? braced!;
    const index = /^\d+$/.test(name) ? Number(name) : names.get(name);
    return index === undefined ? '' : (groups[index] ?? '');
  });
}

export function checkLabelName(name: string, what: string): void {
  if (isLabelName(name)) return;
  throw new SondeError(`invalid ${what}: ${name.slice(0, 200)}`, { kind: 'invalid', code: 'query-argument' });
}

/** Any text but none, and none that was no UTF-8. */
function isLabelName(name: string): boolean {
  return name !== '' && !/[\ud800-\udfff\ufffd]/u.test(name);
}

/** `count_values`: how many samples of each group have each value, the value in a label. */
export function countValues(node: AggregatePlan, columns: readonly Column[], label: string, steps: number): Column[] {
  if (!isLabelName(label)) {
    throw new SondeError(`invalid label name ${quoteText(label)}`, { kind: 'invalid', code: 'query-argument' });
  }
  const grouping = node.without ? node.grouping : [...node.grouping, label];
  const groups = new Map<string, { labels: LabelSet; out: ColumnBuilder }>();
  for (const column of columns) {
    for (let step = 0; step < steps; step++) {
      if (column.kinds[step] === ABSENT) continue;
      const value =
        column.kinds[step] === FLOAT ? formatPlain(column.values[step]!) : column.histograms![step]!.toString();
      const labels = column.labels.with(label, value);
      const key = groupKey(labels, grouping, node.without);
      let group = groups.get(key);
      if (group === undefined) {
        const kept = node.without ? labels.without([...grouping, METRIC_NAME]) : labels.only(grouping);
        groups.set(key, (group = { labels: kept, out: new ColumnBuilder(steps) }));
      }
      if (group.out.kinds[step] === ABSENT) group.out.setFloat(step, 1);
      else group.out.values[step]!++;
    }
  }
  return [...groups.values()].map(({ labels, out }) => out.build(labels, false));
}

/** By value at the only step, NaN last; histograms fall out. */
export function sortByValue(columns: readonly Column[], descending: boolean): Column[] {
  const floats = columns.filter((column) => column.kinds[0] === FLOAT);
  return floats.sort((a, b) => {
    const [x, y] = [a.values[0]!, b.values[0]!];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return descending ? y - x || 0 : x - y || 0;
  });
}

/** By the values of labels, digits within them by number (`a2` before `a10`), then by all labels. */
export function sortByLabel(columns: readonly Column[], names: readonly string[], descending: boolean): Column[] {
  const sign = descending ? -1 : 1;
  return [...columns].sort((a, b) => {
    for (const name of names) {
      const order = compareNatural(a.labels.get(name), b.labels.get(name));
      if (order !== 0) return sign * order;
    }
    return sign * compareLabels(a.labels, b.labels);
  });
}

function compareNatural(a: string, b: string): number {
  if (a === b) return 0;
  const left: string[] = a.match(/\d+|\D+/g) ?? [];
  const right: string[] = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i]!, right[i]!];
    if (x === y) continue;
    const numbers = /^\d/.test(x) && /^\d/.test(y);
    if (numbers && Number(x) !== Number(y)) return Number(x) - Number(y);
    if (!numbers) return x < y ? -1 : 1;
  }
  return left.length - right.length || (a < b ? -1 : 1);
}
