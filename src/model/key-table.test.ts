import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KEY_TABLE_LIMIT, KeyTable, KeyTables } from './key-table.ts';

test('text and bytes of a key share one id, different keys do not', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3000 }), (texts) => {
      const table = new KeyTable();
      for (const [i, text] of texts.entries()) {
        const bytes = Buffer.from(`xx${text}yy`);
        const byBytes = (): number => table.idOfBytes(bytes, 2, bytes.length - 2);
        const first = i % 2 === 0 ? table.id(text) : byBytes();
        expect(table.id(text)).toBe(first);
        expect(byBytes()).toBe(first);
        expect(table.text(first)).toBe(text);
      }
      expect(table.size).toBe(new Set(texts).size);
    }),
    { numRuns: 20 },
  );
});

test('a full table is followed by a fresh one', () => {
  const tables = new KeyTables();
  const first = tables.current();
  for (let i = 0; i <= KEY_TABLE_LIMIT; i++) first.id(`key-${i}`);
  expect(tables.current()).not.toBe(first);
  expect(first.text(7)).toBe('key-7');
});
