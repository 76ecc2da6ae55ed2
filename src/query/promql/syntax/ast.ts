import type { Matcher } from '../matcher.ts';

/** Half-open range of UTF-16 offsets in the query text. */
export interface TextRange {
  readonly from: number;
  readonly to: number;
}

export const AGGREGATE_OPERATORS = [
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'quantile',
  'count_values',
  'limitk',
  'limit_ratio',
] as const;
export type AggregateOperator = (typeof AGGREGATE_OPERATORS)[number];

export const ARITHMETIC_OPERATORS = ['+', '-', '*', '/', '%', '^', 'atan2'] as const;
export const COMPARISON_OPERATORS = ['==', '!=', '>', '<', '>=', '<='] as const;
/** Cut a native histogram above (`</`) or below (`>/`) a value. */
export const TRIM_OPERATORS = ['</', '>/'] as const;
export const SET_OPERATORS = ['and', 'or', 'unless'] as const;
export type ArithmeticOperator = (typeof ARITHMETIC_OPERATORS)[number];
export type ComparisonOperator = (typeof COMPARISON_OPERATORS)[number];
export type TrimOperator = (typeof TRIM_OPERATORS)[number];
export type SetOperator = (typeof SET_OPERATORS)[number];
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | TrimOperator | SetOperator;

export function isComparison(op: BinaryOperator): op is ComparisonOperator {
  return (COMPARISON_OPERATORS as readonly string[]).includes(op);
}

export function isSetOperator(op: BinaryOperator): op is SetOperator {
  return (SET_OPERATORS as readonly string[]).includes(op);
}

/** A duration as written: a number of seconds, or an expression over them and over the query's step and range. */
export type DurationExpr =
  | { readonly kind: 'literal'; readonly seconds: number; readonly text: string; readonly range: TextRange }
  | { readonly kind: 'step' | 'range'; readonly range: TextRange }
  | { readonly kind: 'sign'; readonly negative: boolean; readonly operand: DurationExpr; readonly range: TextRange }
  | { readonly kind: 'paren'; readonly operand: DurationExpr; readonly range: TextRange }
  | {
      readonly kind: 'operation';
      readonly op: '+' | '-' | '*' | '/' | '%' | '^' | 'min_of' | 'max_of';
      readonly left: DurationExpr;
      readonly right: DurationExpr;
      readonly range: TextRange;
    };

/** The `@` modifier. */
export type At =
  { readonly kind: 'time'; readonly timeMs: number } | { readonly kind: 'start' } | { readonly kind: 'end' };

export type Cardinality = 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';

export interface VectorMatching {
  /** `on` if true, else `ignoring`. */
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly cardinality: Cardinality;
  /** Labels that `group_left`/`group_right` copies from the "one" side. */
  readonly include: readonly string[];
  readonly fillLeft: number | undefined;
  readonly fillRight: number | undefined;
}

interface Positioned {
  readonly range: TextRange;
}

export interface NumberLiteral extends Positioned {
  readonly kind: 'number';
  readonly value: number;
  /** Written as a duration (`5m`), which is a number of seconds. */
  readonly isDuration: boolean;
}
export interface StringLiteral extends Positioned {
  readonly kind: 'string';
  readonly value: string;
}
/** How a range reaches beyond its samples. */
export type RangeModifier = 'anchored' | 'smoothed';
export interface VectorSelector extends Positioned {
  readonly kind: 'selector';
  /** Written before the braces or as a quoted name within; `matchers` holds it too. */
  readonly name: string | undefined;
  readonly matchers: readonly Matcher[];
  readonly offset: DurationExpr | undefined;
  readonly at: At | undefined;
  readonly modifier: RangeModifier | undefined;
}
export interface MatrixSelector extends Positioned {
  readonly kind: 'matrix';
  readonly selector: VectorSelector;
  readonly duration: DurationExpr;
}
export interface Subquery extends Positioned {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly duration: DurationExpr;
  readonly step: DurationExpr | undefined;
  readonly offset: DurationExpr | undefined;
  readonly at: At | undefined;
}
export interface Call extends Positioned {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
}
export interface Aggregate extends Positioned {
  readonly kind: 'aggregate';
  readonly op: AggregateOperator;
  readonly expr: Expr;
  readonly param: Expr | undefined;
  readonly grouping: readonly string[];
  readonly without: boolean;
}
export interface Binary extends Positioned {
  readonly kind: 'binary';
  readonly op: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
  readonly bool: boolean;
  /** Absent unless both sides are vectors. */
  readonly matching: VectorMatching | undefined;
}
export interface Unary extends Positioned {
  readonly kind: 'unary';
  readonly negative: boolean;
  readonly expr: Expr;
}
export interface Paren extends Positioned {
  readonly kind: 'paren';
  readonly expr: Expr;
}

/** A PromQL expression, each node with its place in the text. */
export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregate
  | Binary
  | Unary
  | Paren;

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';
