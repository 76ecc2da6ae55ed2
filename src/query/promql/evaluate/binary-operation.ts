import { RESET_HINT } from '../../../model/histogram.ts';
import type { Annotations } from '../annotations.ts';
import { combine, type SumNotes } from '../histogram/arithmetic.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { trimHistogram } from '../histogram/trim.ts';
import type { ArithmeticOperator, BinaryOperator, ComparisonOperator, TextRange } from '../syntax/ast.ts';

type FloatOperation = (left: number, right: number) => number;

const ARITHMETIC: Readonly<Record<ArithmeticOperator, FloatOperation>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': power,
  atan2: (a, b) => Math.atan2(a, b),
};

const COMPARISON: Readonly<Record<ComparisonOperator, (left: number, right: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};

/** IEEE 754's pow: 1 to any power is 1, also NaN and infinity, where JavaScript says NaN. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1;
  return base ** exponent;
}

export function arithmeticOf(op: BinaryOperator): FloatOperation | undefined {
  return op in ARITHMETIC ? ARITHMETIC[op as ArithmeticOperator] : undefined;
}

export function comparisonOf(op: BinaryOperator): ((left: number, right: number) => boolean) | undefined {
  return op in COMPARISON ? COMPARISON[op as ComparisonOperator] : undefined;
}

/** Whether the operator makes another quantity of its operands, which then no longer is the metric. */
export function changesMeaning(op: BinaryOperator): boolean {
  return op in ARITHMETIC;
}

export type Operand = number | FloatHistogram;

/** Outcome for one pair: a value; whether a comparison held (then the left operand is the value); or nothing. */
export type Outcome = { readonly value: Operand; readonly keep: boolean } | undefined;

/**
 * One operator on one pair of operands of which at least one is a histogram, or that a trim operator cannot take.
 * Pairs of floats take the fast way through `arithmeticOf` and `comparisonOf`.
 */
export class PairOperation {
  private readonly op: BinaryOperator;
  private readonly annotations: Annotations;
  private readonly range: TextRange;

  constructor(op: BinaryOperator, annotations: Annotations, range: TextRange) {
    this.op = op;
    this.annotations = annotations;
    this.range = range;
  }

  apply(left: Operand, right: Operand): Outcome {
    if (typeof left === 'number') {
      if (typeof right !== 'number' && this.op === '*') return { value: right.scale(left), keep: true };
      return this.incompatible(left, right);
    }
    return typeof right === 'number' ? this.withFloat(left, right) : this.withHistogram(left, right);
  }

  private withFloat(left: FloatHistogram, right: number): Outcome {
    switch (this.op) {
      case '*':
        return { value: left.scale(right), keep: true };
      case '/':
        return { value: left.divide(right), keep: true };
      case '</':
        return { value: trimHistogram(left, right, 'below'), keep: true };
      case '>/':
        return { value: trimHistogram(left, right, 'above'), keep: true };
      default:
        return this.incompatible(left, right);
    }
  }

  private withHistogram(left: FloatHistogram, right: FloatHistogram): Outcome {
    switch (this.op) {
      case '+':
        return this.combined(left, right, 1);
      case '-':
        return this.combined(left, right, -1);
      case '==':
        return { value: left, keep: left.equals(right) };
      case '!=':
        return { value: left, keep: !left.equals(right) };
      default:
        return this.incompatible(left, right);
    }
  }

  private combined(left: FloatHistogram, right: FloatHistogram, sign: 1 | -1): Outcome {
    const notes: SumNotes = { resetCollision: false, boundsReconciled: false };
    const value = combine(left, right, sign, notes);
    const name = sign > 0 ? 'addition' : 'subtraction';
    if (value === undefined) {
      this.annotations.warn(`incompatible bucket layout encountered for binary operator ${this.op}`, this.range);
      return undefined;
    }
    if (notes.resetCollision) {
      this.annotations.warn(`conflicting counter resets during histogram ${name}`, this.range);
    }
    if (notes.boundsReconciled) {
      this.annotations.info(`mismatched custom buckets were reconciled during ${name}`, this.range);
    }
    return { value: sign > 0 ? value : value.with({ resetHint: RESET_HINT.GAUGE }), keep: true };
  }

  private incompatible(left: Operand, right: Operand): undefined {
    const [a, b] = [left, right].map((side) => (typeof side === 'number' ? 'float' : 'histogram'));
    const message = `incompatible sample types encountered for binary operator "${this.op}": ${a} ${this.op} ${b}`;
    this.annotations.info(message, this.range);
  }
}
