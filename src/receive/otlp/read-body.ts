import type { IncomingMessage } from 'node:http';
import { SondeError } from '../../model/errors.ts';
import { CONTENT_ENCODINGS, decompress, DecompressError, type ContentEncoding } from '../../util/decompress.ts';
import type { ByteShare } from '../../util/byte-budget.ts';
import { quoted } from '../../util/quoted.ts';

export interface BodyLimits {
  /** As sent. */
  readonly maxBodyBytes: number;
  /** After decompression. */
  readonly maxDecompressedBytes: number;
}

/**
 * The decompressed body of a request. Reading stops at the first limit that is passed.
 * @param share is charged with what the body takes; the caller releases it
 * @throws SondeError `too-large`, `unsupported`, `invalid`, `overloaded`, or `canceled` when the sender went away
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits, share: ByteShare): Promise<Uint8Array> {
  const encoding = contentEncoding(request.headers['content-encoding']);
  const { maxBodyBytes } = limits;
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBodyBytes) throw tooLarge(`the body has ${declared} bytes, the limit is ${maxBodyBytes}`);
  const data = await readAll(request, maxBodyBytes, share);
  try {
    const body = await decompress(encoding, data, limits.maxDecompressedBytes);
    if (body !== data && !share.take(body.length)) throw busy();
    return body;
  } catch (error) {
    if (!(error instanceof DecompressError)) throw error;
    if (error.reason === 'too-large') throw tooLarge(error.message);
    throw new SondeError(error.message, {
      kind: 'invalid',
      code: 'otlp-compression',
      mend: 'check that Content-Encoding names the compression of the body',
      cause: error,
    });
  }
}

function contentEncoding(header: string | undefined): ContentEncoding {
  const name = (header ?? 'identity').trim().toLowerCase();
  if (name === '') return 'identity';
  const known = CONTENT_ENCODINGS.find((encoding) => encoding === name);
  if (known !== undefined) return known;
  throw new SondeError(`content encoding ${quoted(name, 40)} is not supported`, {
    kind: 'unsupported',
    code: 'otlp-content-encoding',
    mend: 'send gzip, zstd, deflate or no compression',
  });
}

function readAll(request: IncomingMessage, maxBytes: number, share: ByteShare): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (error: SondeError): void => {
      request.off('data', onData);
      reject(error);
    };
    const gone = (): void => {
      fail(
        new SondeError('the sender went away in the middle of its body', { kind: 'canceled', code: 'otlp-aborted' }),
      );
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > maxBytes) {
        fail(tooLarge(`the body is larger than ${maxBytes} bytes`));
        return;
      }
      if (!share.take(chunk.length)) {
        fail(busy());
        return;
      }
      chunks.push(chunk);
    };
    request.on('data', onData);
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)));
    request.once('error', gone);
    request.once('close', () => {
      if (!request.complete) gone();
    });
  });
}

/** Too many bodies are held at once. */
export function busy(): SondeError {
  return new SondeError('too much OTLP data is being taken in at this moment', {
    kind: 'overloaded',
    code: 'otlp-busy',
    mend: 'send again, or raise otlp.max_inflight_bytes',
    retryAfterMs: 1000,
  });
}

function tooLarge(message: string): SondeError {
  return new SondeError(message, {
    kind: 'too-large',
    code: 'otlp-too-large',
    mend: 'send smaller batches, or raise otlp.max_body_bytes and otlp.max_decompressed_bytes',
  });
}
