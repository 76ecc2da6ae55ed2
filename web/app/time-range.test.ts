import { describe, expect, test } from 'vitest';
import {
  absoluteRange,
  isRelative,
  parseTime,
  rangeTitle,
  resolveRange,
  shiftRange,
  stepSeconds,
} from './time-range.ts';

const NOW = Date.UTC(2026, 10, 24, 3, 13, 0);
const HOUR = 3_600_000;

describe('time ranges', () => {
  test.each([
    { text: 'now', want: NOW },
    { text: 'now-90s', want: NOW - 90_000 },
    { text: 'now-1h', want: NOW - HOUR },
    { text: 'now-7d', want: NOW - 168 * HOUR },
    { text: '2026-11-24T02:13:00Z', want: NOW - HOUR },
    { text: '2026-11-24 02:13', want: NOW - HOUR },
    { text: '2026-11-24T04:13:00+02:00', want: NOW - HOUR },
    { text: String(NOW), want: NOW },
    { text: 'yesterday', want: undefined },
    { text: 'now+1h', want: undefined },
    { text: '2026-13-40T00:00:00Z', want: undefined },
  ])('$text', ({ text, want }) => expect(parseTime(text, NOW)).toBe(want));

  test('what cannot be read, or ends before it begins, is the last hour', () => {
    const lastHour = { fromMs: NOW - HOUR, toMs: NOW };
    expect(resolveRange({ from: 'nonsense', to: 'now' }, NOW)).toEqual(lastHour);
    expect(resolveRange({ from: 'now', to: 'now-1h' }, NOW)).toEqual(lastHour);
  });

  test('moving by half becomes absolute and never passes now', () => {
    const range = { fromMs: NOW - HOUR, toMs: NOW };
    expect(shiftRange(range, -1, NOW)).toEqual({ from: '2026-11-24T01:43:00Z', to: '2026-11-24T02:43:00Z' });
    expect(shiftRange(range, 1, NOW)).toEqual(absoluteRange(range));
  });

  test('titles', () => {
    const range = { fromMs: NOW - HOUR, toMs: NOW };
    expect(rangeTitle({ from: 'now-1h', to: 'now' }, range, 'utc')).toBe('Last 1 h');
    expect(rangeTitle(absoluteRange(range), range, 'utc')).toBe('02:13 – 03:13 UTC');
    expect(isRelative(absoluteRange(range))).toBe(false);
  });

  test.each([
    { hours: 1, want: 30 },
    { hours: 6, want: 300 },
    { hours: 24, want: 900 },
  ])('$hours h has a step of $want s', ({ hours, want }) => {
    expect(stepSeconds({ fromMs: NOW - hours * HOUR, toMs: NOW })).toBe(want);
  });
});
