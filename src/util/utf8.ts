import { isUtf8 } from 'node:buffer';

/** Below this, a loop is faster than a native call (bench: `receive/otlp-traces`). */
const SHORT = 48;

/** Whether `bytes[start, end)` is valid UTF-8. */
export function isUtf8Range(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > SHORT) return isUtf8(bytes.subarray(start, end));
  for (let i = start; i < end; i++) {
    if (bytes[i]! >= 0x80) return isUtf8(bytes.subarray(i, end));
  }
  return true;
}

/** The largest end ≤ `end` that does not cut a character of the valid UTF-8 in `bytes[start, …)`. */
export function utf8Boundary(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && at < bytes.length && (bytes[at]! & 0xc0) === 0x80) at--;
  return at;
}
