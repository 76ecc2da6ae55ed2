import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decompress, DecompressError, type ContentEncoding } from './decompress.ts';

const MB = 1024 * 1024;

/** `zstd` made it: a window descriptor, a compressed block, a checksum. */
const ZSTD = Buffer.from('KLUv/QRY/QAAyFNvbmRlIHRha2VzIHpzdGQuICBhZ2Fpbi4BAMqZYQl1Dcs=', 'base64');
const ZSTD_TEXT = 'Sonde takes zstd. Sonde takes zstd. Sonde takes zstd again.';
const SKIPPABLE = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

test.each<{ name: string; encoding: ContentEncoding; data: Buffer; want: string }>([
  { name: 'identity', encoding: 'identity', data: Buffer.from('abc'), want: 'abc' },
  { name: 'gzip', encoding: 'gzip', data: gzipSync('abc'), want: 'abc' },
  { name: 'two gzip members', encoding: 'gzip', data: Buffer.concat([gzipSync('ab'), gzipSync('c')]), want: 'abc' },
  { name: 'deflate', encoding: 'deflate', data: deflateSync('abc'), want: 'abc' },
  { name: 'raw deflate', encoding: 'deflate', data: deflateRawSync('abc'), want: 'abc' },
  { name: 'zstd', encoding: 'zstd', data: ZSTD, want: ZSTD_TEXT },
  {
    name: 'zstd frames, one to be skipped',
    encoding: 'zstd',
    data: Buffer.concat([ZSTD, SKIPPABLE, ZSTD]),
    want: ZSTD_TEXT + ZSTD_TEXT,
  },
])('decompress: $name', async ({ encoding, data, want }) => {
  expect(Buffer.from(await decompress(encoding, data, 1000)).toString()).toBe(want);
});

/** A zstd frame of 128 KiB windows and the blocks given. */
function frame(windowByte: number, ...blocks: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, windowByte]), ...blocks]);
}

function block(last: boolean, type: number, size: number, content: Buffer): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | (last ? 1 : 0), 0, 3);
  return Buffer.concat([header, content]);
}

const repeated = (last: boolean): Buffer => block(last, 1, 131072, Buffer.from([7]));
const empty = block(false, 0, 0, Buffer.alloc(0));

test.each<{ name: string; encoding: ContentEncoding; data: Buffer; reason: string }>([
  { name: 'too long as it is', encoding: 'identity', data: Buffer.alloc(2 * MB), reason: 'too-large' },
  { name: 'a gzip bomb', encoding: 'gzip', data: gzipSync(Buffer.alloc(50 * MB)), reason: 'too-large' },
  { name: 'a deflate bomb', encoding: 'deflate', data: deflateSync(Buffer.alloc(50 * MB)), reason: 'too-large' },
  {
    name: 'a zstd bomb',
    encoding: 'zstd',
    data: frame(0x38, ...Array.from({ length: 400 }, () => repeated(false)), repeated(true)),
    reason: 'too-large',
  },
  { name: 'a zstd window of 1 GiB', encoding: 'zstd', data: frame(0xa0, repeated(true)), reason: 'too-large' },
  {
    name: 'zstd of ten thousand empty blocks before a window of 8 MiB',
    encoding: 'zstd',
    data: frame(0x68, ...Array.from({ length: 10_000 }, () => empty), repeated(true)),
    reason: 'too-large',
  },
  {
    name: 'a zstd frame that says it holds 4 GB',
    encoding: 'zstd',
    data: Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 255, 255, 255, 255, 1, 0, 0]),
    reason: 'too-large',
  },
  { name: 'gzip that is none', encoding: 'gzip', data: Buffer.from('hello'), reason: 'invalid' },
  { name: 'gzip cut off', encoding: 'gzip', data: gzipSync('hello').subarray(0, 12), reason: 'invalid' },
  { name: 'zstd that is none', encoding: 'zstd', data: Buffer.from('hello world'), reason: 'invalid' },
  { name: 'zstd cut off', encoding: 'zstd', data: ZSTD.subarray(0, 20), reason: 'invalid' },
  {
    name: 'zstd with a dictionary',
    encoding: 'zstd',
    data: Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1]),
    reason: 'invalid',
  },
])('refuses $name', async ({ encoding, data, reason }) => {
  const failure = await decompress(encoding, data, MB).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DecompressError);
  expect(failure).toMatchObject({ reason });
});

test('damaged data never throws anything else', async () => {
  const encodings = fc.constantFrom<ContentEncoding>('gzip', 'deflate', 'zstd');
  await fc.assert(
    fc.asyncProperty(encodings, fc.nat(), fc.integer({ min: 0, max: 255 }), async (encoding, at, byte) => {
      const data = {
        gzip: gzipSync(ZSTD_TEXT),
        deflate: deflateSync(ZSTD_TEXT),
        zstd: Buffer.from(ZSTD),
        identity: ZSTD,
      }[encoding];
      data[at % data.length] = byte;
      const result = await decompress(encoding, data, MB).catch((error: unknown) => error);
      expect(result instanceof Uint8Array || result instanceof DecompressError).toBe(true);
    }),
    { numRuns: 300 },
  );
});
