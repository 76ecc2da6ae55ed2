import { SondeError } from '../../../model/errors.ts';
import type { Grid } from '../grid.ts';
import { groupKey, METRIC_NAME, type LabelSet } from '../label-set.ts';
import { makeMatcher, matchesAll, type Matcher } from '../matcher.ts';
import type { CallPlan, PlanNode, SelectorPlan } from '../plan.ts';
import { ABSENT, ColumnBuilder, duplicateSeries, type Column } from '../series.ts';
import type { Evaluator } from './evaluator.ts';

/** What says that a series and an info series are of the same target. */
const IDENTIFYING_LABELS = ['instance', 'job'];
const DEFAULT_INFO_METRIC = 'target_info';

/**
 * `info(v, {…})`: adds labels of the target's info series to a vector's series.
 * @see https://prometheus.io/docs/prometheus/latest/querying/functions/#info
 */
export async function evaluateInfo(evaluator: Evaluator, node: CallPlan, grid: Grid): Promise<Column[]> {
  const base = await evaluator.vector(node.args[0]!, grid);
  const wanted = node.args[1]?.kind === 'selector' ? node.args[1].selector.matchers : [];
  const nameMatchers = infoNameMatchers(wanted.filter(({ name }) => name === METRIC_NAME));
  const dataMatchers = wanted.filter(({ name }) => name !== METRIC_NAME);
  const isInfo = (column: Column): boolean => matchesAll(nameMatchers, (name) => column.labels.get(name));
  const targets = base.filter((column) => !isInfo(column));
  const infos = await infoColumns(evaluator, node, targets, [...nameMatchers, ...dataMatchers], grid);
  return new InfoJoin(infos, dataMatchers, grid.steps).join(base, isInfo);
}

/** Only negative name matchers say what it is not; then any metric that ends in `_info` may be it. */
function infoNameMatchers(matchers: readonly Matcher[]): readonly Matcher[] {
  if (matchers.some(({ op }) => op === '=' || op === '=~')) return matchers;
  if (matchers.length > 0) return [makeMatcher(METRIC_NAME, '=~', '.+_info'), ...matchers];
  return [makeMatcher(METRIC_NAME, '=', DEFAULT_INFO_METRIC)];
}

interface InfoColumn {
  readonly column: Column;
  /** Time of the sample at each step: of two that match, the newer counts. */
  readonly times: Float64Array;
}

async function infoColumns(
  evaluator: Evaluator,
  node: CallPlan,
  targets: readonly Column[],
  matchers: readonly Matcher[],
  grid: Grid,
): Promise<InfoColumn[]> {
  const identifying = IDENTIFYING_LABELS.flatMap((label) => {
    const values = [...new Set(targets.map(({ labels }) => labels.get(label)).filter((value) => value !== ''))];
    return values.length === 0 ? [] : [makeMatcher(label, '=~', values.map(escapePattern).join('|'))];
  });
  if (identifying.length === 0) return [];
  const times = new Map<Column, Float64Array>();
  const beside = firstSelector(node.args[0]!);
  const plan: SelectorPlan = {
    matchers: [...identifying, ...matchers],
    offsetMs: beside?.offsetMs ?? 0,
    atMs: beside?.atMs,
    modifier: undefined,
    countsOnly: false,
    range: node.range,
  };
  const columns = await evaluator.selector(plan, grid, times);
  if (columns.some(({ histograms }) => histograms !== undefined)) fail('info sample should be float');
  return columns.map((column) => ({ column, times: times.get(column)! }));
}

class InfoJoin {
  /** By info metric, then by target. */
  private readonly infos = new Map<string, Map<string, InfoColumn[]>>();
  private readonly dataMatchers: readonly Matcher[];
  private readonly steps: number;

  constructor(infos: readonly InfoColumn[], dataMatchers: readonly Matcher[], steps: number) {
    this.dataMatchers = dataMatchers;
    this.steps = steps;
    for (const info of infos) {
      const metric = info.column.labels.get(METRIC_NAME);
      const byTarget = this.infos.get(metric) ?? new Map<string, InfoColumn[]>();
      this.infos.set(metric, byTarget);
      const key = targetKey(info.column.labels);
      byTarget.set(key, [...(byTarget.get(key) ?? []), info]);
    }
  }

