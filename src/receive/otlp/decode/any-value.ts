import { VALUE, type AttributeTable, type AttributeValue } from '../../../model/attributes.ts';
import { isUtf8Range, utf8Boundary } from '../../../util/utf8.ts';
import type { WireReader } from '../../../util/wire-reader.ts';
import type { DecodeContext } from './context.ts';

/** Tags of AnyValue. */
const TAG = { STRING: 10, BOOL: 16, INT: 24, DOUBLE: 33, ARRAY: 42, LIST: 50, BYTES: 58 } as const;

/**
 * Appends the AnyValue in `[start, end)` of the body to the current row of `table`. A value without content
 * counts as the empty text.
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto
 */
export function appendAnyValue(
  context: DecodeContext,
  table: AttributeTable,
  key: number,
  start: number,
  end: number,
): void {
  const reader = context.reader;
  const outerPos = reader.pos;
  const outerEnd = reader.end;
  reader.pos = start;
  reader.end = end;
  // Of several values the last counts; there is hardly ever more than one.
  let seen = 0;
  while (reader.pos < end) {
    const tag = reader.tag();
    const before = table.length;
    switch (tag) {
      case TAG.STRING:
        reader.range();
        appendText(context, table, key, reader.start, reader.pos);
        break;
      case TAG.BOOL:
        table.appendNumber(key, VALUE.BOOL, reader.varint32() === 0 ? 0 : 1);
        break;
      case TAG.INT:
        reader.varint64();
        appendInt(reader, table, key);
        break;
      case TAG.DOUBLE:
        table.appendNumber(key, VALUE.DOUBLE, reader.double());
        break;
      case TAG.ARRAY:
      case TAG.LIST:
        appendJson(context, table, key, tag);
        break;
      case TAG.BYTES:
        reader.range();
        appendBytes(context, table, key);
        break;
      default:
        reader.skip(tag);
    }
    if (table.length > before && ++seen > 1) table.remove(before - 1);
  }
  if (seen === 0) table.appendText(key, VALUE.STRING, 0, 0);
  reader.pos = outerPos;
  reader.end = outerEnd;
}

function appendText(context: DecodeContext, table: AttributeTable, key: number, start: number, end: number): void {
  const { bytes } = context.reader;
  const { maxAttributeBytes } = context.limits;
  if (!isUtf8Range(bytes, start, end)) {
    context.tally.change('invalid-utf8', end - start);
    const at = context.arena.add(context.mended(start, end, maxAttributeBytes));
    table.appendText(key, VALUE.STRING, at, context.arena.end);
    return;
  }
  let to = end;
  if (end - start > maxAttributeBytes) {
    to = utf8Boundary(bytes, start, start + maxAttributeBytes);
    context.tally.change('attribute-truncated', end - to);
  }
  table.appendText(key, VALUE.STRING, start, to);
}

function appendInt(reader: WireReader, table: AttributeTable, key: number): void {
  const value = reader.signed();
  if (Number.isSafeInteger(value)) table.appendNumber(key, VALUE.INT, value);
  else {
    const at = table.arena.add(String(reader.signedBigInt()));
    table.appendText(key, VALUE.STRING, at, table.arena.end);
  }
}

function appendJson(context: DecodeContext, table: AttributeTable, key: number, tag: number): void {
  const { maxAttributeBytes } = context.limits;
  const at = context.arena.add(compoundJson(context, tag, 1));
  let end = context.arena.end;
  let kind: typeof VALUE.JSON | typeof VALUE.STRING = VALUE.JSON;
  if (end - at > maxAttributeBytes) {
    const text = context.arena.slice(at, end);
    const cut = utf8Boundary(text, 0, maxAttributeBytes);
    context.tally.change('attribute-truncated', text.length - cut);
    end = at + cut;
    // Half a JSON text is text.
    kind = VALUE.STRING;
  }
  table.appendText(key, kind, at, end);
}

