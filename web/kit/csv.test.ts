import { expect, test } from 'vitest';
import { csvOf } from './csv.ts';

test('quotes what needs it, leaves absent cells empty, and disarms formulas', () => {
  expect(
    csvOf(
      ['name', 'value'],
      [
        ['a,"b"', 1.5],
        ['=1+1', null],
      ],
    ),
  ).toBe('name,value\r\n"a,""b""",1.5\r\n\'=1+1,\r\n');
});
