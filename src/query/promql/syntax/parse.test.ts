import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SondeError } from '../../../model/errors.ts';
import { parse } from './parse.ts';
import { prettyExpr, printExpr } from './print.ts';

describe('reads and prints', () => {
  test.each([
    ['up', 'up'],
    ['up{job="a",instance!~"b.*"}', 'up{instance!~"b.*",job="a"}'],
    ['{"http.requests", "http.status"="404"}', '{"http.requests","http.status"="404"}'],
    ['SUM(rate(x[5m])) BY (le, on)', 'sum by (le, on) (rate(x[5m]))'],
    ['sum without () (x)', 'sum without () (x)'],
    ['-2^2', '-2 ^ 2'],
    ['a + b offset 5m * c', 'a + b offset 5m * c'],
    ['a * on(job) group_left(team) b', 'a * on (job) group_left (team) b'],
    ['a == bool 1', 'a == bool 1'],
    ['a / ignoring(x) fill(0) b', 'a / ignoring (x) fill (0) b'],
    ['x[1h30m:] @ end() offset -1m', 'x[1h30m:] @ end() offset -1m'],
    ['x @ 1.5', 'x @ 1.500'],
    ['rate(x[5m] smoothed)', 'rate(x[5m] smoothed)'],
    ['x[step() * 2 + 1m]', 'x[step() * 2 + 1m]'],
    ['max_of(1, 2.)', 'max_of(1, 2)'],
    ['0x1f + 1_000 + 017 + 5m', '31 + 1000 + 15 + 5m'],
    ["label_replace(x, 'a', `\\d`, \"b\", 'c')", 'label_replace(x, "a", "\\\\d", "b", "c")'],
    ['sum # comment\n(x)', 'sum(x)'],
    ['start', 'start'],
  ])('%s', (query, printed) => {
    expect(printExpr(parse(query))).toBe(printed);
    expect(printExpr(parse(printed))).toBe(printed);
  });
});

test('long expressions are broken where they have operands', () => {
  const query =
    'histogram_quantile(0.95, sum by (le, model_name) (rate(vllm:time_to_first_token_seconds_bucket{job="vllm"}[5m]))) > 2';
  expect(prettyExpr(parse(query))).toBe(
    [
      '  histogram_quantile(',
      '    0.95,',
      '    sum by (le, model_name) (rate(vllm:time_to_first_token_seconds_bucket{job="vllm"}[5m]))',
      '  )',
      '>',
      '  2',
    ].join('\n'),
  );
});

describe('says what is wrong, where, and what may have been meant', () => {
  test.each([
    { query: '', where: '1:1', message: 'unexpected end of input, expected an expression' },
    {
      query: 'sum(',
      where: '1:5',
      message: 'unexpected end of input in the arguments of a call',
      mend: '( is never closed',
    },
    { query: 'foo bar', where: '1:5', message: 'unexpected "bar", expected an operator or the end of the query' },
    { query: 'sum(\n  rate(x[5m)\n)', where: '2:12', message: 'unexpected ")" in the range', mend: '[ is closed by )' },
    {
      query: 'histogram_quantil(0.9, x)',
      where: '1:1',
      message: 'unknown function',
      mend: 'did you mean histogram_quantile?',
    },
    { query: 'rate(x)', where: '1:6', message: 'expected type range vector', mend: 'add a range like [5m]' },
    { query: 'x[5m] + 1', where: '1:1', message: 'must contain only scalar and instant vector types' },
    {
      query: '1 > 2',
      where: '1:3',
      message: 'comparisons between scalars must use BOOL modifier',
      mend: 'write > bool',
    },
    { query: '{}', where: '1:1', message: 'at least one non-empty matcher' },
    { query: 'x{a=b}', where: '1:5', message: 'unexpected "b" in label matching' },
    { query: 'x{a=~"("}', where: '1:3', message: 'bad regular expression' },
    { query: '"abc', where: '1:1', message: 'unterminated quoted string' },
    { query: 'x offset 1m offset 2m', where: '1:1', message: 'offset may not be set multiple times' },
    { query: 'a and on(x) group_left() b', where: '1:1', message: 'no grouping allowed for "and" operation' },
    { query: 'a + on(x) group_left(x) b', where: '1:3', message: 'must not occur in ON and GROUP clause at once' },
    { query: 'clamp(x, 1)', where: '1:1', message: 'expected 3 argument(s) in call to "clamp", got 2' },
  ])('$query', ({ query, where, message, mend }) => {
    let error: unknown;
    try {
      parse(query);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SondeError);
    const fault = error as SondeError;
    expect(fault.code).toBe('query-syntax');
    expect(fault.where).toBe(where);
    expect(fault.message).toContain(message);
    if (mend !== undefined) expect(fault.mend).toBe(mend);
  });
});

const PIECES = [
  'sum',
  'rate',
  'x',
  '(',
  ')',
  '[5m]',
  '{',
  '}',
  'a="b"',
  ',',
  'by',
  'on',
  '+',
  '-',
  '^',
  '>',
  'bool',
  '@',
  'end()',
  'offset',
  '1m',
  '2.',
  '"s"',
  '\\',
  '`',
  '#',
  '\n',
  'min_of(',
  'é',
  '\u0000',
  '\ud800',
];

test('nothing makes it throw anything but a SondeError', () => {
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((parts) => parts.join(' ')),
  );
  fc.assert(
    fc.property(text, (query) => {
      try {
        parse(query);
      } catch (error) {
        expect(error).toBeInstanceOf(SondeError);
      }
    }),
    { numRuns: 2000 },
  );
});

test('deep nesting is refused, not recursed into', () => {
  expect(() => parse('('.repeat(5000) + '1' + ')'.repeat(5000))).toThrow(SondeError);
});
