import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { quoted } from '../../../util/quoted.ts';
import { makeMatcher, type MatchOperator, type Matcher } from '../matcher.ts';
import type {
  AggregateOperator,
  At,
  BinaryOperator,
  Cardinality,
  Expr,
  MatrixSelector,
  RangeModifier,
  Subquery,
  VectorMatching,
  VectorSelector,
} from './ast.ts';
import { isSetOperator } from './ast.ts';
import { bridgeGrammar } from './bridge.ts';
import { checkTypes } from './check.ts';
import { explainFault } from './fault.ts';
import { child, children, LiteralReader, rangeOf } from './literal-reader.ts';
import { isDurationText } from './literals.ts';
import { piecesOf, POWER_PRECEDENCE, precedenceOf, type Piece } from './operand-list.ts';
import { syntaxError } from './position.ts';

/** Longest query that is looked at; a page of PromQL has 4 kB. */
const MAX_QUERY_LENGTH = 256 * 1024;
/** Deepest nesting; the walkers over the tree recurse. */
const MAX_DEPTH = 500;

/**
 * Reads a PromQL expression and checks its types.
 * @throws SondeError `query-syntax` with `where` as `line:column`
 */
export function parse(text: string): Expr {
  if (text.length > MAX_QUERY_LENGTH) {
    const message = `the query has ${text.length} characters, the limit is ${MAX_QUERY_LENGTH}`;
    throw syntaxError(text, { from: 0, to: 0 }, message);
  }
  const bridged = bridgeGrammar(text);
  const tree: Tree = parser.parse(bridged.text);
  const expr = new TreeReader(text, bridged.names).read(tree);
  checkTypes(text, expr);
  return expr;
}

class TreeReader extends LiteralReader {
  private readonly scalarFunctions: ReadonlyMap<number, string>;
  private depth = 0;

  constructor(text: string, scalarFunctions: ReadonlyMap<number, string>) {
    super(text);
    this.scalarFunctions = scalarFunctions;
  }

  read(tree: Tree): Expr {
    const fault = firstFault(tree);
    if (fault !== undefined) throw explainFault(this.text, fault);
    return this.expr(tree.topNode.firstChild!);
  }

  private expr(node: SyntaxNode): Expr {
    if (++this.depth > MAX_DEPTH) this.fail(node, `the query is nested deeper than ${MAX_DEPTH} levels`);
    const pieces = piecesOf(node);
    const expr = this.climb(pieces, { at: 0 }, 0);
    this.depth--;
    return expr;
  }

  /** Nests pieces from `cursor.at` on, as far as operators bind tighter than `least`. */
  private climb(pieces: readonly Piece[], cursor: { at: number }, least: number): Expr {
    let left = this.operand(pieces, cursor);
    for (;;) {
      const piece = pieces[cursor.at];
      if (piece?.kind !== 'operator') return left;
      const op = this.slice(child(piece.node, 1));
      const precedence = precedenceOf(op);
      if (precedence <= least) return left;
      cursor.at++;
      // `^` binds to the right: the same operator may follow in its right side.
      const right = this.climb(pieces, cursor, precedence === POWER_PRECEDENCE ? precedence - 1 : precedence);
      left = this.binary(piece.node, left, right);
    }
  }

  private operand(pieces: readonly Piece[], cursor: { at: number }): Expr {
    const piece = pieces[cursor.at++]!;
    if (piece.kind === 'operand') {
      const number = piece.node.name === 'NumberDurationLiteral';
      // The sign of a number at the left of `^` belongs to the power.
      const next = pieces[cursor.at];
      const power = next?.kind === 'operator' && this.slice(child(next.node, 1)) === '^';
      if (number && power && /^[-+]/.test(this.slice(piece.node))) {
        const unsigned = { ...this.primary(piece.node), range: { from: piece.node.from + 1, to: piece.node.to } };
        if (unsigned.kind === 'number') {
          const base = { ...unsigned, value: Math.abs(unsigned.value) };
          const expr = this.powerOf(base, pieces, cursor);
          const negative = this.slice(piece.node).startsWith('-');
          return { kind: 'unary', negative, expr, range: { from: piece.node.from, to: expr.range.to } };
        }
      }
      return piece.postfixes.reduce((expr, postfix) => this.postfix(postfix, expr), this.primary(piece.node));
    }
    if (piece.kind !== 'sign') return this.fail(piece.node, 'expected an expression');
    const negative = this.slice(piece.node) === '-';
    const expr = this.climb(pieces, cursor, POWER_PRECEDENCE - 1);
    const range = { from: piece.node.from, to: expr.range.to };
    if (expr.kind === 'number') return { ...expr, value: negative ? -expr.value : expr.value, range };
    return { kind: 'unary', negative, expr, range };
  }

