import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WIRE, WireError, WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const written = (write: (writer: WireWriter) => void): WireReader => {
  const writer = new WireWriter(1);
  write(writer);
  return new WireReader(writer.finish().slice());
};

test('varints come back, whole and their low halves', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
      const reader = written((writer) => {
        writer.varint64(value);
        writer.varint64(value);
      });
      reader.varint64();
      expect(BigInt.asUintN(64, reader.signedBigInt())).toBe(BigInt.asUintN(64, value));
      expect(reader.varint32()).toBe(Number(BigInt.asUintN(32, value)));
      expect(reader.more()).toBe(false);
    }),
  );
});

test('numbers come back', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.double(), fc.integer(), fc.maxSafeNat(), (integer, double, small, natural) => {
      const reader = written((writer) => {
        writer.fixed64(BigInt(integer));
        writer.fixed64Number(integer);
        writer.double(double);
        writer.fixed32(small >>> 0);
        writer.varint(natural);
        writer.varint64(small < 0 ? -2n * BigInt(small) - 1n : 2n * BigInt(small));
      });
      for (let i = 0; i < 2; i++) {
        reader.fixed64();
        expect(reader.signed()).toBe(integer);
      }
      expect(reader.double()).toBe(double);
      expect(reader.fixed32()).toBe(small >>> 0);
      reader.varint64();
      expect(reader.unsigned()).toBe(natural);
      expect(reader.sint32()).toBe(small);
    }),
  );
});

test('messages nest, unknown fields are leapt over', () => {
  const reader = written((writer) => {
    writer.tag(1, WIRE.LENGTH);
    const outer = writer.begin();
    writer.tag(9, WIRE.VARINT);
    writer.varint(300);
    writer.tag(9, WIRE.FIXED32);
    writer.fixed32(1);
    writer.tag(9, WIRE.FIXED64);
    writer.double(1);
    writer.tag(9, WIRE.LENGTH);
    writer.bytes(Uint8Array.of(1, 2, 3));
    writer.tag(2, WIRE.LENGTH);
    writer.text('größe');
    writer.end(outer);
    writer.tag(3, WIRE.VARINT);
    writer.varint(7);
  });
  expect(reader.tag()).toBe(10);
  const end = reader.enter();
  let text = '';
  while (reader.more()) {
    const tag = reader.tag();
    if (tag !== 18) reader.skip(tag);
    else {
      reader.range();
      text = new TextDecoder().decode(reader.bytes.subarray(reader.start, reader.pos));
    }
  }
  reader.leave(end);
  expect(text).toBe('größe');
  expect(reader.tag()).toBe(24);
  expect(reader.varint32()).toBe(7);
});

test('nothing reads past the end of its message', () => {
  const bytes = Uint8Array.of(2, 0xff, 0xff, 1, 1, 1, 1, 1, 1, 1, 1, 1);
  const reads: ((reader: WireReader) => unknown)[] = [
    (reader) => reader.varint32(),
    (reader) => reader.varint64(),
    (reader) => reader.fixed64(),
    (reader) => reader.fixed32(),
    (reader) => reader.double(),
    (reader) => reader.range(),
    (reader) => reader.enter(),
  ];
  for (const read of reads) {
    const reader = new WireReader(bytes);
    reader.enter();
    expect(() => read(reader)).toThrow(WireError);
  }
});
