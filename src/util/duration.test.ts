import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDurationMs } from './duration.ts';

test.each([
  { text: '15s', want: 15_000 },
  { text: '1h30m', want: 5_400_000 },
  { text: '500ms', want: 500 },
  { text: '1d', want: 86_400_000 },
  { text: '0', want: 0 },
  { text: '', want: undefined },
  { text: '15', want: undefined },
  { text: '1m1h', want: undefined },
  { text: '1.5h', want: undefined },
  { text: 's', want: undefined },
])('parseDurationMs reads $text as $want', ({ text, want }) => {
  expect(parseDurationMs(text)).toBe(want);
});

test('what formatDuration writes, parseDurationMs reads', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (ms) => {
      expect(parseDurationMs(formatDuration(ms))).toBe(ms);
    }),
  );
});
