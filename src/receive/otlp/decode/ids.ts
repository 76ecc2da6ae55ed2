import type { WireReader } from '../../../util/wire-reader.ts';

/** Whether `bytes[start, end)` is an id of `width` bytes that are not all zero. */
export function isId(bytes: Uint8Array, start: number, end: number, width: number): boolean {
  if (end - start !== width) return false;
  let any = 0;
  for (let i = start; i < end; i++) any |= bytes[i]!;
  return any !== 0;
}

/** Copies `width` bytes from `source` at `start` into place `row` of a packed column. */
export function copyId(source: Uint8Array, start: number, column: Uint8Array, row: number, width: number): void {
  const at = row * width;
  for (let i = 0; i < width; i++) column[at + i] = source[start + i]!;
}

/** Reads a time into place `row` of a column of word pairs; one behind the year 2262 counts as missing. */
export function readTime(reader: WireReader, words: Uint32Array, row: number): void {
  reader.fixed64();
  const outOfRange = reader.high > 0x7fffffff;
  words[2 * row] = outOfRange ? 0 : reader.low;
  words[2 * row + 1] = outOfRange ? 0 : reader.high;
}
