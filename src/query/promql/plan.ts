import { SondeError } from '../../model/errors.ts';
import { FUNCTIONS } from './functions.ts';
import type { Matcher } from './matcher.ts';
import type {
  Aggregate,
  At,
  BinaryOperator,
  Call,
  DurationExpr,
  Expr,
  RangeModifier,
  TextRange,
  ValueType,
  VectorMatching,
} from './syntax/ast.ts';
import { typeOf } from './syntax/check.ts';

/** A selector with its times worked out. */
export interface SelectorPlan {
  readonly matchers: readonly Matcher[];
  readonly offsetMs: number;
  /** Fixed time of evaluation, if `@` gives one. */
  readonly atMs: number | undefined;
  readonly modifier: RangeModifier | undefined;
  /** Of native histograms only count and sum matter; Prometheus then looks for resets sample by sample as it reads. */
  readonly countsOnly: boolean;
  readonly range: TextRange;
}

/** What a function over a range reads: a window that moves over stored samples or over a subquery's results. */
export interface WindowPlan {
  readonly kind: 'window';
  readonly rangeMs: number;
  readonly offsetMs: number;
  readonly atMs: number | undefined;
  readonly source:
    | { readonly kind: 'selector'; readonly selector: SelectorPlan }
    | { readonly kind: 'subquery'; readonly expr: PlanNode; readonly stepMs: number };
  readonly invariant: boolean;
  readonly range: TextRange;
}

interface Planned {
  readonly range: TextRange;
  /** Has the same value at every step, so that one evaluation serves all. */
  readonly invariant: boolean;
}

export type PlanNode =
  | (Planned & { readonly kind: 'number'; readonly value: number })
  | (Planned & { readonly kind: 'string'; readonly value: string })
  | (Planned & { readonly kind: 'selector'; readonly selector: SelectorPlan })
  | WindowPlan
  | (Planned & { readonly kind: 'call'; readonly name: string; readonly args: readonly PlanNode[] })
  | (Planned & {
      readonly kind: 'aggregate';
      readonly op: Aggregate['op'];
      readonly expr: PlanNode;
      readonly param: PlanNode | undefined;
      readonly grouping: readonly string[];
      readonly without: boolean;
    })
  | (Planned & {
      readonly kind: 'binary';
      readonly op: BinaryOperator;
      readonly left: PlanNode;
      readonly right: PlanNode;
      readonly leftType: ValueType;
      readonly rightType: ValueType;
      readonly bool: boolean;
      readonly matching: VectorMatching | undefined;
    })
  | (Planned & { readonly kind: 'unary'; readonly negative: boolean; readonly expr: PlanNode });

export type CallPlan = Extract<PlanNode, { kind: 'call' }>;
export type AggregatePlan = Extract<PlanNode, { kind: 'aggregate' }>;
export type BinaryPlan = Extract<PlanNode, { kind: 'binary' }>;

/** Times of the whole query, which `start()`, `step()` and the like refer to. */
export interface QueryTimes {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly defaultSubqueryStepMs: number;
}

/** Functions whose value changes with the time of evaluation even when their arguments do not. */
const TIME_DEPENDENT = new Set(
  'days_in_month day_of_month day_of_week day_of_year hour minute month year predict_linear time timestamp'.split(' '),
);

/** Resolves durations and times, drops parentheses and finds what is the same at every step. */
export function plan(expr: Expr, times: QueryTimes): PlanNode {
  return new Planner(times).node(expr);
}

const READ_COUNTS = new Set(['histogram_count', 'histogram_sum', 'histogram_avg']);
const READ_BUCKETS = new Set(['histogram_quantile', 'histogram_quantiles', 'histogram_fraction']);

class Planner {
  private readonly times: QueryTimes;
  /** What the nodes around the one being planned read of histograms; who reads buckets has the last word. */
  private reading: 'all' | 'counts' | 'buckets' = 'all';

  constructor(times: QueryTimes) {
    this.times = times;
  }

  node(expr: Expr): PlanNode {
    const { range } = expr;
    switch (expr.kind) {
      case 'number':
        return { kind: 'number', value: expr.value, invariant: true, range };
      case 'string':
        return { kind: 'string', value: expr.value, invariant: true, range };
      case 'paren':
        return this.node(expr.expr);
      case 'unary': {
        const inner = this.node(expr.expr);
        return { kind: 'unary', negative: expr.negative, expr: inner, invariant: inner.invariant, range };
      }
      case 'selector': {
        const selector = this.selector(expr, range);
        return { kind: 'selector', selector, invariant: selector.atMs !== undefined, range };
      }
      case 'matrix': {
        const selector = this.selector(expr.selector, range);
        const { offsetMs, atMs } = selector;
        const rangeMs = this.positiveMs(expr.duration);
        return {
          kind: 'window',
          rangeMs,
          offsetMs,
          atMs,
          source: { kind: 'selector', selector },
          invariant: atMs !== undefined,
          range,
        };
      }
      case 'subquery': {
        const atMs = this.atMs(expr.at);
        const stepMs = expr.step === undefined ? this.times.defaultSubqueryStepMs : this.positiveMs(expr.step);
        const source = { kind: 'subquery', expr: this.within('buckets', () => this.node(expr.expr)), stepMs } as const;
        const offsetMs = this.offsetMs(expr.offset);
        const rangeMs = this.positiveMs(expr.duration);
        return { kind: 'window', rangeMs, offsetMs, atMs, source, invariant: atMs !== undefined, range };
      }
      case 'call':
        return this.call(expr);
      case 'aggregate': {
        const inner = this.node(expr.expr);
        const param = expr.param === undefined ? undefined : this.node(expr.param);
        const invariant = inner.invariant && (param === undefined || param.invariant);
        const { op, grouping, without } = expr;
        return { kind: 'aggregate', op, expr: inner, param, grouping, without, invariant, range };
      }
      case 'binary': {
        const reading = expr.op === '</' || expr.op === '>/' ? 'buckets' : this.reading;
        const left = this.within(reading, () => this.node(expr.left));
        const right = this.within(reading, () => this.node(expr.right));
        const leftType = typeOf(expr.left);
        const rightType = typeOf(expr.right);
        const invariant = left.invariant && right.invariant;
        const { op, bool, matching } = expr;
        return { kind: 'binary', op, left, right, leftType, rightType, bool, matching, invariant, range };
      }
    }
  }

