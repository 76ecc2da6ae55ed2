import { formatDuration } from '../../../util/duration.ts';
import { formatPlain } from '../number-format.ts';
import type { At, Binary, DurationExpr, Expr, Subquery, VectorMatching, VectorSelector } from './ast.ts';
import { quoteText } from './literals.ts';

/** Longer lines than this are broken where an expression has operands. */
const LINE_LENGTH = 100;

/** The expression on one line, as Prometheus writes it. */
export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return expr.isDuration ? printSeconds(expr.value) : formatPlain(expr.value);
    case 'string':
      return quoteText(expr.value);
    case 'paren':
      return `(${printExpr(expr.expr)})`;
    case 'unary':
      return `${expr.negative ? '-' : '+'}${printExpr(expr.expr)}`;
    case 'selector':
      return printSelector(expr) + printTimes(expr, false);
    case 'matrix':
      return `${printSelector(expr.selector)}[${printDuration(expr.duration)}]${printTimes(expr.selector, true)}`;
    case 'subquery':
      return printExpr(expr.expr) + subquerySuffix(expr);
    case 'call':
      return `${expr.name}(${expr.args.map(printExpr).join(', ')})`;
    case 'aggregate': {
      const args = expr.param === undefined ? [expr.expr] : [expr.param, expr.expr];
      return `${aggregateHead(expr)}(${args.map(printExpr).join(', ')})`;
    }
    case 'binary':
      return `${printExpr(expr.left)} ${operatorText(expr)} ${printExpr(expr.right)}`;
  }
}

/** The expression over as many lines as it needs, two blanks a level. */
export function prettyExpr(expr: Expr, level = 0): string {
  const indent = '  '.repeat(level);
  const line = printExpr(expr);
  if (line.length <= LINE_LENGTH) return indent + line;
  switch (expr.kind) {
    case 'paren':
      return `${indent}(\n${prettyExpr(expr.expr, level + 1)}\n${indent})`;
    case 'unary':
      return `${indent}${expr.negative ? '-' : '+'}${prettyExpr(expr.expr, level).trimStart()}`;
    case 'subquery':
      return prettyExpr(expr.expr, level) + subquerySuffix(expr);
    case 'call':
      return `${indent}${expr.name}(\n${expr.args.map((arg) => prettyExpr(arg, level + 1)).join(',\n')}\n${indent})`;
    case 'aggregate': {
      const args = expr.param === undefined ? [expr.expr] : [expr.param, expr.expr];
      const inner = args.map((arg) => prettyExpr(arg, level + 1)).join(',\n');
      return `${indent}${aggregateHead(expr)}(\n${inner}\n${indent})`;
    }
    case 'binary':
      return `${prettyExpr(expr.left, level + 1)}\n${indent}${operatorText(expr)}\n${prettyExpr(expr.right, level + 1)}`;
    default:
      return indent + line;
  }
}

function printSelector({ name, matchers }: VectorSelector): string {
  const parts = matchers
    .filter((matcher) => !(matcher.name === '__name__' && matcher.op === '=' && matcher.value === name))
    .map((matcher) => `${printLabelName(matcher.name)}${matcher.op}${quoteText(matcher.value)}`)
    .sort();
  if (name === undefined) return `{${parts.join(',')}}`;
  // A name that is no identifier can only stand in quotes between the braces.
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) return `{${[quoteText(name), ...parts].join(',')}}`;
  return parts.length === 0 ? name : `${name}{${parts.join(',')}}`;
}

function printTimes({ at, offset, modifier }: VectorSelector, matrix: boolean): string {
  const extended = modifier === undefined ? '' : ` ${modifier}`;
  const when = printAt(at);
  return (matrix ? extended + when : when + extended) + printOffset(offset);
}

function printAt(at: At | undefined): string {
  if (at === undefined) return '';
  return at.kind === 'time' ? ` @ ${(at.timeMs / 1000).toFixed(3)}` : ` @ ${at.kind}()`;
}

function printOffset(offset: DurationExpr | undefined): string {
  return offset === undefined ? '' : ` offset ${printDuration(offset)}`;
}

function subquerySuffix({ duration, step, at, offset }: Subquery): string {
  const range = `[${printDuration(duration)}:${step === undefined ? '' : printDuration(step)}]`;
  return range + printAt(at) + printOffset(offset);
}

function printDuration(duration: DurationExpr): string {
  switch (duration.kind) {
    case 'literal':
      return printSeconds(duration.seconds);
    case 'step':
    case 'range':
      return `${duration.kind}()`;
    case 'paren':
      return `(${printDuration(duration.operand)})`;
    case 'sign':
      return `${duration.negative ? '-' : ''}${printDuration(duration.operand)}`;
    case 'operation': {
      const [left, right] = [printOperand(duration.left), printOperand(duration.right)];
      return duration.op === 'min_of' || duration.op === 'max_of'
        ? `${duration.op}(${left}, ${right})`
        : `${left} ${duration.op} ${right}`;
    }
  }
}

/** Within a calculation a number without unit is a factor as well as seconds: it stays as it is. */
function printOperand(duration: DurationExpr): string {
  const plain = duration.kind === 'literal' && !/[a-z]$/i.test(duration.text);
  return plain ? formatPlain(duration.seconds) : printDuration(duration);
}

function printSeconds(seconds: number): string {
  const text = formatDuration(Math.abs(Math.round(seconds * 1000)));
  return seconds < 0 ? `-${text}` : text;
}

function aggregateHead(expr: Extract<Expr, { kind: 'aggregate' }>): string {
  const labels = expr.grouping.map(printLabelName).join(', ');
  if (expr.without) return `${expr.op} without (${labels}) `;
  return labels === '' ? expr.op : `${expr.op} by (${labels}) `;
}

function operatorText({ op, bool, matching }: Binary): string {
  return op + (bool ? ' bool' : '') + (matching === undefined ? '' : matchingText(matching));
}

function matchingText({ on, labels, cardinality, include, fillLeft, fillRight }: VectorMatching): string {
  const list = (names: readonly string[]): string => `(${names.map(printLabelName).join(', ')})`;
  const grouped = cardinality === 'many-to-one' || cardinality === 'one-to-many';
  let text = labels.length > 0 || on || grouped ? ` ${on ? 'on' : 'ignoring'} ${list(labels)}` : '';
  if (grouped) text += ` group_${cardinality === 'many-to-one' ? 'left' : 'right'} ${list(include)}`;
  if (fillLeft !== undefined && fillLeft === fillRight) return `${text} fill (${formatPlain(fillLeft)})`;
  if (fillLeft !== undefined) text += ` fill_left (${formatPlain(fillLeft)})`;
  if (fillRight !== undefined) text += ` fill_right (${formatPlain(fillRight)})`;
  return text;
}

function printLabelName(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : quoteText(name);
}
