import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyTable } from '../../model/key-table.ts';
import { TextArena } from '../../util/text-arena.ts';
import type { Column } from '../column-set.ts';
import {
  ArrayColumnEncoder,
  DictionaryColumnEncoder,
  FixedColumnEncoder,
  MapColumnEncoder,
  NullableColumnEncoder,
  StringColumnEncoder,
} from './column-encoder.ts';
import { parseColumnType } from './column-type.ts';
import { decodeNative } from './decode.ts';
import { BlockEncoder } from './encode-block.ts';

/** A column as plain values, for comparing. */
function plain(column: Column, rows: number): unknown[] {
  const slice = (offsets: Uint32Array, values: Column): unknown[][] => {
    const all = plain(values, offsets[rows]!);
    return Array.from({ length: rows }, (_, r) => all.slice(offsets[r], offsets[r + 1]));
  };
  switch (column.kind) {
    case 'number':
      return Array.from(column.values);
    case 'big':
      return Array.from(column.values as BigInt64Array);
    case 'string':
      return [...column.values];
    case 'fixed':
      return Array.from({ length: rows }, (_, r) =>
        Buffer.from(column.bytes.subarray(r * column.width, (r + 1) * column.width)).toString('hex'),
      );
    case 'nullable': {
      const values = plain(column.values, rows);
      return values.map((value, r) => (column.nulls[r] === 1 ? null : value));
    }
    case 'array':
      return slice(column.offsets, column.values);
    case 'map': {
      const keys = slice(column.offsets, column.keys);
      const values = slice(column.offsets, column.values);
      return keys.map((row, r) => row.map((key, i) => [key, values[r]![i]]));
    }
    case 'tuple': {
      const elements = column.elements.map((element) => plain(element, rows));
      return Array.from({ length: rows }, (_, r) => elements.map((element) => element[r]));
    }
  }
}

const text = fc.string({ unit: 'grapheme', maxLength: 200 });

