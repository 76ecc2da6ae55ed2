import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockPool } from './block-pool.ts';

test('a released block is found by its prefix until it is needed for something else', () => {
  const pool = new BlockPool(2);
  const block = pool.take();
  pool.name(block, 77);
  pool.release(block);
  expect(pool.free).toBe(2);
  expect(pool.find(77)).toBe(block);
  pool.take();
  expect(pool.find(77)).toBe(block);
  expect(pool.take()).toBe(block);
  expect(pool.find(77)).toBe(-1);
  expect(pool.take()).toBe(-1);
});

test('blocks are reused least recently released first', () => {
  const pool = new BlockPool(3);
  const [a, b, c] = [pool.take(), pool.take(), pool.take()];
  for (const block of [b, c, a]) pool.release(block);
  expect([pool.take(), pool.take(), pool.take()]).toEqual([b, c, a]);
});

test('free and held blocks add up, whatever is done', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.tuple(fc.nat(3), fc.nat(20)), { maxLength: 200 }),
      (size, actions) => {
        const pool = new BlockPool(size);
        const held: number[] = [];
        for (const [kind, n] of actions) {
          if (kind === 0) {
            const block = pool.take();
            expect(block === -1).toBe(new Set(held).size === size);
            if (block >= 0) held.push(block);
          } else if (kind === 1 && held.length > 0) pool.release(held.splice(n % held.length, 1)[0]!);
          else if (kind === 2 && held.length > 0) pool.name(held[n % held.length]!, n + 1);
          else {
            const found = pool.find(n + 1);
            if (found >= 0) {
              pool.share(found);
              held.push(found);
            }
          }
          expect(pool.free).toBe(size - new Set(held).size);
          for (const block of held)
            expect(pool.referencesOf(block)).toBe(held.filter((other) => other === block).length);
        }
      },
    ),
  );
});
