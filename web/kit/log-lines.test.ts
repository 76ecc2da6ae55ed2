import { expect, test } from 'vitest';
import { lineOf } from './log-lines.tsx';

test.each([
  {
    name: 'JSON that came as text',
    row: { body: '{"level":30,"msg":"served"}', bodyIsJson: false, attributes: {} },
    want: { text: 'served', rest: [] },
  },
  {
    name: 'text stays as it is',
    row: { body: 'guard passed', bodyIsJson: false, attributes: { top_k: 4 } },
    want: { text: 'guard passed', rest: ['top_k=4'] },
  },
  {
    name: 'JSON: the message first, the level once',
    row: { body: '{"level":"info","msg":"retrieved","kb":"support","n":4}', bodyIsJson: true, attributes: {} },
    want: { text: 'retrieved', rest: ['kb=support', 'n=4'] },
  },
  {
    name: 'JSON without a message',
    row: { body: '{"a":1}', bodyIsJson: true, attributes: {} },
    want: { text: '{"a":1}', rest: [] },
  },
  {
    name: 'JSON that was cut',
    row: { body: '{"msg":"x', bodyIsJson: true, attributes: {} },
    want: { text: '{"msg":"x', rest: [] },
  },
])('$name', ({ row, want }) => expect(lineOf(row)).toEqual(want));
