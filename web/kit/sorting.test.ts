import { expect, test } from 'vitest';
import { nextSorting, parseSorting, sortRows, writeSorting } from './sorting.ts';

test('sorting comes back from the URL as it was', () => {
  expect(parseSorting('-waiting')).toEqual({ column: 'waiting', descending: true });
  expect(writeSorting({ column: 'waiting', descending: true })).toBe('-waiting');
  expect(parseSorting('')).toBeUndefined();
});

test('a second click turns the order', () => {
  expect(nextSorting(undefined, 'a')).toEqual({ column: 'a', descending: true });
  expect(nextSorting({ column: 'a', descending: true }, 'a')).toEqual({ column: 'a', descending: false });
});

test('what is absent comes last in either order', () => {
  const value = (n: number | null) => n;
  expect(sortRows([1, null, 3], value, true)).toEqual([3, 1, null]);
  expect(sortRows([1, null, 3], value, false)).toEqual([1, 3, null]);
});
