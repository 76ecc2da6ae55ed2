import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { axisOf, nowAxis, parseTime, timeAxis } from './time-axis.ts';

const NOW = Date.UTC(2026, 10, 24, 3, 13);

describe('parseTime', () => {
  test.each([
    { text: 'now', want: NOW },
    { text: 'now-1h', want: NOW - 3_600_000 },
    { text: 'now-1h30m', want: NOW - 5_400_000 },
    { text: '2026-11-24T03:00:00Z', want: Date.UTC(2026, 10, 24, 3) },
    { text: '2026-11-24T03:00:00', want: Date.UTC(2026, 10, 24, 3) },
    { text: '2026-11-24T05:00:00+02:00', want: Date.UTC(2026, 10, 24, 3) },
    { text: '2026-11-24', want: Date.UTC(2026, 10, 24) },
    { text: '1763953980000', want: 1763953980000 },
  ])('$text', ({ text, want }) => {
    expect(parseTime(text, 'from', NOW)).toBe(want);
  });

  test.each(['', 'yesterday', 'now-', 'now-1x', 'now+1h', '2026-99-99', '12', '1e9', 'now-1h; DROP'])(
    '%j is refused',
    (text) => {
      expect(() => parseTime(text, 'from', NOW)).toThrowError(
        expect.objectContaining({ code: 'sonde-bad-time' }) as Error,
      );
    },
  );

  test('never anything but a number or a SondeError', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(Number.isFinite(parseTime(text, 'from', NOW))).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'sonde-bad-time' });
        }
      }),
    );
  });
});

describe('timeAxis', () => {
  test.each([
    { from: 'now-5m', stepMs: 5000, steps: 60 },
    { from: 'now-1h', stepMs: 15_000, steps: 240 },
    { from: 'now-24h', stepMs: 600_000, steps: 144 },
    { from: 'now-7d', stepMs: 3_600_000, steps: 168 },
  ])('$from has $steps points', ({ from, stepMs, steps }) => {
    const axis = timeAxis({ from, to: 'now' }, NOW);
    expect([axis.stepMs, axis.steps, axis.t.length]).toEqual([stepMs, steps, steps]);
    expect(axis.t.at(-1)).toBe(NOW / 1000);
    expect(axis.t[0]! * 1000 - axis.stepMs).toBe(axis.fromMs);
  });

  test.each([
    { from: 'now', to: 'now-1h', where: 'to' },
    { from: 'now-9999d', to: 'now', where: 'from' },
    { from: 'now-1h', to: 'now', step: '10ms', where: 'step' },
    { from: 'now-7d', to: 'now', step: '1s', where: 'step' },
  ])('$from to $to step $step is refused', ({ where, ...params }) => {
    expect(() => timeAxis(params, NOW)).toThrowError(
      expect.objectContaining({ code: 'sonde-bad-time', where }) as Error,
    );
  });

  test('figures of long ranges speak of the last five minutes', () => {
    expect(nowAxis(axisOf(NOW - 3_600_000, NOW, 15_000)).steps).toBe(240);
    expect(nowAxis(axisOf(NOW - 86_400_000, NOW, 600_000))).toMatchObject({ steps: 1, windowMs: 300_000, toMs: NOW });
  });
});
