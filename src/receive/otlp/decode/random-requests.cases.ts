import fc from 'fast-check';
import type { AttributeValue } from '../../../model/attributes.ts';
import { RECEIVED_MS } from './decode.cases.ts';

/** A random attribute as protobufjs takes it, as JSON writes it, and as the model must hold it. */
interface Sample<T> {
  readonly proto: T;
  readonly json: unknown;
  readonly want: unknown;
}

const text = fc.string({ unit: 'binary', maxLength: 60 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const anyValue: fc.Arbitrary<Sample<object>> = fc.oneof(
  text.map((value) => ({ proto: { stringValue: value }, json: { stringValue: value }, want: value })),
  fc.boolean().map((value) => ({ proto: { boolValue: value }, json: { boolValue: value }, want: value })),
  int64.map((value) => {
    const fits = Number.isSafeInteger(Number(value));
    return {
      proto: { intValue: String(value) },
      json: { intValue: fits ? Number(value) : String(value) },
      want: fits ? Number(value) : String(value),
    };
  }),
  fc.double().map((value) => ({
    proto: { doubleValue: value },
    // JSON.stringify would make 0 of -0.
    json: {
      doubleValue:
        Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value),
    },
    want: value,
  })),
  fc.uint8Array({ maxLength: 40 }).map((value) => {
    const base64 = Buffer.from(value).toString('base64');
    return { proto: { bytesValue: value }, json: { bytesValue: base64 }, want: base64 };
  }),
  fc.array(text, { maxLength: 4 }).map((values) => {
    const list = { arrayValue: { values: values.map((value) => ({ stringValue: value })) } };
    return { proto: list, json: list, want: { json: JSON.stringify(values) } };
  }),
  fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.integer(), { maxKeys: 3 }).map((entries) => {
    const list = {
      kvlistValue: { values: Object.entries(entries).map(([key, value]) => ({ key, value: { intValue: value } })) },
    };
    return { proto: list, json: list, want: { json: JSON.stringify(entries) } };
  }),
);
const attributes: fc.Arbitrary<Sample<object[]>> = fc
  .uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 20 }), anyValue), {
    selector: ([key]) => key,
    maxLength: 8,
  })
  // toObject cannot hold it; the table can.
  .map((entries) => entries.filter(([key]) => key !== '__proto__'))
  .map((entries) => ({
    proto: entries.map(([key, value]) => ({ key, value: value.proto })),
    json: entries.map(([key, value]) => ({ key, value: value.json })),
    want: Object.fromEntries(entries.map(([key, value]) => [key, value.want])),
  }));
const id = (width: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: width, maxLength: width }).filter((bytes) => bytes.some((byte) => byte !== 0));
const time = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n });
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const event = fc.record({ time, name: text, attributes });
const link = fc.record({ traceId: id(16), spanId: id(8), traceState: text, attributes });
/** Spans with everything a span can have; times and ids are usable. */
export const span = fc.record({
  traceId: id(16),
  spanId: id(8),
  parentSpanId: fc.option(id(8)),
  name: text,
  kind: fc.integer({ min: 0, max: 5 }),
  start: time,
  end: time,
  flags: fc.integer({ min: 0, max: 0xff }),
  traceState: text,
  statusCode: fc.integer({ min: 0, max: 2 }),
  statusMessage: text,
  attributes,
  events: fc.array(event, { maxLength: 3 }),
  links: fc.array(link, { maxLength: 2 }),
});
export type RandomSpan = typeof span extends fc.Arbitrary<infer T> ? T : never;

/** A random span as protobufjs or JSON takes it. */
export function spanMessage(value: RandomSpan, form: 'proto' | 'json'): object {
  const bytes = (raw: Uint8Array): unknown => (form === 'proto' ? raw : hex(raw));
  return {
    traceId: bytes(value.traceId),
    spanId: bytes(value.spanId),
    ...(value.parentSpanId === null ? {} : { parentSpanId: bytes(value.parentSpanId) }),
    name: value.name,
    kind: value.kind,
    startTimeUnixNano: String(value.start),
    endTimeUnixNano: String(value.end),
    flags: value.flags,
    traceState: value.traceState,
    status: { code: value.statusCode, message: value.statusMessage },
    attributes: value.attributes[form],
    events: value.events.map((e) => ({ timeUnixNano: String(e.time), name: e.name, attributes: e.attributes[form] })),
    links: value.links.map((l) => ({
      traceId: bytes(l.traceId),
      spanId: bytes(l.spanId),
      traceState: l.traceState,
      attributes: l.attributes[form],
    })),
  };
}