function appendBytes(context: DecodeContext, table: AttributeTable, key: number): void {
  const { start, pos, bytes } = context.reader;
  // Base64 makes four characters of three bytes.
  const most = Math.floor(context.limits.maxAttributeBytes / 4) * 3;
  const end = Math.min(pos, start + most);
  if (end < pos) context.tally.change('attribute-truncated', pos - end);
  const at = context.arena.add(base64(bytes, start, end));
  table.appendText(key, VALUE.BYTES, at, context.arena.end);
}

function base64(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('base64');
}

/** JSON text of the ArrayValue or KeyValueList that follows; `depth` of it is counted from 1. */
function compoundJson(context: DecodeContext, tag: number, depth: number): string {
  const reader = context.reader;
  if (depth > context.limits.maxDepth) {
    reader.range();
    context.tally.change('attribute-depth', reader.pos - reader.start);
    return 'null';
  }
  const outer = reader.enter();
  const parts: string[] = [];
  while (reader.more()) {
    const inner = reader.tag();
    if (inner !== 10) reader.skip(inner);
    else parts.push(tag === TAG.ARRAY ? anyValueJson(context, depth) : keyValueJson(context, depth));
  }
  reader.leave(outer);
  return tag === TAG.ARRAY ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}

function keyValueJson(context: DecodeContext, depth: number): string {
  const reader = context.reader;
  const outer = reader.enter();
  let key = '';
  let value = 'null';
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) key = context.readString();
    else if (tag === 18) value = anyValueJson(context, depth);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return `${JSON.stringify(key)}:${value}`;
}

/** JSON text of the AnyValue in `[start, end)` of the body; the reader stays where it is. */
export function anyValueJsonIn(context: DecodeContext, start: number, end: number): string {
  const reader = context.reader;
  const { pos: outerPos, end: outerEnd } = reader;
  reader.pos = start;
  reader.end = end;
  const json = contentJson(context, 0);
  reader.pos = outerPos;
  reader.end = outerEnd;
  return json;
}

/** JSON text of the AnyValue submessage that follows. */
function anyValueJson(context: DecodeContext, depth: number): string {
  const outer = context.reader.enter();
  const json = contentJson(context, depth);
  context.reader.leave(outer);
  return json;
}

/** JSON text of the AnyValue the reader is in, as protobuf's JSON mapping writes its content. */
function contentJson(context: DecodeContext, depth: number): string {
  const reader = context.reader;
  let json = 'null';
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case TAG.STRING:
        json = JSON.stringify(context.readString());
        break;
      case TAG.BOOL:
        json = reader.varint32() === 0 ? 'false' : 'true';
        break;
      case TAG.INT: {
        reader.varint64();
        const value = reader.signed();
        json = Number.isSafeInteger(value) ? String(value) : `"${reader.signedBigInt()}"`;
        break;
      }
      case TAG.DOUBLE: {
        const value = reader.double();
        json = Number.isFinite(value) ? String(value) : `"${value}"`;
        break;
      }
      case TAG.ARRAY:
      case TAG.LIST:
        json = compoundJson(context, tag, depth + 1);
        break;
      case TAG.BYTES:
        reader.range();
        json = `"${base64(reader.bytes, reader.start, reader.pos)}"`;
        break;
      default:
        reader.skip(tag);
    }
  }
  return json;
}

/** The AnyValue submessage that follows as a value; for resources, scopes and labels, which are read once. */
export function readAnyValue(context: DecodeContext): AttributeValue {
  const reader = context.reader;
  const outer = reader.enter();
  let result: AttributeValue = '';
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case TAG.STRING:
        result = context.readString();
        break;
      case TAG.BOOL:
        result = reader.varint32() !== 0;
        break;
      case TAG.INT: {
        reader.varint64();
        const value = reader.signed();
        result = Number.isSafeInteger(value) ? value : String(reader.signedBigInt());
        break;
      }
      case TAG.DOUBLE:
        result = reader.double();
        break;
      case TAG.ARRAY:
      case TAG.LIST:
        result = { json: compoundJson(context, tag, 1) };
        break;
      case TAG.BYTES:
        reader.range();
        result = base64(reader.bytes, reader.start, reader.pos);
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  return result;
}
