import { SondeError } from '../../../model/errors.ts';
import { quoted } from '../../../util/quoted.ts';

const DECODER = new TextDecoder();

/**
 * The error of a body that is not in its format: line, column (both from 1, the column in bytes) and what stood
 * there instead of what was expected.
 */
export function expositionFault(body: Uint8Array, at: number, expected: string): SondeError {
  let line = 1;
  let lineStart = 0;
  for (let i = 0; i < at; i++) {
    if (body[i] === 0x0a) {
      line++;
      lineStart = i + 1;
    }
  }
  const where = `line ${line}, column ${at - lineStart + 1}`;
  return new SondeError(`${where}: ${expected}, found ${found(body, at)}`, {
    kind: 'invalid',
    code: 'exposition-invalid',
    where,
  });
}

function found(body: Uint8Array, at: number): string {
  if (at >= body.length) return 'the end of the answer';
  if (body[at] === 0x0a) return 'the end of the line';
  let end = at;
  while (end < body.length && body[end] !== 0x0a && end - at < 160) end++;
  return quoted(DECODER.decode(body.subarray(at, end)), 40);
}
