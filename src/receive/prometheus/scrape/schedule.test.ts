import { expect, test } from 'vitest';
import { firstDelayMs, nextDue, scrapeTimeMs } from './schedule.ts';

test('targets spread over the interval by their hash, at the same place after a restart', () => {
  const at = (nowMs: number, hash: number): number => (nowMs + firstDelayMs(nowMs, 15_000, hash)) % 15_000;
  for (const nowMs of [0, 1, 1_700_000_000_123]) {
    expect([0, 0.25, 0.5, 0.99].map((share) => at(nowMs, Math.floor(share * 2 ** 32)))).toEqual([0, 3750, 7500, 14849]);
  }
  expect(firstDelayMs(14_999, 15_000, 0)).toBe(1);
});

test.each([
  { dueMs: 1000, nowMs: 1004, want: 1000 },
  { dueMs: 1000, nowMs: 1011, want: 1011 },
  { dueMs: 1000, nowMs: 999, want: 1000 },
])('a scrape due at $dueMs that begins at $nowMs is stamped $want', ({ dueMs, nowMs, want }) => {
  expect(scrapeTimeMs(dueMs, nowMs, 15_000)).toBe(want);
});

test.each([
  { name: 'in time', nowMs: 1200, want: { dueMs: 11_000, missed: 0 } },
  { name: 'a round too long', nowMs: 11_500, want: { dueMs: 21_000, missed: 1 } },
  { name: 'the clock set back', nowMs: -100_000, want: { dueMs: -90_000, missed: 0 } },
])('the next round: $name', ({ nowMs, want }) => {
  expect(nextDue(1000, nowMs, 10_000)).toEqual(want);
});
