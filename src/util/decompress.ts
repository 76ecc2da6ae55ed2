import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { ZstdRefused, zstdFrames } from './zstd-frames.ts';

/** Values of Content-Encoding that `decompress` takes. */
export const CONTENT_ENCODINGS = ['identity', 'gzip', 'deflate', 'zstd'] as const;
export type ContentEncoding = (typeof CONTENT_ENCODINGS)[number];

/** Why data was not decompressed. */
export class DecompressError extends Error {
  /** `too-large`: the content passes the limit; `invalid`: it is not what its encoding says. */
  readonly reason: 'invalid' | 'too-large';

  constructor(message: string, reason: 'invalid' | 'too-large', cause?: unknown) {
    super(message, { cause });
    this.name = 'DecompressError';
    this.reason = reason;
  }
}

/** zstd in newer Node.js, off the main thread; older ones have none. */
interface NativeZstd {
  zstdDecompress?: (
    data: Uint8Array,
    options: zlib.ZlibOptions,
    done: (error: Error | null, result: Buffer) => void,
  ) => void;
}

/**
 * The content of compressed data, at most `maxBytes` of it: a bomb is given up at the limit, not after it.
 * @throws DecompressError
 */
export async function decompress(encoding: ContentEncoding, data: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  switch (encoding) {
    case 'identity':
      if (data.length > maxBytes) throw tooLarge(maxBytes);
      return data;
    case 'gzip':
      return inflate(zlib.gunzip, data, maxBytes);
    case 'deflate':
      // Some senders mean raw deflate: a zlib header has 8 in its low nibble and is a multiple of 31.
      return inflate(hasZlibHeader(data) ? zlib.inflate : zlib.inflateRaw, data, maxBytes);
    case 'zstd': {
      const frames = guardedFrames(data, maxBytes);
      const { zstdDecompress } = zlib as NativeZstd;
      if (zstdDecompress !== undefined) return inflate(zstdDecompress, data, maxBytes);
      return unzstd(data, frames, maxBytes);
    }
  }
}

type Inflate = (
  data: Uint8Array,
  options: zlib.ZlibOptions,
  done: (error: Error | null, result: Buffer) => void,
) => void;

function inflate(method: Inflate, data: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    method(data, { maxOutputLength: Math.max(1, maxBytes) }, (error, result) => {
      if (error === null) resolve(result);
      else if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') reject(tooLarge(maxBytes));
      else reject(new DecompressError('the data is not what its content encoding says', 'invalid', error));
    });
  });
}

function hasZlibHeader(data: Uint8Array): boolean {
  return data.length >= 2 && (data[0]! & 0x0f) === 8 && (data[0]! * 256 + data[1]!) % 31 === 0;
}

function guardedFrames(data: Uint8Array, maxBytes: number): ReturnType<typeof zstdFrames> {
  try {
    return zstdFrames(data, maxBytes);
  } catch (error) {
    if (error instanceof ZstdRefused) throw new DecompressError(error.message, error.reason, error);
    throw error;
  }
}

function unzstd(data: Uint8Array, frames: ReturnType<typeof zstdFrames>, maxBytes: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (const { start, end } of frames) {
      const stream = new Decompress((chunk) => {
        length += chunk.length;
        if (length > maxBytes) throw tooLarge(maxBytes);
        chunks.push(chunk);
      });
      stream.push(data.subarray(start, end), true);
    }
  } catch (error) {
    if (error instanceof DecompressError) throw error;
    throw new DecompressError('the data is not what its content encoding says', 'invalid', error);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
}

function tooLarge(maxBytes: number): DecompressError {
  return new DecompressError(`the decompressed body is larger than ${maxBytes} bytes`, 'too-large');
}
