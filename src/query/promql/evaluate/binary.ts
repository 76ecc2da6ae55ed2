import { SondeError } from '../../../model/errors.ts';
import type { Annotations } from '../annotations.ts';
import type { LabelSet } from '../label-set.ts';
import { groupKey } from '../label-set.ts';
import type { BinaryPlan } from '../plan.ts';
import { ABSENT, ColumnBuilder, duplicateSeries, FLOAT, type Column } from '../series.ts';
import type { VectorMatching } from '../syntax/ast.ts';
import {
  arithmeticOf,
  changesMeaning,
  comparisonOf,
  PairOperation,
  type Operand,
  type Outcome,
} from './binary-operation.ts';

export function scalarWithScalar(node: BinaryPlan, left: Float64Array, right: Float64Array): Float64Array {
  const arithmetic = arithmeticOf(node.op);
  const comparison = comparisonOf(node.op);
  return left.map((value, i) => arithmetic?.(value, right[i]!) ?? Number(comparison!(value, right[i]!)));
}

/** @param swapped the scalar stands at the left */
export function vectorWithScalar(
  node: BinaryPlan,
  vector: readonly Column[],
  scalar: Float64Array,
  swapped: boolean,
  annotations: Annotations,
): Column[] {
  const pairs = new PairOperation(node.op, annotations, node.range);
  const arithmetic = arithmeticOf(node.op);
  const comparison = comparisonOf(node.op);
  const dropsName = changesMeaning(node.op) || node.bool;
  return vector.map((column) => {
    const out = new ColumnBuilder(scalar.length);
    const { kinds, values } = column;
    for (let step = 0; step < kinds.length; step++) {
      const kind = kinds[step];
      if (kind === ABSENT) continue;
      const other = scalar[step]!;
      if (kind === FLOAT) {
        const value = values[step]!;
        if (arithmetic !== undefined) out.setFloat(step, swapped ? arithmetic(other, value) : arithmetic(value, other));
        else if (comparison !== undefined) {
          const holds = swapped ? comparison(other, value) : comparison(value, other);
          if (node.bool) out.setFloat(step, holds ? 1 : 0);
          else if (holds) out.setFloat(step, value);
        } else pairs.apply(swapped ? other : value, swapped ? value : other);
        continue;
      }
      const histogram = column.histograms![step]!;
      const outcome = swapped ? pairs.apply(other, histogram) : pairs.apply(histogram, other);
      place(out, step, outcome, node.bool);
    }
    return out.build(column.labels, column.dropName || dropsName);
  });
}

function place(out: ColumnBuilder, step: number, outcome: Outcome, bool: boolean): void {
  if (outcome === undefined) return;
  if (bool) out.setFloat(step, outcome.keep ? 1 : 0);
  else if (outcome.keep) out.set(step, outcome.value);
}

/** Arithmetic and comparison between vectors, series matched by their labels at each step. */
export function vectorWithVector(
  node: BinaryPlan,
  left: readonly Column[],
  right: readonly Column[],
  steps: number,
  annotations: Annotations,
): Column[] {
  const matching = node.matching!;
  // "many" and "one" side: with group_right the sides change places, not the order of operands.
  const swapped = matching.cardinality === 'one-to-many';
  const [many, one] = swapped ? [right, left] : [left, right];
  return new Matcher(node, matching, swapped, steps, annotations).match(many, one);
}

class Matcher {
  private readonly node: BinaryPlan;
  private readonly matching: VectorMatching;
  private readonly swapped: boolean;
  private readonly steps: number;
  private readonly pairs: PairOperation;
  private readonly arithmetic: ReturnType<typeof arithmeticOf>;
  private readonly comparison: ReturnType<typeof comparisonOf>;
  private readonly outputs = new Map<string, { builder: ColumnBuilder; labels: LabelSet; dropName: boolean }>();