  private powerOf(base: Expr, pieces: readonly Piece[], cursor: { at: number }): Expr {
    const operator = pieces[cursor.at++]!;
    return this.binary(operator.node, base, this.climb(pieces, cursor, POWER_PRECEDENCE - 1));
  }

  private primary(node: SyntaxNode): Expr {
    const range = rangeOf(node);
    switch (node.name) {
      case 'NumberDurationLiteral':
        return { kind: 'number', value: this.number(node), isDuration: isDurationText(this.slice(node)), range };
      case 'StringLiteral':
        return { kind: 'string', value: this.string(node), range };
      case 'ParenExpr':
        return { kind: 'paren', expr: this.expr(child(node, 0)), range };
      case 'VectorSelector':
        return this.vectorSelector(node);
      case 'AggregateExpr':
        return this.aggregate(node);
      case 'FunctionCall':
        return this.call(node);
      default:
        return this.fail(node, `unexpected ${quoted(this.slice(node))}, expected an expression`);
    }
  }

  private postfix(node: SyntaxNode, inner: Expr): Expr {
    switch (node.name) {
      case 'MatrixSelector':
        return this.matrixSelector(node, inner);
      case 'SubqueryExpr':
        return this.subquery(node, inner);
      case 'OffsetExpr':
        return this.offset(node, inner);
      case 'StepInvariantExpr':
        return this.at(node, inner);
      default:
        return this.rangeModifier(node, inner, node.name === 'AnchoredExpr' ? 'anchored' : 'smoothed');
    }
  }

  private vectorSelector(node: SyntaxNode): VectorSelector {
    const identifier = node.getChild('Identifier');
    let name = identifier === null ? undefined : this.slice(identifier);
    const matchers: Matcher[] = [];
    for (const item of children(node.getChild('LabelMatchers'))) {
      const first = child(item, 0);
      if (item.name === 'QuotedLabelName') {
        if (name !== undefined)
          this.fail(item, `metric name must not be set twice: ${quoted(name)} or ${this.slice(item)}`);
        name = this.string(first);
      } else {
        const label = first.name === 'QuotedLabelName' ? this.string(child(first, 0)) : this.slice(first);
        const op = this.slice(item.getChild('MatchOp')!) as MatchOperator;
        matchers.push(this.matcher(item, label, op, this.string(item.lastChild!)));
      }
    }
    if (name !== undefined) {
      const again = matchers.find((matcher) => matcher.name === '__name__');
      if (again !== undefined) {
        this.fail(node, `metric name must not be set twice: ${quoted(name)} or ${quoted(again.value)}`);
      }
      matchers.push(makeMatcher('__name__', '=', name));
    }
    return {
      kind: 'selector',
      name,
      matchers,
      offset: undefined,
      at: undefined,
      modifier: undefined,
      range: rangeOf(node),
    };
  }

  private matcher(node: SyntaxNode, label: string, op: MatchOperator, value: string): Matcher {
    try {
      return makeMatcher(label, op, value);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'it cannot be read';
      return this.fail(node, `bad regular expression ${quoted(value)} for label ${quoted(label)}: ${quoted(reason)}`);
    }
  }

  private matrixSelector(node: SyntaxNode, inner: Expr): MatrixSelector {
    if (inner.kind !== 'selector') return this.fail(node, 'ranges only allowed for vector selectors');
    if (inner.offset !== undefined) return this.fail(node, 'no offset modifiers allowed before range');
    if (inner.at !== undefined) return this.fail(node, 'no @ modifiers allowed before range');
    return {
      kind: 'matrix',
      selector: inner,
      duration: this.duration(node.getChild('DurationExpr')!),
      range: { from: inner.range.from, to: node.to },
    };
  }

  private subquery(node: SyntaxNode, expr: Expr): Subquery {
    const [duration, step] = node.getChildren('DurationExpr');
    return {
      kind: 'subquery',
      expr,
      duration: this.duration(duration!),
      step: step === undefined ? undefined : this.duration(step),
      offset: undefined,
      at: undefined,
      range: { from: expr.range.from, to: node.to },
    };
  }

  private offset(node: SyntaxNode, inner: Expr): Expr {
    const offset = this.duration(node.getChild('OffsetDurationExpr')!);
    return this.modify(node, inner, 'offset modifier', (target) => {
      if (target.offset !== undefined) this.fail(node, 'offset may not be set multiple times');
      return { ...target, offset };
    });
  }

  private at(node: SyntaxNode, inner: Expr): Expr {
    return this.modify(node, inner, '@ modifier', (target) => {
      if (target.at !== undefined) this.fail(node, '@ <timestamp> may not be set multiple times');
      return { ...target, at: this.atOf(node) };
    });
  }

