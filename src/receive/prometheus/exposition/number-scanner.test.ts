import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatValue } from './format.fixture.ts';
import { NumberScanner } from './number-scanner.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each([
  { text: '1', want: 1 },
  { text: '-1.5', want: -1.5 },
  { text: '+3', want: 3 },
  { text: '.5', want: 0.5 },
  { text: '5.', want: 5 },
  { text: '1e3', want: 1000 },
  { text: '1.15e+011', want: 1.15e11 },
  { text: '1E-05', want: 1e-5 },
  { text: '0', want: 0 },
  { text: '-0', want: -0 },
  { text: '9223372036854775794', want: 9223372036854775794 },
  { text: '1e308', want: 1e308 },
  { text: '1e999', want: Infinity },
  { text: '4.9e-324', want: 5e-324 },
  { text: '123456789012345678901234567890', want: 123456789012345678901234567890 },
  { text: 'NaN', want: NaN },
  { text: 'nan', want: NaN },
  { text: '+Inf', want: Infinity },
  { text: '-inf', want: -Infinity },
  { text: 'Infinity', want: Infinity },
])('reads $text as Go does', ({ text, want }) => {
  const scanner = new NumberScanner();
  expect(scanner.float(bytes(`${text} `), 0)).toBe(want);
  expect(scanner.end).toBe(text.length);
});

test.each(['', '-', '.', 'e5', '1e', '1e+', '0x10', '1_000', '1,5', '--1', '1..2', 'In', 'abc'])(
  'refuses %j',
  (text) => {
    const scanner = new NumberScanner();
    scanner.float(bytes(`${text}\n`), 0);
    expect(scanner.end).toBe(-1);
  },
);

test.each([
  { text: '1700000000123', want: 1700000000123 },
  { text: '-5', want: -5 },
])('reads the timestamp $text', ({ text, want }) => {
  expect(new NumberScanner().integer(bytes(`${text}\n`), 0)).toBe(want);
});

test.each(['', '-', '1.5', '1e3', '99999999999999999999'])('refuses %j as a timestamp', (text) => {
  const scanner = new NumberScanner();
  scanner.integer(bytes(`${text}\n`), 0);
  expect(scanner.end).toBe(-1);
});

test('every double is read back bit for bit', () => {
  const scanner = new NumberScanner();
  fc.assert(
    fc.property(fc.double(), (value) => {
      expect(scanner.float(bytes(`${formatValue(value)}\n`), 0)).toBe(value);
    }),
    { numRuns: 2000 },
  );
});

test('every decimal text is read as Number reads it', () => {
  const scanner = new NumberScanner();
  fc.assert(
    fc.property(fc.nat(99999), fc.stringMatching(/^[0-9]{0,20}$/), fc.integer({ min: -30, max: 30 }), (a, b, e) => {
      const text = `${a}.${b}e${e}`;
      expect(scanner.float(bytes(`${text}\n`), 0)).toBe(Number(text));
    }),
    { numRuns: 2000 },
  );
});
