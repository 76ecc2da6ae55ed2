import { expect, test } from 'vitest';
import { errorRange } from './error-range.ts';

const problem = (message: string, where: string | null = null) => ({
  code: 'bad_data',
  message,
  where,
  mend: null,
  retryAfterMs: null,
});

test.each([
  {
    name: 'a range',
    of: problem('expected a matcher', '1:13-1:18'),
    text: 'rate(tokens{model})',
    want: { from: 12, to: 17 },
  },
  {
    name: 'a point',
    of: problem('expected a matcher', '1:13'),
    text: 'rate(tokens{model})',
    want: { from: 12, to: 13 },
  },
  {
    name: 'in the message, as Prometheus writes it',
    of: problem('invalid parameter "query": 1:6: parse error: unexpected end'),
    text: 'rate(x',
    want: { from: 5, to: 6 },
  },
  { name: 'on the second line', of: problem('no', '2:3-2:5'), text: 'sum(\n  up\n)', want: { from: 7, to: 9 } },
  { name: 'at the end of the text', of: problem('unexpected end', '1:7'), text: 'rate(x', want: { from: 5, to: 6 } },
  { name: 'no position', of: problem('too many samples'), text: 'up', want: undefined },
])('$name', ({ of, text, want }) => expect(errorRange(of, text)).toEqual(want));
