import { expect, test } from 'vitest';
import { ByteBudget } from './byte-budget.ts';

test('shares take until the budget is used up, and give back all at once', () => {
  const budget = new ByteBudget(10);
  const a = budget.share();
  const b = budget.share();
  expect([a.take(6), b.take(4), b.take(1), a.take(1)]).toEqual([true, true, false, false]);
  a.release();
  a.release();
  expect(budget.used).toBe(4);
  expect(b.take(6)).toBe(true);
  b.release();
  expect(budget.used).toBe(0);
});

test('a holder that is alone may pass the budget: its own limit is for that', () => {
  const budget = new ByteBudget(10);
  const a = budget.share();
  expect([a.take(8), a.take(8)]).toEqual([true, true]);
  expect(budget.share().take(1)).toBe(false);
});
