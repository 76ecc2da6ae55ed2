import { quoted } from '../../../util/quoted.ts';
import { FUNCTIONS, type FunctionSignature } from '../functions.ts';
import type { Aggregate, Binary, Call, Expr, Subquery, TextRange, ValueType, VectorSelector } from './ast.ts';
import { isComparison, isSetOperator } from './ast.ts';
import { syntaxError } from './position.ts';

const TYPE_NAMES: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

/** The type a node's value has, as its syntax tells. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'matrix':
    case 'subquery':
      return 'matrix';
    case 'selector':
    case 'aggregate':
      return 'vector';
    case 'call':
      return FUNCTIONS.get(expr.name)?.returns ?? 'vector';
    case 'paren':
    case 'unary':
      return typeOf(expr.expr);
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
  }
}

/** @throws SondeError `query-syntax` at the first node whose operands do not fit */
export function checkTypes(text: string, root: Expr): void {
  new TypeCheck(text).visit(root);
}

class TypeCheck {
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  visit(expr: Expr): void {
    switch (expr.kind) {
      case 'number':
      case 'string':
        return;
      case 'selector':
        return this.selector(expr);
      case 'matrix':
        return this.selector(expr.selector);
      case 'subquery':
        return this.subquery(expr);
      case 'paren':
        return this.visit(expr.expr);
      case 'unary': {
        const type = typeOf(expr.expr);
        if (type !== 'scalar' && type !== 'vector') {
          const allowed = 'unary expression only allowed on expressions of type scalar or instant vector';
          this.fail(expr.range, `${allowed}, got "${TYPE_NAMES[type]}"`);
        }
        return this.visit(expr.expr);
      }
      case 'aggregate':
        return this.aggregate(expr);
      case 'call':
        return this.call(expr);
      case 'binary':
        return this.binary(expr);
    }
  }

  private selector(expr: VectorSelector): void {
    if (expr.name !== undefined || expr.matchers.some((matcher) => !matcher.matches(''))) return;
    this.fail(
      expr.range,
      'vector selector must contain at least one non-empty matcher',
      'name a metric, or a label with a value that is not empty',
    );
  }

  private subquery(expr: Subquery): void {
    const type = typeOf(expr.expr);
    if (type !== 'vector') {
      this.fail(expr.range, `subquery is only allowed on instant vector, got ${TYPE_NAMES[type]} instead`);
    }
    this.visit(expr.expr);
  }

  private aggregate(expr: Aggregate): void {
    this.expect(expr.expr, 'vector', 'aggregation expression');
    if (expr.param !== undefined) {
      this.expect(expr.param, expr.op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
      this.visit(expr.param);
    }
    this.visit(expr.expr);
  }

  private call(expr: Call): void {
    const signature = FUNCTIONS.get(expr.name);
    if (signature === undefined) return this.fail(expr.range, `unknown function with name ${quoted(expr.name)}`);
    this.count(expr, signature);
    if (expr.name === 'info' && expr.args[1] !== undefined) this.infoSelector(expr.args[1]);
    expr.args.forEach((arg, i) => {
      const wanted = signature.args[Math.min(i, signature.args.length - 1)]!;
      this.expect(arg, wanted, `call to function "${expr.name}"`);
      // The second argument of info() lists labels; matchers there may all match the empty value.
      if (expr.name !== 'info' || i === 0) this.visit(arg);
    });
  }

  private count(expr: Call, signature: FunctionSignature): void {
    const given = expr.args.length;
    const named = signature.args.length;
    const call = `in call to "${expr.name}", got ${given}`;
    if (signature.variadic === 0) {
      if (given !== named) this.fail(expr.range, `expected ${named} argument(s) ${call}`);
      return;
    }
    if (given < named - 1) this.fail(expr.range, `expected at least ${named - 1} argument(s) ${call}`);
    const most = named - 1 + signature.variadic;
    if (signature.variadic > 0 && given > most) this.fail(expr.range, `expected at most ${most} argument(s) ${call}`);
  }

  private infoSelector(arg: Expr): void {
    if (arg.kind !== 'selector') this.fail(arg.range, 'expected label selectors only');
    else if (arg.name !== undefined) this.fail(arg.range, 'expected label selectors only, got vector selector instead');
  }

  private binary(expr: Binary): void {
    const left = typeOf(expr.left);
    const right = typeOf(expr.right);
    const between = this.operatorRange(expr);
    if (expr.bool && !isComparison(expr.op)) {
      this.fail(between, 'bool modifier can only be used on comparison operators');
    }
    if (isComparison(expr.op) && !expr.bool && left === 'scalar' && right === 'scalar') {
      this.fail(between, 'comparisons between scalars must use BOOL modifier', `write ${expr.op} bool`);
    }
    for (const [side, type] of [
      [expr.left, left],
      [expr.right, right],
    ] as const) {
      if (type !== 'scalar' && type !== 'vector') {
        this.fail(side.range, 'binary expression must contain only scalar and instant vector types', rangeHint(type));
      }
    }
    this.matching(expr, left === 'vector' && right === 'vector', between);
    this.visit(expr.left);
    this.visit(expr.right);
  }

  private matching(expr: Binary, bothVectors: boolean, between: TextRange): void {
    const { matching, op } = expr;
    if (matching === undefined) return;
    const twice = matching.on ? matching.labels.find((label) => matching.include.includes(label)) : undefined;
    if (twice !== undefined) {
      this.fail(between, `label ${quoted(twice)} must not occur in ON and GROUP clause at once`);
    }
    const fills = matching.fillLeft !== undefined || matching.fillRight !== undefined;
    if (!bothVectors) {
      if (isSetOperator(op)) this.fail(expr.range, `set operator "${op}" not allowed in binary scalar expression`);
      if (matching.labels.length > 0) this.fail(expr.range, 'vector matching only allowed between instant vectors');
      if (fills) this.fail(expr.range, 'filling in missing series only allowed between instant vectors');
    } else if (isSetOperator(op)) {
      if (matching.cardinality !== 'many-to-many') this.fail(expr.range, `no grouping allowed for "${op}" operation`);
      if (fills) this.fail(expr.range, 'filling in missing series not allowed for set operators');
    }
  }

  private expect(expr: Expr, wanted: ValueType, context: string): void {
    const type = typeOf(expr);
    if (type === wanted) return;
    const mend =
      wanted === 'matrix' && type === 'vector'
        ? 'add a range like [5m]'
        : wanted === 'vector'
          ? rangeHint(type)
          : undefined;
    this.fail(expr.range, `expected type ${TYPE_NAMES[wanted]} in ${context}, got ${TYPE_NAMES[type]}`, mend);
  }

  private operatorRange(expr: Binary): TextRange {
    let from = expr.left.range.to;
    while (/\s/.test(this.text[from] ?? 'x')) from++;
    return { from, to: expr.right.range.from };
  }

  private fail(range: TextRange, message: string, mend?: string): never {
    throw syntaxError(this.text, range, message, mend);
  }
}

function rangeHint(type: ValueType): string | undefined {
  return type === 'matrix' ? 'use a function such as rate() or avg_over_time() over the range' : undefined;
}
