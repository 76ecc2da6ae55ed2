import type { AttributeTable, AttributeValue } from '../../../model/attributes.ts';
import { appendAnyValue, readAnyValue } from './any-value.ts';
import type { DecodeContext } from './context.ts';

const KEY = 10;
const VALUE_TAG = 18;

/** Reads the KeyValue submessage that follows into the current row of `table`, within the limits. */
export function appendKeyValue(context: DecodeContext, table: AttributeTable): void {
  const reader = context.reader;
  const outer = reader.enter();
  const size = reader.end - reader.pos;
  let keyStart = 0;
  let keyEnd = 0;
  let valueStart = 0;
  let valueEnd = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === KEY) {
      reader.range();
      keyStart = reader.start;
      keyEnd = reader.pos;
    } else if (tag === VALUE_TAG) {
      reader.range();
      valueStart = reader.start;
      valueEnd = reader.pos;
    } else reader.skip(tag);
  }
  reader.leave(outer);
  const rowStart = table.offsets[table.rows - 1]!;
  if (table.length - rowStart >= context.limits.maxAttributes) {
    context.tally.change('attribute-limit', size);
    return;
  }
  if (keyStart === keyEnd) {
    context.tally.change('attribute-no-key', size);
    return;
  }
  const place = table.length - rowStart;
  const guess = context.keyGuesses[place]!;
  let key = guess;
  if (guess >= table.keys.size || !sameBytes(table.keys.bytes(guess), reader.bytes, keyStart, keyEnd)) {
    key = table.keys.idOfBytes(reader.bytes, keyStart, Math.min(keyEnd, keyStart + MAX_KEY_BYTES));
    context.keyGuesses[place] = key;
  }
  appendAnyValue(context, table, key, valueStart, valueEnd);
}

function sameBytes(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const length = known.length;
  if (length !== end - start) return false;
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}

/** Keys are kept for long, so they must not be of any length. */
const MAX_KEY_BYTES = 1024;

/** The KeyValue submessage that follows as an entry of `map`, within the limits. */
export function readKeyValue(context: DecodeContext, map: Map<string, AttributeValue>): void {
  const reader = context.reader;
  const outer = reader.enter();
  const size = reader.end - reader.pos;
  let key = '';
  let value: AttributeValue = '';
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === KEY) key = context.readString();
    else if (tag === VALUE_TAG) value = readAnyValue(context);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (key === '') context.tally.change('attribute-no-key', size);
  else if (map.size >= context.limits.maxAttributes && !map.has(key)) context.tally.change('attribute-limit', size);
  else map.set(key.length > MAX_KEY_BYTES ? key.slice(0, MAX_KEY_BYTES) : key, value);
}