  constructor(node: BinaryPlan, matching: VectorMatching, swapped: boolean, steps: number, annotations: Annotations) {
    this.node = node;
    this.matching = matching;
    this.swapped = swapped;
    this.steps = steps;
    this.pairs = new PairOperation(node.op, annotations, node.range);
    this.arithmetic = arithmeticOf(node.op);
    this.comparison = comparisonOf(node.op);
  }

  match(many: readonly Column[], one: readonly Column[]): Column[] {
    // As Prometheus has it, fill_left always fills the "many" side, also where group_right makes that the right one.
    const { fillLeft: fillMany, fillRight: fillOne } = this.matching;
    const active = this.activeSteps(many, one, fillMany !== undefined || fillOne !== undefined);
    const manyGroups = this.groupsOf(many);
    const oneGroups = this.groupsOf(one);
    for (const [key, columns] of oneGroups) {
      const chosen = this.uniqueAtEachStep(columns, active);
      this.pairGroup(manyGroups.get(key) ?? [], chosen, columns, fillMany, fillOne);
    }
    if (fillOne !== undefined) {
      const nothing = new Int32Array(this.steps).fill(-1);
      for (const [key, columns] of manyGroups) {
        if (!oneGroups.has(key)) this.pairGroup(columns, nothing, [], fillMany, fillOne);
      }
    }
    return [...this.outputs.values()]
      .filter(({ builder }) => builder.filled > 0)
      .map(({ builder, labels, dropName }) => builder.build(labels, dropName));
  }

  /** Steps at which both sides have samples: where one side is empty nothing can match, nor be ambiguous. */
  private activeSteps(many: readonly Column[], one: readonly Column[], filled: boolean): Uint8Array {
    if (filled) return new Uint8Array(this.steps).fill(1);
    const active = new Uint8Array(this.steps);
    const present = (columns: readonly Column[], bit: number): void => {
      for (const { kinds } of columns)
        for (let i = 0; i < kinds.length; i++) if (kinds[i] !== ABSENT) active[i]! |= bit;
    };
    present(many, 1);
    present(one, 2);
    return active.map((bits) => (bits === 3 ? 1 : 0));
  }