/** A random span as `plainSpans` must give it. */
export function wantedSpan(value: RandomSpan): object {
  return {
    traceId: hex(value.traceId),
    spanId: hex(value.spanId),
    parentSpanId: hex(value.parentSpanId ?? new Uint8Array(8)),
    name: value.name,
    kind: value.kind,
    start: value.start,
    duration: value.end > value.start ? value.end - value.start : 0n,
    flags: value.flags,
    traceState: value.traceState,
    statusCode: value.statusCode,
    statusMessage: value.statusMessage,
    attributes: value.attributes.want,
    service: 'shop',
    scope: 'lib',
    events: value.events.map((e) => ({ time: e.time, name: e.name, attributes: e.attributes.want })),
    links: value.links.map((l) => ({
      traceId: hex(l.traceId),
      spanId: hex(l.spanId),
      traceState: l.traceState,
      attributes: l.attributes.want,
    })),
  };
}

/** A request with the spans, from service `shop`, scope `lib`. */
export const inTraces = (spans: object[]): object => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [{ scope: { name: 'lib' }, spans }],
    },
  ],
});

/** A JSON body. */
export const jsonBytes = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
/** The least that makes a span. */
export const plain = { traceId: new Uint8Array(16).fill(1), spanId: new Uint8Array(8).fill(1), startTimeUnixNano: '5' };

/** Log records with everything they can have. */
export const record = fc.record({
  time: fc.option(time),
  observed: fc.option(time),
  severityNumber: fc.integer({ min: 0, max: 24 }),
  severityText: text,
  body: fc.option(anyValue),
  eventName: text,
  traceId: fc.option(id(16)),
  spanId: fc.option(id(8)),
  flags: fc.integer({ min: 0, max: 255 }),
  attributes,
});
export type RandomRecord = typeof record extends fc.Arbitrary<infer T> ? T : never;

/** A random record as protobufjs or JSON takes it. */
export function recordMessage(value: RandomRecord, form: 'proto' | 'json'): object {
  const bytes = (raw: Uint8Array): unknown => (form === 'proto' ? raw : hex(raw));
  return {
    ...(value.time === null ? {} : { timeUnixNano: String(value.time) }),
    ...(value.observed === null ? {} : { observedTimeUnixNano: String(value.observed) }),
    severityNumber: value.severityNumber,
    severityText: value.severityText,
    ...(value.body === null ? {} : { body: value.body[form] }),
    eventName: value.eventName,
    ...(value.traceId === null ? {} : { traceId: bytes(value.traceId) }),
    ...(value.spanId === null ? {} : { spanId: bytes(value.spanId) }),
    flags: value.flags,
    attributes: value.attributes[form],
  };
}

/** A random record as `plainLogs` must give it. */
export function wantedRecord(value: RandomRecord): object {
  const observed = value.observed ?? BigInt(RECEIVED_MS) * 1_000_000n;
  const { json, body } = wantedBody(value.body?.proto ?? null);
  return {
    time: value.time ?? observed,
    observed,
    severityNumber: value.severityNumber,
    severityText: value.severityText,
    body,
    bodyIsJson: json,
    eventName: value.eventName,
    traceId: hex(value.traceId ?? new Uint8Array(16)),
    spanId: hex(value.spanId ?? new Uint8Array(8)),
    flags: value.flags,
    attributes: value.attributes.want as Record<string, AttributeValue>,
    service: 'shop',
  };
}

/** A body that is text stays text, anything else is its JSON. */
function wantedBody(proto: object | null): { json: boolean; body: string } {
  if (proto === null) return { json: false, body: '' };
  const [[kind, value]] = Object.entries(proto) as [[string, unknown]];
  if (kind === 'stringValue') return { json: false, body: value as string };
  if (kind === 'intValue') {
    const exact = Number.isSafeInteger(Number(value));
    return { json: true, body: exact ? String(value) : JSON.stringify(value) };
  }
  if (kind === 'doubleValue') {
    return { json: true, body: Number.isFinite(value) ? String(value) : JSON.stringify(String(value)) };
  }
  if (kind === 'bytesValue')
    return { json: true, body: JSON.stringify(Buffer.from(value as Uint8Array).toString('base64')) };
  if (kind === 'arrayValue') {
    const { values } = value as { values: { stringValue: string }[] };
    return { json: true, body: JSON.stringify(values.map(({ stringValue }) => stringValue)) };
  }
  if (kind === 'kvlistValue') {
    const { values } = value as { values: { key: string; value: { intValue: number } }[] };
    return { json: true, body: `{${values.map((e) => `${JSON.stringify(e.key)}:${e.value.intValue}`).join(',')}}` };
  }
  return { json: true, body: JSON.stringify(value) };
}

/** A request with the records, from service `shop`. */
export const inLogs = (logRecords: object[]): object => ({
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeLogs: [{ logRecords }],
    },
  ],
});
