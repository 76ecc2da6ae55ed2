import { SondeError } from '../../../model/errors.ts';
import type { Signal } from '../../../model/sink.ts';
import { quoted } from '../../../util/quoted.ts';
import { WIRE } from '../../../util/wire-reader.ts';
import { WireWriter } from '../../../util/wire-writer.ts';
import { JSON_REQUESTS, type JsonField, type JsonMessage } from './json-schema.ts';

/** Keys and indexes in a path; no honest sender nests so deep. */
const MAX_DEPTH = 200;
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: false });

/**
 * An OTLP/JSON request as the same request in protobuf's wire format. Takes lowerCamelCase and snake_case names,
 * 64-bit integers as text or number, enums as number or name, ids in hex, `NaN` and `Infinity` as text; leaves out
 * what is unknown or null.
 * @throws SondeError `invalid` with the path of the value that does not fit
 */
export function jsonToWire(signal: Signal, body: Uint8Array): Uint8Array {
  let value: unknown;
  try {
    value = JSON.parse(UTF8.decode(body));
  } catch (cause) {
    // The parser's message quotes the text, which may be a prompt: only its position is passed on.
    const position = cause instanceof Error ? /position (\d+)/.exec(cause.message)?.[1] : undefined;
    throw new SondeError('the body is not JSON', {
      kind: 'invalid',
      code: 'otlp-json-syntax',
      ...(position === undefined ? {} : { where: `character ${position}` }),
      mend: 'send OTLP/JSON, or name the body’s real content type',
    });
  }
  const writer = new WireWriter(Math.max(1024, body.length));
  const path: Path = [];
  try {
    writeMessage(writer, JSON_REQUESTS[signal], value, path);
  } catch (error) {
    if (error instanceof Unfit) throw unfit(textOf(path), error);
    throw error;
  }
  return writer.finish();
}

/** Keys and indexes that lead to the value at hand; text is made of it only for a message. */
type Path = (string | number)[];

/** A value that does not fit where it stands. */
class Unfit extends Error {
  readonly wanted: string;
  readonly value: unknown;

  constructor(wanted: string, value: unknown) {
    super(wanted);
    this.wanted = wanted;
    this.value = value;
  }
}

function writeMessage(writer: WireWriter, message: JsonMessage, value: unknown, path: Path): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Unfit('an object', value);
  if (path.length > MAX_DEPTH) throw new Unfit(`at most ${MAX_DEPTH} levels deep`, undefined);
  const fields = value as Record<string, unknown>;
  for (const key of Object.keys(fields)) {
    const content = fields[key];
    if (content === null || content === undefined) continue;
    const field = fieldOf(message, key);
    if (field === undefined) continue;
    path.push(key);
    if (field.repeated !== true) writeField(writer, field, content, path);
    else writeFields(writer, field, content, path);
    path.pop();
  }
}

function writeFields(writer: WireWriter, field: JsonField, list: unknown, path: Path): void {
  if (!Array.isArray(list)) throw new Unfit('a list', list);
  const empty = field.type === 'message' ? {} : 0;
  for (let i = 0; i < list.length; i++) {
    path.push(i);
    writeField(writer, field, (list[i] as unknown) ?? empty, path);
    path.pop();
  }
}

function fieldOf(message: JsonMessage, key: string): JsonField | undefined {
  if (Object.hasOwn(message, key)) return message[key];
  if (!key.includes('_')) return undefined;
  const camel = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return Object.hasOwn(message, camel) ? message[camel] : undefined;
}

function writeField(writer: WireWriter, field: JsonField, value: unknown, path: Path): void {
  const { number } = field;
  switch (field.type) {
    case 'message': {
      writer.tag(number, WIRE.LENGTH);
      const begun = writer.begin();
      writeMessage(writer, field.message!(), value, path);
      writer.end(begun);
      return;
    }
    case 'string':
      if (typeof value !== 'string') throw new Unfit('text', value);
      writer.tag(number, WIRE.LENGTH);
      writer.text(value);
      return;
    case 'hex':
    case 'base64':
      if (typeof value !== 'string') throw new Unfit(`${field.type} text`, value);
      writer.tag(number, WIRE.LENGTH);
      // Text that is no hex yields an id of the wrong length: this one record is refused, not the request.
      writer.bytes(Buffer.from(value, field.type));
      return;
    case 'bool':
      writer.tag(number, WIRE.VARINT);
      writer.varint(booleanOf(value) ? 1 : 0);
      return;
    case 'enum':
      writer.tag(number, WIRE.VARINT);
      writer.varint64(enumOf(field, value));
      return;
    case 'uint32':
    case 'int64':
    case 'uint64':
      writer.tag(number, WIRE.VARINT);
      writer.varint64(integerOf(value));
      return;
    case 'sint32': {
      const integer = integerOf(value);
      writer.tag(number, WIRE.VARINT);
      writer.varint64(integer < 0n ? -2n * integer - 1n : 2n * integer);
      return;
    }
    case 'fixed32':
      writer.tag(number, WIRE.FIXED32);
      writer.fixed32(Number(BigInt.asUintN(32, integerOf(value))));
      return;
    case 'fixed64':
    case 'sfixed64':
      writer.tag(number, WIRE.FIXED64);
      writer.fixed64(integerOf(value));
      return;
    case 'double':
      writer.tag(number, WIRE.FIXED64);
      writer.double(doubleOf(value));
  }
}

function booleanOf(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw new Unfit('true or false', value);
}

function enumOf(field: JsonField, value: unknown): bigint {
  if (typeof value === 'string' && field.names !== undefined && Object.hasOwn(field.names, value)) {
    return BigInt(field.names[value]!);
  }
  // A name of a later version of the protocol counts as unspecified.
  if (typeof value === 'string' && /^[A-Z][A-Z0-9_]*$/.test(value)) return 0n;
  return integerOf(value);
}

function integerOf(value: unknown): bigint {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^-?[0-9]{1,20}$/.test(value)) return BigInt(value);
  throw new Unfit('an integer, as number or text', value);
}

function doubleOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') {
    if (value === 'NaN') return NaN;
    const parsed = Number(value);
    if (value.trim() !== '' && !Number.isNaN(parsed)) return parsed;
  }
  throw new Unfit('a number', value);
}

function textOf(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`)).join('');
}

function unfit(path: string, { wanted, value }: Unfit): SondeError {
  const got = value === undefined ? '' : `, not ${nameOf(value)}`;
  return new SondeError(`${path === '' ? 'the body' : quoted(path, 200)} must be ${wanted}${got}`, {
    kind: 'invalid',
    code: 'otlp-json-value',
    ...(path === '' ? {} : { where: path.slice(0, 200) }),
    mend: 'see the JSON encoding in the OTLP specification',
  });
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
