import type { SyntaxNode } from '@lezer/common';
import { quoted } from '../../../util/quoted.ts';
import type { DurationExpr, TextRange } from './ast.ts';
import { parseNumber, unquote } from './literals.ts';
import { syntaxError } from './position.ts';

/** Reads what has no operands: names, numbers, strings, durations. */
export class LiteralReader {
  protected readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  protected labelNames(node: SyntaxNode): string[] {
    return children(node).map((item) =>
      item.name === 'QuotedLabelName' ? this.string(child(item, 0)) : this.slice(item),
    );
  }

  protected duration(node: SyntaxNode): DurationExpr {
    const range = rangeOf(node);
    const parts = children(node);
    const first = parts[0]!;
    if (parts.length === 1 && first.name === 'NumberDurationLiteralInDurationContext') {
      return { kind: 'literal', seconds: this.number(first), text: this.slice(first), range };
    }
    if (first.name === 'DurationStep') return { kind: 'step', range };
    if (first.name === 'DurationRange') return { kind: 'range', range };
    const operands = parts.filter((part) => part.name === 'DurationExpr' || part.name === 'OffsetDurationExpr');
    if (first.name === 'DurationMinOf' || first.name === 'DurationMaxOf') {
      const op = first.name === 'DurationMinOf' ? 'min_of' : 'max_of';
      return { kind: 'operation', op, left: this.duration(operands[0]!), right: this.duration(operands[1]!), range };
    }
    if (first.name === 'UnaryOp') {
      return { kind: 'sign', negative: this.slice(first) === '-', operand: this.duration(operands[0]!), range };
    }
    if (operands.length === 2) {
      const op = this.slice(parts[1]!) as '+' | '-' | '*' | '/' | '%' | '^';
      return { kind: 'operation', op, left: this.duration(operands[0]!), right: this.duration(operands[1]!), range };
    }
    return { kind: 'paren', operand: this.duration(operands[0]!), range };
  }

  protected number(node: SyntaxNode): number {
    const text = this.slice(node).replace(/\s+/g, '');
    return parseNumber(text) ?? this.fail(node, `bad number or duration ${quoted(text)}`);
  }

  protected string(node: SyntaxNode): string {
    const literal = this.slice(node);
    return unquote(literal) ?? this.fail(node, stringFault(literal));
  }

  protected slice(node: { from: number; to: number }): string {
    return this.text.slice(node.from, node.to);
  }

  protected fail(node: TextRange, message: string): never {
    throw syntaxError(this.text, node, message);
  }
}

function stringFault(literal: string): string {
  const closed = literal.length > 1 && literal.at(-1) === literal[0] && !literal.includes('\n');
  return closed ? `bad escape in the string ${quoted(literal)}` : `unterminated quoted string ${quoted(literal)}`;
}

export function rangeOf(node: SyntaxNode): TextRange {
  return { from: node.from, to: node.to };
}

export function child(node: SyntaxNode, index: number): SyntaxNode {
  return children(node)[index]!;
}

/** Child nodes without comments; the grammar keeps no nodes for brackets and commas. */
export function children(node: SyntaxNode | null): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let at = node?.firstChild ?? null; at !== null; at = at.nextSibling) {
    if (at.name !== 'LineComment') found.push(at);
  }
  return found;
}
