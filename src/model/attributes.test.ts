import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextArena } from '../util/text-arena.ts';
import { AttributeTable, VALUE, type AttributeValue } from './attributes.ts';
import { KeyTable } from './key-table.ts';

const value = fc.oneof(
  fc.string({ unit: 'binary' }).filter((text) => Buffer.from(text).toString() === text),
  fc.boolean(),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.jsonValue().map((json): AttributeValue => ({ json: JSON.stringify(json) })),
);

test('a table gives back every row it was given', () => {
  const rows = fc.array(fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), value, { maxKeys: 8 }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(rows, (given) => {
      const table = new AttributeTable(new KeyTable(), new TextArena(new Uint8Array([1, 2, 3])));
      for (const row of given) {
        table.startRow();
        for (const [key, item] of Object.entries(row)) table.append(key, item);
      }
      expect(given.map((_, row) => table.toObject(row))).toEqual(given.map((row) => ({ ...row })));
    }),
  );
});

test('a removed entry is found no more, a replaced one gives its new text', () => {
  const keys = new KeyTable();
  const table = new AttributeTable(keys, new TextArena());
  table.startRow();
  table.append('prompt', 'secret');
  table.append('model', 'a');
  table.remove(table.find(0, keys.id('prompt')));
  table.replaceText(table.find(0, keys.id('model')), 'b');
  expect(table.toObject(0)).toEqual({ model: 'b' });
  expect(table.find(0, keys.id('prompt'))).toBe(-1);
});

test('an integer beyond 2^53 keeps its digits as text', () => {
  const table = new AttributeTable(new KeyTable(), new TextArena());
  table.startRow();
  table.append('big', '9223372036854775807');
  expect(table.kind[0]).toBe(VALUE.STRING);
  expect(table.value(0)).toBe('9223372036854775807');
});
