import type { SyntaxNode } from '@lezer/common';
import type { SondeError } from '../../../model/errors.ts';
import { quoted } from '../../../util/quoted.ts';
import { FUNCTIONS, nearestWord } from '../functions.ts';
import { AGGREGATE_OPERATORS, type TextRange } from './ast.ts';
import { syntaxError } from './position.ts';

const CALLABLE = [...FUNCTIONS.keys(), ...AGGREGATE_OPERATORS];
const OTHER_WORDS = [
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'bool',
  'offset',
  'and',
  'or',
  'unless',
  'atan2',
  'fill',
  'fill_left',
  'fill_right',
  'anchored',
  'smoothed',
];

/** What is wrong at the first place where the grammar could not go on, in words that help to mend it. */
export function explainFault(text: string, fault: SyntaxNode): SondeError {
  const unknown = unknownFunction(text, fault);
  if (unknown !== undefined) return unknown;
  const at = skipSpace(text, fault.from);
  const found = at >= text.length ? 'unexpected end of input' : `unexpected ${quoted(wordAt(text, at), 40)}`;
  const range = { from: Math.min(at, text.length), to: fault.to };
  const place = placeOf(fault);
  return syntaxError(text, range, `${found}${place.where}, expected ${place.expected}`, bracketHint(text, at));
}

/** A call of something that is no function, up to the fault: the grammar only knows functions by name. */
function unknownFunction(text: string, fault: SyntaxNode): SondeError | undefined {
  const call = /([a-zA-Z_:][a-zA-Z0-9_:]*)\s*\(/g;
  const bare = blankStrings(text);
  for (let match = call.exec(bare); match !== null && match.index <= fault.to; match = call.exec(bare)) {
    const name = match[1]!;
    const lower = name.toLowerCase();
    const known = (AGGREGATE_OPERATORS as readonly string[]).includes(lower) || OTHER_WORDS.includes(lower);
    if (FUNCTIONS.has(name) || known) continue;
    const near = nearestWord(name, CALLABLE);
    const range: TextRange = { from: match.index, to: match.index + name.length };
    return syntaxError(
      text,
      range,
      `unknown function with name ${quoted(name)}`,
      near === undefined ? undefined : `did you mean ${near}?`,
    );
  }
  return undefined;
}

function placeOf(fault: SyntaxNode): { where: string; expected: string } {
  switch (fault.parent?.name) {
    case 'LabelMatchers':
      return { where: ' in label matching', expected: 'a label matcher like name="value", "," or "}"' };
    case 'UnquotedLabelMatcher':
    case 'QuotedLabelMatcher':
      return { where: ' in label matching', expected: 'one of =, !=, =~, !~ and a quoted value' };
    case 'GroupingLabels':
      return { where: ' in grouping opts', expected: 'a label name, "," or ")"' };
    case 'MatrixSelector':
    case 'SubqueryExpr':
      return { where: ' in the range', expected: 'a duration like 5m, then "]" (or ":" and a step for a subquery)' };
    case 'DurationExpr':
    case 'OffsetDurationExpr':
    case 'OffsetExpr':
      return { where: '', expected: 'a duration like 5m' };
    case 'FunctionCallBody':
      return { where: ' in the arguments of a call', expected: 'an expression, "," or ")"' };
    case 'AggregateExpr':
      return { where: ' in aggregation', expected: '"(" with the expression to aggregate' };
    case 'ParenExpr':
      return { where: ' within parentheses', expected: 'an operator or ")"' };
    case 'BinaryExpr':
    case 'UnaryExpr':
      return { where: '', expected: 'an expression behind the operator' };
    case 'StepInvariantExpr':
      return { where: '', expected: 'a timestamp, start() or end() behind @' };
    case 'PromQL':
      return {
        where: '',
        expected: fault.prevSibling === null ? 'an expression' : 'an operator or the end of the query',
      };
    default:
      return { where: '', expected: 'an operator or the end of the query' };
  }
}

/** Names a bracket that was opened and never closed, or closed and never opened. */
function bracketHint(text: string, at: number): string | undefined {
  const open: string[] = [];
  const bare = blankStrings(text);
  for (let i = 0; i < Math.max(at, bare.length); i++) {
    const char = bare[i];
    if (char === '(' || char === '[' || char === '{') open.push(char);
    else if (char === ')' || char === ']' || char === '}') {
      const last = open.pop();
      if (last === undefined) return `there is a ${char} too many`;
      if (last + char !== '()' && last + char !== '[]' && last + char !== '{}') return `${last} is closed by ${char}`;
    }
  }
  return open.length === 0 ? undefined : `${open.at(-1)} is never closed`;
}

/** The text with string contents and comments as blanks, so that brackets and words in them do not count. */
function blankStrings(text: string): string {
  const quotedText = /"(?:\\[\s\S]|[^"\\])*"?|'(?:\\[\s\S]|[^'\\])*'?|`[^`]*`?|#[^\n]*/g;
  return text.replace(quotedText, (token) => ' '.repeat(token.length));
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at]!)) at++;
  return at;
}

function wordAt(text: string, at: number): string {
  return /^[a-zA-Z0-9_:.]+|^["'`].*|^./s.exec(text.slice(at))?.[0] ?? '';
}