describe('decodeNative(encode(x)) equals x', () => {
  test('for every kind of column the writers use', () => {
    const row = fc.record({
      text,
      low: fc.constantFrom('a', 'b', '', 'long name of a metric'),
      number: fc.double(),
      maybe: fc.option(fc.nat(2 ** 31)),
      map: fc.array(fc.tuple(text, text), { maxLength: 4 }),
      maps: fc.array(fc.array(fc.tuple(text, fc.integer({ min: 0, max: 255 })), { maxLength: 3 }), { maxLength: 3 }),
      id: fc.uint8Array({ minLength: 8, maxLength: 8 }),
      ms: fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), fc.boolean(), (rows, twice) => {
        const block = new BlockEncoder({
          text: new StringColumnEncoder(),
          low: new DictionaryColumnEncoder(),
          number: new FixedColumnEncoder('Float64', 8),
          maybe: new NullableColumnEncoder(new FixedColumnEncoder('UInt32', 4)),
          map: new MapColumnEncoder(new StringColumnEncoder()),
          maps: new ArrayColumnEncoder(new MapColumnEncoder(new FixedColumnEncoder('UInt8', 1))),
          id: new FixedColumnEncoder('FixedString(8)', 8),
          ms: new FixedColumnEncoder('DateTime64(3)', 8),
        });
        const { columns } = block;
        const pieces: Uint8Array[] = [];
        for (let pass = 0; pass < (twice ? 2 : 1); pass++) {
          block.reset();
          for (const r of rows) {
            columns.text.pushText(r.text);
            columns.low.pushText(r.low);
            columns.number.pushDouble(r.number);
            if (r.maybe === null) columns.maybe.pushNull();
            else {
              columns.maybe.values.pushUint32(r.maybe);
              columns.maybe.mark();
            }
            for (const [key, value] of r.map) {
              columns.map.keys.pushText(key);
              columns.map.values.pushText(value);
            }
            columns.map.endRow();
            for (const map of r.maps) {
              for (const [key, value] of map) {
                columns.maps.values.keys.pushText(key);
                columns.maps.values.values.pushByte(value);
              }
              columns.maps.values.endRow();
            }
            columns.maps.endRow();
            columns.id.pushRange(r.id, 0);
            columns.ms.pushMilliseconds(r.ms);
          }
          pieces.push(...block.chunks().map((chunk) => chunk.slice()));
        }
        const set = decodeNative(Buffer.concat(rows.length === 0 ? [] : pieces));
        const want = twice ? [...rows, ...rows] : rows;
        expect(set.rows).toBe(want.length);
        if (want.length === 0) return;
        const got = (name: string): unknown[] => plain(set.get(name), set.rows);
        expect(got('text')).toEqual(want.map((r) => r.text));
        expect(got('low')).toEqual(want.map((r) => r.low));
        expect(got('number')).toEqual(want.map((r) => r.number));
        expect(got('maybe')).toEqual(want.map((r) => r.maybe));
        expect(got('map')).toEqual(want.map((r) => r.map));
        expect(got('maps')).toEqual(want.map((r) => r.maps));
        expect(got('id')).toEqual(want.map((r) => Buffer.from(r.id).toString('hex')));
        expect(got('ms')).toEqual(want.map((r) => BigInt(r.ms)));
      }),
      { numRuns: 60 },
    );
  });

  test('for texts in an arena and keys of several tables', () => {
    const arena = new TextArena(Buffer.from('abcé'));
    const start = arena.add('x'.repeat(300));
    const [first, second] = [new KeyTable(), new KeyTable()];
    for (let i = 0; i < 300; i++) first.id(`key ${i}`);
    const block = new BlockEncoder({ text: new StringColumnEncoder(), key: new DictionaryColumnEncoder() });
    block.columns.text.pushRange(arena, 0, 5);
    block.columns.key.pushKey(first, first.id('key 299'));
    block.columns.text.pushRange(arena, start, arena.end);
    block.columns.key.pushKey(second, second.id('key 299'));
    block.columns.text.pushRange(arena, 0, 0);
    block.columns.key.pushKey(first, first.id('late'));
    const set = decodeNative(Buffer.concat(block.chunks()));
    expect(set.strings('text')).toEqual(['abcé', 'x'.repeat(300), '']);
    expect(set.strings('key')).toEqual(['key 299', 'key 299', 'late']);
  });

  test('for dictionaries of more than 256 and 65,536 texts', () => {
    const block = new BlockEncoder({ key: new DictionaryColumnEncoder() });
    for (const size of [300, 70_000]) {
      block.reset();
      for (let i = 0; i < size; i++) block.columns.key.pushText(`k${i}`);
      expect(decodeNative(Buffer.concat(block.chunks())).strings('key')[size - 1]).toBe(`k${size - 1}`);
    }
  });
});

test('a staleness marker keeps its bits', () => {
  const block = new BlockEncoder({ value: new FixedColumnEncoder('Float64', 8) });
  block.columns.value.pushWords(0x00000002, 0x7ff00000);
  const bytes = Buffer.concat(block.chunks());
  expect(bytes.subarray(-8).toString('hex')).toBe('020000000000f07f');
});

test('bytes that are no result give RangeError or TypeError only', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodeNative(bytes);
      } catch (cause) {
        expect(cause instanceof RangeError || cause instanceof TypeError).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test.each([
  { text: 'UInt8', want: { name: 'UInt8', arguments: [], literals: [] } },
  {
    text: "Map(LowCardinality(String), DateTime64(9, 'UTC'))",
    want: {
      name: 'Map',
      arguments: [
        { name: 'LowCardinality', arguments: [{ name: 'String', arguments: [], literals: [] }], literals: [] },
        { name: 'DateTime64', arguments: [], literals: ['9', "'UTC'"] },
      ],
      literals: [],
    },
  },
  {
    text: "Tuple(a UInt8, `b c` Enum8('x' = 1, 'y' = 2))",
    want: {
      name: 'Tuple',
      arguments: [
        { name: 'UInt8', arguments: [], literals: [] },
        { name: 'Enum8', arguments: [], literals: ["'x' = 1", "'y' = 2"] },
      ],
      literals: [],
    },
  },
])('parseColumnType: $text', ({ text, want }) => {
  expect(parseColumnType(text)).toEqual(want);
});
