import { VALUE } from '../../model/attributes.ts';
import type { SpanBatch } from '../../model/span.ts';
import type { FieldPolicies } from './field-policy.ts';

const MAX_BYTES = 120;
const MAX_WORDS = 4;

/**
 * Whether the name of a GenAI span looks like what was said rather than what was done: it has a line break, is longer
 * than 120 bytes, or has four words or more and stands as it is inside one of the span's content fields.
 * @param codes of `FieldPolicies`, by key id
 */
export function nameMayBeContent(batch: SpanBatch, row: number, codes: Int16Array, policies: FieldPolicies): boolean {
  const start = batch.name.start[row]!;
  const end = batch.name.end[row]!;
  if (start === end) return false;
  const name = Buffer.from(batch.arena.slice(start, end));
  if (name.length > MAX_BYTES || name.includes(10)) return true;
  if (wordsIn(name) < MAX_WORDS) return false;
  const table = batch.attributes;
  for (let entry = table.offsets[row]!; entry < table.offsets[row + 1]!; entry++) {
    const code = codes[table.key[entry]!]!;
    if (code === 0 || policies.policies[code]!.kind !== 'content') continue;
    if (table.kind[entry] !== VALUE.STRING && table.kind[entry] !== VALUE.JSON) continue;
    const bytes = batch.arena.slice(table.textStart[entry]!, table.textEnd[entry]!);
    if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(name)) return true;
  }
  return false;
}

function wordsIn(name: Buffer): number {
  let words = 1;
  for (const byte of name) if (byte === 32) words++;
  return words;
}
