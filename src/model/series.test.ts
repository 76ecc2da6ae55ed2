import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fingerprintOf, makeSeries } from './series.ts';

test('order of labels does not matter, empty values are no labels, the last of a name wins', () => {
  const a = makeSeries('up', [
    ['job', 'x'],
    ['instance', 'y'],
    ['gone', ''],
  ]);
  const b = makeSeries('up', [
    ['instance', 'z'],
    ['job', 'x'],
    ['instance', 'y'],
  ]);
  expect(a.labels).toEqual([
    ['instance', 'y'],
    ['job', 'x'],
  ]);
  expect(fingerprintOf(b)).toBe(fingerprintOf(a));
});

test('the fingerprint is for ever: stored data depends on it', () => {
  expect(fingerprintOf(makeSeries('up', [['job', 'vllm']])).toString(16)).toMatchInlineSnapshot(`"a02e40ecff64b5"`);
});

test('different series have different fingerprints', () => {
  const label = fc.tuple(fc.string({ maxLength: 4 }), fc.string({ minLength: 1, maxLength: 4 }));
  const seen = new Map<bigint, string>();
  fc.assert(
    fc.property(fc.string({ maxLength: 4 }), fc.array(label, { maxLength: 3 }), (metric, labels) => {
      const series = makeSeries(metric, labels);
      const text = JSON.stringify([series.metric, series.labels]);
      const fingerprint = fingerprintOf(series);
      expect(seen.get(fingerprint) ?? text).toBe(text);
      seen.set(fingerprint, text);
    }),
    { numRuns: 5000 },
  );
  for (let i = 0; i < 200_000; i++) {
    const text = `m${i % 7}${i}`;
    const fingerprint = fingerprintOf(makeSeries(`m${i % 7}`, [['i', String(i)]]));
    expect(seen.get(fingerprint) ?? text).toBe(text);
    seen.set(fingerprint, text);
  }
});