  private call(expr: Call): PlanNode {
    const { startMs, endMs, stepMs } = this.times;
    const folded: Record<string, number> = {
      start: startMs / 1000,
      end: endMs / 1000,
      range: (endMs - startMs) / 1000,
      step: startMs === endMs ? 0 : stepMs / 1000,
    };
    const { range, name } = expr;
    if (expr.args.length === 0 && name in folded)
      return { kind: 'number', value: folded[name]!, invariant: true, range };
    const reading = READ_COUNTS.has(name) ? 'counts' : READ_BUCKETS.has(name) ? 'buckets' : this.reading;
    const args = this.within(reading, () => expr.args.map((arg) => this.node(arg)));
    const fixed = args.every((arg) => arg.invariant) && FUNCTIONS.get(name) !== undefined;
    // The time of a sample that @ pins does not move either.
    const pinnedTimestamp = name === 'timestamp' && args[0]?.kind === 'selector';
    return { kind: 'call', name, args, invariant: fixed && (!TIME_DEPENDENT.has(name) || pinnedTimestamp), range };
  }

  private selector(expr: Extract<Expr, { kind: 'selector' }>, range: TextRange): SelectorPlan {
    const { matchers, modifier } = expr;
    const countsOnly = this.reading === 'counts';
    return { matchers, modifier, countsOnly, offsetMs: this.offsetMs(expr.offset), atMs: this.atMs(expr.at), range };
  }

  private within<T>(reading: Planner['reading'], planInner: () => T): T {
    const outer = this.reading;
    if (outer !== 'buckets') this.reading = reading;
    const planned = planInner();
    this.reading = outer;
    return planned;
  }

  private atMs(at: At | undefined): number | undefined {
    if (at === undefined) return undefined;
    return at.kind === 'time' ? at.timeMs : at.kind === 'start' ? this.times.startMs : this.times.endMs;
  }

  private offsetMs(offset: DurationExpr | undefined): number {
    return offset === undefined ? 0 : this.durationMs(offset);
  }

  private positiveMs(duration: DurationExpr): number {
    const ms = this.durationMs(duration);
    if (ms <= 0) throw durationError(duration, 'duration must be greater than 0');
    return ms;
  }

  private durationMs(duration: DurationExpr): number {
    const seconds = this.seconds(duration);
    if (!Number.isFinite(seconds)) throw durationError(duration, 'duration is NaN or infinite');
    if (Math.abs(seconds) > 2 ** 63 / 1e9) throw durationError(duration, 'duration out of range');
    // Rounding first: 1.1 s are 1100 ms and not 1100.0000000000002.
    return Math.trunc(Number((seconds * 1000).toPrecision(15)));
  }

  private seconds(duration: DurationExpr): number {
    switch (duration.kind) {
      case 'literal':
        return duration.seconds;
      case 'step':
        return this.times.stepMs / 1000;
      case 'range':
        return (this.times.endMs - this.times.startMs) / 1000;
      case 'paren':
        return this.seconds(duration.operand);
      case 'sign':
        return duration.negative ? -this.seconds(duration.operand) : this.seconds(duration.operand);
      case 'operation':
        return this.operation(duration);
    }
  }

  private operation(duration: Extract<DurationExpr, { kind: 'operation' }>): number {
    const left = this.seconds(duration.left);
    const right = this.seconds(duration.right);
    switch (duration.op) {
      case '+':
        return left + right;
      case '-':
        return left - right;
      case '*':
        return left * right;
      case '/':
        if (right === 0) throw durationError(duration, 'division by zero');
        return left / right;
      case '%':
        if (right === 0) throw durationError(duration, 'modulo by zero');
        return left % right;
      case '^':
        return left ** right;
      case 'min_of':
        return Math.min(left, right);
      case 'max_of':
        return Math.max(left, right);
    }
  }
}

function durationError(duration: DurationExpr, message: string): SondeError {
  // The text is not at hand here; the range counts characters from the start.
  const where = `${duration.range.from + 1}-${duration.range.to + 1}`;
  return new SondeError(message, { kind: 'invalid', code: 'query-duration', where });
}
