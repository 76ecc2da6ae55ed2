import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextArena } from './text-arena.ts';

test('texts come back whole, from the base and from what was added, as text and as copied bytes', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 80 });
  fc.assert(
    fc.property(text, fc.array(text), (base, added) => {
      const bytes = Buffer.from(base);
      const arena = new TextArena(bytes);
      const ranges = [
        { start: 0, end: bytes.length },
        ...added.map((item) => ({ start: arena.add(item), end: arena.end })),
      ];
      for (const [i, { start, end }] of ranges.entries()) {
        const want = i === 0 ? base : added[i - 1]!;
        expect(arena.text(start, end)).toBe(want);
        const target = new Uint8Array(end - start + 2);
        expect(arena.copyTo(start, end, target, 1)).toBe(end - start + 1);
        expect(Buffer.from(target.subarray(1, -1)).toString()).toBe(want);
      }
    }),
  );
});
