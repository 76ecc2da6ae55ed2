import type { SyntaxNode } from '@lezer/common';

/** A piece of an expression: a sign, an operand with what stands behind it (`[5m]`, `offset 1h`), or an operator. */
export type Piece =
  | { readonly kind: 'sign'; readonly node: SyntaxNode }
  | { readonly kind: 'operand'; readonly node: SyntaxNode; readonly postfixes: SyntaxNode[] }
  | { readonly kind: 'operator'; readonly node: SyntaxNode };

const POSTFIXES = new Set([
  'MatrixSelector',
  'SubqueryExpr',
  'OffsetExpr',
  'StepInvariantExpr',
  'AnchoredExpr',
  'SmoothedExpr',
]);

/**
 * The pieces of an expression from left to right, up to the next parentheses.
 * The grammar, made for an editor, lets a postfix take all that stands before it (`(a + b) offset 5m` for
 * `a + b offset 5m`) and a sign belong to the number (`(-2) ^ 2`); so its nesting is undone here and the reader
 * nests by precedence anew.
 */
export function piecesOf(node: SyntaxNode): Piece[] {
  const pieces: Piece[] = [];
  collect(node, pieces);
  return pieces;
}

function collect(node: SyntaxNode, pieces: Piece[]): void {
  if (node.name === 'BinaryExpr') {
    collect(node.firstChild!, pieces);
    pieces.push({ kind: 'operator', node });
    collect(node.lastChild!, pieces);
  } else if (node.name === 'UnaryExpr') {
    pieces.push({ kind: 'sign', node: node.firstChild! });
    collect(node.lastChild!, pieces);
  } else if (POSTFIXES.has(node.name)) {
    collect(node.firstChild!, pieces);
    const last = pieces.at(-1)!;
    if (last.kind === 'operand') last.postfixes.push(node);
  } else {
    pieces.push({ kind: 'operand', node, postfixes: [] });
  }
}

const PRECEDENCE: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '<': 3,
  '>=': 3,
  '<=': 3,
  '</': 3,
  '>/': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};
export const POWER_PRECEDENCE = 6;

/** How tightly an operator binds; all bind to the left but `^`. */
export function precedenceOf(op: string): number {
  return PRECEDENCE[op.toLowerCase()] ?? 0;
}
