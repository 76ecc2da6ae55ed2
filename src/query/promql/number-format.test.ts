import { expect, test } from 'vitest';
import { formatCompact, formatFloat, formatPlain } from './number-format.ts';

test.each([
  [0, '0', '0', '0'],
  [-0, '-0', '-0', '-0'],
  [1.5, '1.5', '1.5', '1.5'],
  [123456, '123456', '123456', '123456'],
  [1234567, '1234567', '1234567', '1.234567e+06'],
  [1e-5, '0.00001', '0.00001', '1e-05'],
  [1e-7, '1e-07', '0.0000001', '1e-07'],
  [1.25e-9, '1.25e-09', '0.00000000125', '1.25e-09'],
  [1e21, '1e+21', '1000000000000000000000', '1e+21'],
  [-1.5e100, '-1.5e+100', `-15${'0'.repeat(99)}`, '-1.5e+100'],
  [Infinity, '+Inf', '+Inf', '+Inf'],
  [-Infinity, '-Inf', '-Inf', '-Inf'],
  [NaN, 'NaN', 'NaN', 'NaN'],
])('%d is written as %s, plainly %s, compactly %s', (value, float, plain, compact) => {
  expect(formatFloat(value)).toBe(float);
  expect(formatPlain(value)).toBe(plain);
  expect(formatCompact(value)).toBe(compact);
});