  private atOf(node: SyntaxNode): At {
    const preprocessor = node.getChild('AtModifierPreprocessors');
    if (preprocessor !== null) return { kind: preprocessor.getChild('AtStart') === null ? 'end' : 'start' };
    const seconds = this.number(node.getChild('NumberDurationLiteral')!);
    if (!Number.isFinite(seconds) || Math.abs(seconds) >= 2 ** 63) {
      this.fail(node, `timestamp out of bounds for @ modifier: ${seconds}`);
    }
    return { kind: 'time', timeMs: Math.round(seconds * 1000) };
  }

  private rangeModifier(node: SyntaxNode, inner: Expr, modifier: RangeModifier): Expr {
    if (inner.kind === 'subquery') return this.fail(node, `${modifier} modifier is not supported for subqueries`);
    return this.modify(node, inner, `${modifier} modifier`, (target) => {
      if (target.kind === 'subquery') return target;
      if (target.modifier !== undefined && target.modifier !== modifier) {
        this.fail(node, 'anchored and smoothed modifiers cannot be used together');
      }
      return { ...target, modifier };
    });
  }

  /** Puts a modifier on the selector or subquery it stands behind; the node's range grows to hold it. */
  private modify(
    node: SyntaxNode,
    inner: Expr,
    what: string,
    change: (target: VectorSelector | Subquery) => VectorSelector | Subquery,
  ): Expr {
    const range = { from: inner.range.from, to: node.to };
    if (inner.kind === 'selector' || inner.kind === 'subquery') return { ...change(inner), range };
    if (inner.kind === 'matrix') return { ...inner, selector: change(inner.selector) as VectorSelector, range };
    const place = 'an instant vector selector or range vector selector or a subquery';
    return this.fail(node, `${what} must be preceded by ${place}`);
  }

  private binary(node: SyntaxNode, left: Expr, right: Expr): Expr {
    const op = this.slice(child(node, 1)).toLowerCase() as BinaryOperator;
    const bool = node.getChild('BoolModifier') !== null;
    const range = { from: left.range.from, to: right.range.to };
    return { kind: 'binary', op, left, right, bool, matching: this.matching(node, op), range };
  }

  private matching(node: SyntaxNode, op: BinaryOperator): VectorMatching {
    const clause = node.getChild('MatchingModifierClause');
    const groupings = clause?.getChildren('GroupingLabels') ?? [];
    let cardinality: Cardinality = isSetOperator(op) ? 'many-to-many' : 'one-to-one';
    if (clause?.getChild('GroupLeft') != null) cardinality = 'many-to-one';
    if (clause?.getChild('GroupRight') != null) cardinality = 'one-to-many';
    const fill = node.getChild('FillModifier');
    const fillOf = (name: string): number | undefined => {
      const found = fill?.getChild(name)?.getChild('NumberDurationLiteral');
      return found == null ? undefined : this.number(found);
    };
    const both = fillOf('FillClause');
    return {
      on: clause?.getChild('On') != null,
      labels: groupings[0] === undefined ? [] : this.labelNames(groupings[0]),
      cardinality,
      include: groupings[1] === undefined ? [] : this.labelNames(groupings[1]),
      fillLeft: both ?? fillOf('FillLeftClause'),
      fillRight: both ?? fillOf('FillRightClause'),
    };
  }

  private aggregate(node: SyntaxNode): Expr {
    const op = this.slice(node.getChild('AggregateOp')!).toLowerCase() as AggregateOperator;
    const args = children(node.getChild('FunctionCallBody')).map((arg) => this.expr(arg));
    const modifier = node.getChild('AggregateModifier');
    const parameterised = ['topk', 'bottomk', 'quantile', 'count_values', 'limitk', 'limit_ratio'].includes(op);
    const wanted = parameterised ? 2 : 1;
    if (args.length !== wanted) {
      this.fail(
        node,
        args.length === 0
          ? 'no arguments for aggregate expression provided'
          : `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
      );
    }
    return {
      kind: 'aggregate',
      op,
      expr: args.at(-1)!,
      param: parameterised ? args[0] : undefined,
      grouping: modifier === null ? [] : this.labelNames(modifier.getChild('GroupingLabels')!),
      without: modifier?.getChild('Without') != null,
      range: rangeOf(node),
    };
  }

  private call(node: SyntaxNode): Expr {
    const name = this.scalarFunctions.get(node.from) ?? this.slice(node.firstChild!);
    const args = children(node.getChild('FunctionCallBody')).map((arg) => this.expr(arg));
    return { kind: 'call', name, args, range: rangeOf(node) };
  }
}

function firstFault(tree: Tree): SyntaxNode | undefined {
  let found: SyntaxNode | undefined;
  tree.iterate({
    enter(node) {
      if (found === undefined && node.type.isError) found = node.node;
      return found === undefined;
    },
  });
  return found;
}
