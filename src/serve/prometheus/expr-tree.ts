import { FUNCTIONS, typeOf, type Expr } from '../../query/promql/index.ts';

type Tree = Record<string, unknown>;
type Duration = Extract<Expr, { kind: 'matrix' }>['duration'];
type Selector = Extract<Expr, { kind: 'selector' }>;

/** The expression as `parse_query` answers it. */
export function exprTree(expr: Expr): Tree {
  switch (expr.kind) {
    case 'number':
      return { type: 'numberLiteral', val: numberText(expr.value) };
    case 'string':
      return { type: 'stringLiteral', val: expr.value };
    case 'paren':
      return { type: 'parenExpr', expr: exprTree(expr.expr) };
    case 'unary':
      return { type: 'unaryExpr', op: expr.negative ? '-' : '+', expr: exprTree(expr.expr) };
    case 'selector':
      return { type: 'vectorSelector', ...selectorTree(expr) };
    case 'matrix':
      return { type: 'matrixSelector', ...selectorTree(expr.selector), ...span('range', expr.duration) };
    case 'subquery':
      return {
        type: 'subquery',
        expr: exprTree(expr.expr),
        ...span('range', expr.duration),
        ...span('offset', expr.offset),
        ...span('step', expr.step),
        ...atTree(expr.at),
      };
    case 'call':
      return { type: 'call', func: functionTree(expr.name), args: expr.args.map(exprTree) };
    case 'aggregate':
      return {
        type: 'aggregation',
        op: expr.op,
        expr: exprTree(expr.expr),
        param: expr.param === undefined ? null : exprTree(expr.param),
        grouping: expr.grouping,
        without: expr.without,
      };
    case 'binary':
      return {
        type: 'binaryExpr',
        op: expr.op,
        lhs: exprTree(expr.left),
        rhs: exprTree(expr.right),
        matching: matchingTree(expr),
        bool: expr.bool,
      };
  }
}

function selectorTree({ name, matchers, offset, at, modifier }: Selector): Tree {
  return {
    name: name ?? '',
    ...span('offset', offset),
    matchers: matchers.map((matcher) => ({ name: matcher.name, value: matcher.value, type: matcher.op })),
    ...atTree(at),
    anchored: modifier === 'anchored',
    smoothed: modifier === 'smoothed',
  };
}

function atTree(at: Selector['at']): Tree {
  return {
    timestamp: at?.kind === 'time' ? at.timeMs : null,
    startOrEnd: at === undefined || at.kind === 'time' ? null : at.kind,
  };
}

/** A literal stands as milliseconds, what has to be worked out first as its expression. */
function span(name: string, duration: Duration | undefined): Tree {
  const ms = duration === undefined ? 0 : literalMs(duration);
  return { [name]: ms ?? 0, [`${name}Expr`]: ms === undefined ? durationTree(duration!) : null };
}

function literalMs(duration: Duration): number | undefined {
  if (duration.kind === 'literal') return Math.round(duration.seconds * 1000);
  if (duration.kind !== 'sign') return undefined;
  const ms = literalMs(duration.operand);
  return ms === undefined ? undefined : duration.negative ? -ms : ms;
}

function durationTree(duration: Duration, wrapped = false): Tree {
  const node = (op: string, lhs: Duration | undefined, rhs: Duration | undefined): Tree => ({
    type: 'durationExpr',
    op,
    lhs: lhs === undefined ? null : durationTree(lhs),
    rhs: rhs === undefined ? null : durationTree(rhs),
    wrapped,
  });
  switch (duration.kind) {
    case 'literal':
      return { type: 'numberLiteral', val: numberText(duration.seconds), duration: /[a-z]$/i.test(duration.text) };
    case 'step':
    case 'range':
      return node(duration.kind, undefined, undefined);
    case 'paren':
      return durationTree(duration.operand, true);
    case 'sign':
      return node(duration.negative ? '-' : '+', undefined, duration.operand);
    case 'operation':
      return node(duration.op, duration.left, duration.right);
  }
}

function functionTree(name: string): Tree {
  const signature = FUNCTIONS.get(name)!;
  const { args, variadic, returns } = signature;
  return { name, argTypes: args, variadic, returnType: returns };
}

function matchingTree(expr: Extract<Expr, { kind: 'binary' }>): Tree | null {
  const { matching } = expr;
  if (matching === undefined || typeOf(expr.left) !== 'vector' || typeOf(expr.right) !== 'vector') return null;
  return {
    card: matching.cardinality,
    labels: matching.labels,
    on: matching.on,
    include: matching.include,
    fillValues: { lhs: matching.fillLeft ?? null, rhs: matching.fillRight ?? null },
  };
}

function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