  join(base: readonly Column[], isInfo: (column: Column) => boolean): Column[] {
    const outputs = new Map<string, { builder: ColumnBuilder; labels: LabelSet; dropName: boolean }>();
    for (const column of base) {
      const enriched = new Map<string, LabelSet | undefined>();
      for (let step = 0; step < this.steps; step++) {
        if (column.kinds[step] === ABSENT) continue;
        const labels = isInfo(column) ? column.labels : this.labelsAt(column, step, enriched);
        if (labels === undefined) continue;
        let output = outputs.get(labels.key);
        if (output === undefined) {
          output = { builder: new ColumnBuilder(this.steps), labels, dropName: column.dropName };
          outputs.set(labels.key, output);
        }
        if (output.builder.kinds[step] !== ABSENT) throw duplicateSeries(labels);
        output.builder.copy(step, column);
      }
    }
    return [...outputs.values()].map(({ builder, labels, dropName }) => builder.build(labels, dropName));
  }

  /** The series' labels with those of the info series alive at the step; undefined if it must have one and has none. */
  private labelsAt(column: Column, step: number, known: Map<string, LabelSet | undefined>): LabelSet | undefined {
    const key = targetKey(column.labels);
    const alive: LabelSet[] = [];
    for (const byTarget of this.infos.values()) {
      const info = this.newestAt(byTarget.get(key) ?? [], step);
      if (info !== undefined) alive.push(info.labels);
    }
    const aliveKey = alive.map((labels) => labels.key).join('\u0001');
    if (!known.has(aliveKey)) known.set(aliveKey, this.enrich(column.labels, alive));
    return known.get(aliveKey);
  }

  private newestAt(infos: readonly InfoColumn[], step: number): Column | undefined {
    let newest: InfoColumn | undefined;
    for (const info of infos) {
      if (info.column.kinds[step] === ABSENT) continue;
      if (newest === undefined || info.times[step]! > newest.times[step]!) newest = info;
      else if (info.times[step] === newest.times[step]) {
        const at = info.times[step]!;
        const pair = [newest, info].map(({ column }) => `${column.labels.toString()} @ ${at}`);
        fail(`found duplicate series for info metric: existing ${pair[0]}, new ${pair[1]}`);
      }
    }
    return newest?.column;
  }

  private enrich(labels: LabelSet, alive: readonly LabelSet[]): LabelSet | undefined {
    if (alive.length === 0) return this.dataMatchers.every((matcher) => matcher.matches('')) ? labels : undefined;
    const added = new Map<string, string>();
    for (const info of alive) {
      for (const [name, value] of info) {
        if (name === METRIC_NAME) continue;
        if (this.dataMatchers.length > 0 && !this.dataMatchers.some((matcher) => matcher.name === name)) continue;
        const before = added.get(name);
        if (before !== undefined && before !== value) fail(`conflicting label: ${name}`);
        if (labels.get(name) === '') added.set(name, value);
      }
    }
    let enriched = labels;
    for (const [name, value] of added) enriched = enriched.with(name, value);
    return enriched;
  }
}

function targetKey(labels: LabelSet): string {
  return groupKey(labels, IDENTIFYING_LABELS, false);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function firstSelector(node: PlanNode): SelectorPlan | undefined {
  switch (node.kind) {
    case 'selector':
      return node.selector;
    case 'window': {
      if (node.source.kind === 'selector') return node.source.selector;
      const inner = firstSelector(node.source.expr);
      if (inner === undefined || inner.atMs !== undefined) return inner;
      return { ...inner, offsetMs: inner.offsetMs + node.offsetMs, atMs: node.atMs };
    }
    case 'call':
      return node.args.map(firstSelector).find((found) => found !== undefined);
    case 'aggregate':
    case 'unary':
      return firstSelector(node.expr);
    case 'binary':
      return firstSelector(node.left) ?? firstSelector(node.right);
    default:
      return undefined;
  }
}

function fail(message: string): never {
  throw new SondeError(message, { kind: 'invalid', code: 'query-matching' });
}
