import { expect, test } from 'vitest';
import type { Span } from '../../../src/serve/sonde/contract.ts';
import { spanRows, visibleWindow } from './span-rows.ts';

const TREE = [
  { depth: 0, parent: null },
  { depth: 1, parent: 0 },
  { depth: 2, parent: 1 },
  { depth: 1, parent: 0 },
] as Span[];
const shown = (folded: number[], only?: number[]) =>
  spanRows(TREE, new Set(folded), only === undefined ? undefined : new Set(only)).map((row) => row.index);

test('folding hides a branch and nothing beside it', () => {
  expect(shown([])).toEqual([0, 1, 2, 3]);
  expect(shown([1])).toEqual([0, 1, 3]);
  expect(shown([0])).toEqual([0]);
  expect(spanRows(TREE, new Set(), undefined).map((r) => r.children)).toEqual([2, 1, 0, 0]);
});

test('critical path only', () => expect(shown([], [0, 3])).toEqual([0, 3]));

test('of a long list only what is in sight is drawn', () => {
  expect(visibleWindow(10_000, 2700, 540, 27)).toEqual([80, 140]);
  expect(visibleWindow(12, 0, 540, 27)).toEqual([0, 12]);
});
