import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteMap, RecentByteMap } from './byte-map.ts';
import { ByteRun } from './byte-run.ts';

const key = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.uint8Array({ maxLength: 6 }));

test('a ByteMap answers as a Map does', () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 600 }), (keys) => {
      const map = new ByteMap<number>();
      const model = new Map<string, number>();
      for (const [i, [seed, bytes]] of keys.entries()) {
        const name = `${seed}:${bytes.join()}`;
        const padded = Uint8Array.from([9, ...bytes, 9]);
        expect(map.get(seed, padded, 1, padded.length - 1)).toBe(model.get(name));
        if (model.has(name)) continue;
        model.set(name, i);
        map.add(seed, padded, 1, padded.length - 1, i);
      }
      expect(map.size).toBe(model.size);
    }),
  );
});

test('a RecentByteMap stays within its limit and keeps what is in use', () => {
  const map = new RecentByteMap<number>(100, 1e6);
  const hot = Uint8Array.of(255);
  map.add(0, hot, 0, 1, -1);
  for (let i = 0; i < 1000; i++) {
    map.add(1, Uint8Array.of(i & 255, i >> 8), 0, 2, i);
    expect(map.get(0, hot, 0, 1)).toBe(-1);
    expect(map.size).toBeLessThanOrEqual(101);
  }
  expect(map.get(1, Uint8Array.of(0, 0), 0, 2)).toBeUndefined();
});

test('a RecentByteMap stays within its bytes', () => {
  const map = new RecentByteMap<number>(1000, 100);
  const bytes = new Uint8Array(40);
  for (let i = 0; i < 10; i++) map.add(i, bytes, 0, 40, i);
  expect(map.size).toBe(2);
  expect(map.get(9, bytes, 0, 40)).toBe(9);
});

test('a ByteRun reads as its ranges one after another', () => {
  const ranges = fc.array(fc.tuple(fc.nat(20), fc.nat(8)), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(ranges, { maxLength: 3 }), (rounds) => {
      const source = Uint8Array.from({ length: 30 }, (_, i) => i);
      const run = new ByteRun();
      for (const round of rounds) {
        run.clear();
        const want: number[] = [];
        for (const [start, length] of round) {
          if (length === 0) continue;
          run.add(source, start, start + length);
          want.push(...source.subarray(start, start + length));
        }
        expect([...run.bytes.subarray(run.start, run.end)]).toEqual(want);
      }
    }),
  );
});