  private groupsOf(columns: readonly Column[]): Map<string, Column[]> {
    const groups = new Map<string, Column[]>();
    for (const column of columns) {
      const key = groupKey(column.labels, this.matching.labels, !this.matching.on);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [column]);
      else group.push(column);
    }
    return groups;
  }

  /** For each step the index of the only column of the "one" side with a sample, -1 for none. */
  private uniqueAtEachStep(columns: readonly Column[], active: Uint8Array): Int32Array {
    const chosen = new Int32Array(this.steps).fill(-1);
    columns.forEach(({ kinds }, index) => {
      for (let step = 0; step < kinds.length; step++) {
        if (kinds[step] === ABSENT || active[step] === 0) continue;
        if (chosen[step]! >= 0) this.failDuplicate(columns[chosen[step]!]!, columns[index]!);
        chosen[step] = index;
      }
    });
    return chosen;
  }

  private pairGroup(
    many: readonly Column[],
    chosen: Int32Array,
    one: readonly Column[],
    fillMany: number | undefined,
    fillOne: number | undefined,
  ): void {
    const oneToOne = this.matching.cardinality === 'one-to-one';
    const matched = new Uint8Array(this.steps);
    // In many-to-one each result must come once a step, whether or not a comparison lets it pass.
    const results = new Map<string, Uint8Array>();
    const claim = (step: number, labels: LabelSet): void => {
      if (oneToOne) {
        if (matched[step] === 1) this.failMany('many-to-one matching must be explicit (group_left/group_right)');
      } else {
        let seen = results.get(labels.key);
        if (seen === undefined) results.set(labels.key, (seen = new Uint8Array(this.steps)));
        if (seen[step] === 1) this.failMany('grouping labels must ensure unique matches');
        seen[step] = 1;
      }
      matched[step] = 1;
    };
    for (const column of many) {
      const outputs = new Map<number, { builder: ColumnBuilder; labels: LabelSet }>();
      for (let step = 0; step < this.steps; step++) {
        if (column.kinds[step] === ABSENT) continue;
        const index = chosen[step]!;
        const partner = index < 0 ? undefined : one[index]!;
        if (partner === undefined && fillOne === undefined) continue;
        let output = outputs.get(index);
        if (output === undefined) outputs.set(index, (output = this.outputFor(column, partner)));
        claim(step, output.labels);
        this.apply(output, step, operandAt(column, step), partner === undefined ? fillOne! : operandAt(partner, step));
      }
    }
    if (fillMany === undefined) return;
    one.forEach((column, index) => {
      const output = this.outputFor(undefined, column);
      for (let step = 0; step < this.steps; step++) {
        if (chosen[step] !== index || matched[step] === 1) continue;
        claim(step, output.labels);
        this.apply(output, step, fillMany, operandAt(column, step));
      }
    });
  }

  private apply(output: { builder: ColumnBuilder; labels: LabelSet }, step: number, many: Operand, one: Operand): void {
    const [left, right] = this.swapped ? [one, many] : [many, one];
    const { builder } = output;
    if (builder.kinds[step] !== ABSENT) throw duplicateSeries(output.labels);
    if (typeof left !== 'number' || typeof right !== 'number') {
      place(builder, step, this.pairs.apply(left, right), this.node.bool);
    } else if (this.arithmetic !== undefined) builder.setFloat(step, this.arithmetic(left, right));
    else if (this.comparison !== undefined) {
      const holds = this.comparison(left, right);
      if (this.node.bool) builder.setFloat(step, holds ? 1 : 0);
      else if (holds) builder.setFloat(step, left);
    } else this.pairs.apply(left, right);
  }

  private outputFor(many: Column | undefined, one: Column | undefined): { builder: ColumnBuilder; labels: LabelSet } {
    const labels = this.resultLabels(many?.labels, one?.labels);
    const known = this.outputs.get(labels.key);
    if (known !== undefined) return known;
    const inherited = !changesMeaning(this.node.op) && many?.dropName === true;
    const output = { builder: new ColumnBuilder(this.steps), labels, dropName: this.node.bool || inherited };
    this.outputs.set(labels.key, output);
    return output;
  }

  private resultLabels(many: LabelSet | undefined, one: LabelSet | undefined): LabelSet {
    const { on, labels, cardinality, include } = this.matching;
    // A filled side has but the labels of the match.
    const matchLabels = (of: LabelSet): LabelSet => (on ? of.only(labels) : of.without([...labels, '__name__']));
    let result = many ?? matchLabels(one!);
    if (changesMeaning(this.node.op)) result = result.withoutMetadata();
    if (cardinality === 'one-to-one') result = on ? result.only(labels) : result.without(labels);
    const source = one ?? matchLabels(many!);
    for (const name of include) result = result.with(name, source.get(name));
    return result;
  }

  private failDuplicate(first: Column, second: Column): never {
    const { on, labels } = this.matching;
    const group = on ? first.labels.only(labels) : first.labels.without([...labels, '__name__']);
    const side = this.swapped ? 'left' : 'right';
    const pair = [first, second].map((column) => column.labels.toString()).sort();
    throw new SondeError(
      `found duplicate series for the match group ${group.toString()} on the ${side} hand-side of the operation: ` +
        `[${pair.join(', ')}];many-to-many matching not allowed: matching labels must be unique on one side`,
      { kind: 'invalid', code: 'query-matching' },
    );
  }

  private failMany(advice: string): never {
    throw new SondeError(`multiple matches for labels: ${advice}`, { kind: 'invalid', code: 'query-matching' });
  }
}

function operandAt(column: Column, step: number): Operand {
  return column.kinds[step] === FLOAT ? column.values[step]! : column.histograms![step]!;
}
