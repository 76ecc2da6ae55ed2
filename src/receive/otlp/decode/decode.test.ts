import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeRequest } from '../../../../test/support/otlp-proto.ts';
import { hasShared, readShared } from '../../../../test/support/shared.ts';
import type { AttributeValue } from '../../../model/attributes.ts';
import { SondeError } from '../../../model/errors.ts';
import { WireError } from '../../../util/wire-reader.ts';
import { defaultOtlpSettings } from '../config.ts';
import { toSondeError } from '../errors.ts';
import { decodeMetrics } from '../metrics/decode-metrics.ts';
import { MetricTranslator } from '../metrics/translator.ts';
import { contextOf, logsOf, plainLogs, plainSpans, RECEIVED_MS, spansOf } from './decode.cases.ts';
import { jsonToWire } from './json-to-wire.ts';

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
const span = fc.record({
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
type RandomSpan = typeof span extends fc.Arbitrary<infer T> ? T : never;

function spanMessage(value: RandomSpan, form: 'proto' | 'json'): object {
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

function wantedSpan(value: RandomSpan): object {
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

const inTraces = (spans: object[]): object => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [{ scope: { name: 'lib' }, spans }],
    },
  ],
});

const jsonBytes = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const plain = { traceId: new Uint8Array(16).fill(1), spanId: new Uint8Array(8).fill(1), startTimeUnixNano: '5' };

describe('spans', () => {
  test('come out of protobuf as they went in', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 5 }), (spans) => {
        const body = encodeRequest('traces', inTraces(spans.map((value) => spanMessage(value, 'proto'))));
        expect(plainSpans(spansOf(body).batch)).toEqual(spans.map(wantedSpan));
      }),
    );
  });

  test('come out of JSON as they went in', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 5 }), (spans) => {
        const body = jsonBytes(inTraces(spans.map((value) => spanMessage(value, 'json'))));
        expect(plainSpans(spansOf(jsonToWire('traces', body)).batch)).toEqual(spans.map(wantedSpan));
      }),
    );
  });

  test('a refused span leaves no trace in its neighbours', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(span, fc.boolean()), { maxLength: 8 }), (entries) => {
        const messages = entries.map(([value, good]) => ({
          ...spanMessage(value, 'proto'),
          ...(good ? {} : { spanId: new Uint8Array(3) }),
        }));
        const { batch, context } = spansOf(encodeRequest('traces', inTraces(messages)));
        expect(plainSpans(batch)).toEqual(entries.filter(([, good]) => good).map(([value]) => wantedSpan(value)));
        expect(context.tally.rejectedCount()).toBe(entries.filter(([, good]) => !good).length);
      }),
    );
  });

  test.each([
    { name: 'all-zero trace id', fields: { traceId: new Uint8Array(16) }, reason: 'bad-trace-id' },
    { name: 'no trace id', fields: { traceId: new Uint8Array(0) }, reason: 'bad-trace-id' },
    { name: '15 bytes of trace id', fields: { traceId: new Uint8Array(15).fill(1) }, reason: 'bad-trace-id' },
    { name: 'all-zero span id', fields: { spanId: new Uint8Array(8) }, reason: 'bad-span-id' },
    { name: '16 bytes of span id', fields: { spanId: new Uint8Array(16).fill(1) }, reason: 'bad-span-id' },
    { name: 'no start', fields: { startTimeUnixNano: '0' }, reason: 'no-start-time' },
    { name: 'a start behind 2262', fields: { startTimeUnixNano: '18446744073709551615' }, reason: 'time-out-of-range' },
  ])('refused singly: $name', ({ fields, reason }) => {
    const { batch, context } = spansOf(encodeRequest('traces', inTraces([{ ...plain, ...fields }, plain])));
    expect(batch.length).toBe(1);
    expect([...context.tally.rejected]).toEqual([[reason, { count: 1, where: 'span 0' }]]);
  });

  test('times of 1970 and 2200 pass', () => {
    const starts = [1n, 7_258_118_400_000_000_000n];
    const spans = starts.map((start) => ({ ...plain, startTimeUnixNano: String(start) }));
    expect([...spansOf(encodeRequest('traces', inTraces(spans))).batch.startUnixNano.subarray(0, 2)]).toEqual(starts);
  });

  test('an end before the start is a duration of 0 and counted', () => {
    const { batch, context } = spansOf(encodeRequest('traces', inTraces([{ ...plain, endTimeUnixNano: '4' }])));
    expect(batch.durationNano[0]).toBe(0n);
    expect(context.tally.changed.get('end-before-start')).toEqual({ count: 1, bytes: 8 });
  });

  test('a link without ids is left out, the span kept', () => {
    const links = [
      { traceId: new Uint8Array(2), traceState: 'a' },
      { ...plain, traceState: 'b' },
    ];
    const { batch, context } = spansOf(encodeRequest('traces', inTraces([{ ...plain, links }])));
    expect(batch.links.length).toBe(1);
    expect(batch.links.traceState.get(0)).toBe('b');
    expect(context.tally.changed.get('bad-link')?.count).toBe(1);
  });

  test('resources with the same bytes are one object, in a batch and across batches', () => {
    const { resourceSpans } = inTraces([plain]) as { resourceSpans: object[] };
    const { batch } = spansOf(encodeRequest('traces', { resourceSpans: [...resourceSpans, ...resourceSpans] }));
    expect(batch.resources.length).toBe(1);
    expect([...batch.resourceIndex.subarray(0, 2)]).toEqual([0, 0]);
  });
});

describe('attributes within bounds', () => {
  const many = (count: number): object[] =>
    Array.from({ length: count }, (_, i) => ({ key: `key.${i}`, value: { intValue: i } }));
  const decode = (list: object[], limits = {}): ReturnType<typeof spansOf> =>
    spansOf(encodeRequest('traces', inTraces([{ ...plain, attributes: list }])), limits);

  test('10,000 attributes: the first 256 are kept, the others counted, the span stays', () => {
    const { batch, context } = decode(many(10_000));
    expect(Object.keys(batch.attributes.toObject(0))).toHaveLength(256);
    expect(context.tally.changed.get('attribute-limit')!.count).toBe(9_744);
  });

  test('1 MB in one attribute: cut between characters and counted', () => {
    const value = { stringValue: '€'.repeat(350_000) };
    const { batch, context } = decode([{ key: 'big', value }]);
    expect(batch.attributes.text(0)).toBe('€'.repeat(Math.floor((256 * 1024) / 3)));
    expect(context.tally.changed.get('attribute-truncated')!.count).toBe(1);
  });

  test.each([
    {
      name: 'half a JSON text becomes text',
      value: { arrayValue: { values: [{ stringValue: 'abcdefghij' }] } },
      want: '["abcdefg',
    },
    { name: 'bytes', value: { bytesValue: new Uint8Array(100) }, want: 'AAAAAAAA' },
  ])('cut at max_attribute_bytes: $name', ({ value, want }) => {
    const { batch } = decode([{ key: 'k', value }], { maxAttributeBytes: 9 });
    expect(batch.attributes.value(0)).toBe(want);
  });

  test('lists deeper than the limit become null', () => {
    let value: object = { intValue: 1 };
    for (let i = 0; i < 5; i++) value = { arrayValue: { values: [value] } };
    const { batch, context } = decode([{ key: 'deep', value }], { maxDepth: 3 });
    expect(batch.attributes.value(0)).toEqual({ json: '[[[null]]]' });
    expect(context.tally.changed.get('attribute-depth')?.count).toBe(1);
  });

  test('lists three thousand deep do not overflow the stack', () => {
    let body: Buffer = Buffer.from([0x18, 1]);
    const wrap = (field: number, inner: Buffer): Buffer => {
      const length: number[] = [];
      for (let rest = inner.length; ; rest >>>= 7) {
        length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
        if (rest <= 0x7f) break;
      }
      return Buffer.concat([Buffer.from([field, ...length]), inner]);
    };
    for (let i = 0; i < 3000; i++) body = wrap(0x2a, wrap(0x0a, body));
    const attribute = wrap(0x4a, Buffer.concat([wrap(0x0a, Buffer.from('k')), wrap(0x12, body)]));
    const start = Buffer.concat([Buffer.from([0x39]), Buffer.alloc(8, 1)]);
    const ids = Buffer.concat([wrap(0x0a, Buffer.alloc(16, 1)), wrap(0x12, Buffer.alloc(8, 1))]);
    const request = wrap(0x0a, wrap(0x12, wrap(0x12, Buffer.concat([ids, start, attribute]))));
    const { batch } = spansOf(request);
    expect(batch.length).toBe(1);
    expect(batch.attributes.text(0)).toMatch(/^\[+null\]+$/);
  });

  test('invalid UTF-8 becomes replacement characters, in values, names and keys', () => {
    const body = encodeRequest(
      'traces',
      inTraces([
        {
          ...plain,
          name: 'aXb',
          attributes: [
            { key: 'kXk', value: { stringValue: 'vXv' } },
            { key: 'list', value: { arrayValue: { values: [{ stringValue: 'uXu' }] } } },
          ],
        },
      ]),
    );
    for (let i = 0; i < body.length; i++) if (body[i] === 0x58) body[i] = 0xff;
    const { batch, context } = spansOf(body);
    expect(batch.name.get(0)).toBe('a\ufffdb');
    expect(batch.attributes.toObject(0)).toEqual({ 'k\ufffdk': 'v\ufffdv', list: { json: '["u\ufffdu"]' } });
    expect(context.tally.changed.get('invalid-utf8')!.count).toBe(3);
    const stored = Buffer.from(batch.arena.slice(batch.name.start[0]!, batch.name.end[0]!));
    expect(stored.toString('hex')).toBe('61efbfbd62');
  });

  test('a key is required, a value is not', () => {
    const { batch, context } = decode([{ key: '', value: { intValue: 1 } }, { key: 'none' }]);
    expect(batch.attributes.toObject(0)).toEqual({ none: '' });
    expect(context.tally.changed.get('attribute-no-key')!.count).toBe(1);
  });
});

const record = fc.record({
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
type RandomRecord = typeof record extends fc.Arbitrary<infer T> ? T : never;

function recordMessage(value: RandomRecord, form: 'proto' | 'json'): object {
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

function wantedRecord(value: RandomRecord): object {
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

const inLogs = (logRecords: object[]): object => ({
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeLogs: [{ logRecords }],
    },
  ],
});

describe('log records', () => {
  test('come out of protobuf as they went in', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), (records) => {
        const body = encodeRequest('logs', inLogs(records.map((value) => recordMessage(value, 'proto'))));
        expect(plainLogs(logsOf(body).batch)).toEqual(records.map(wantedRecord));
      }),
    );
  });

  test('come out of JSON as they went in', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), (records) => {
        const body = jsonBytes(inLogs(records.map((value) => recordMessage(value, 'json'))));
        expect(plainLogs(logsOf(jsonToWire('logs', body)).batch)).toEqual(records.map(wantedRecord));
      }),
    );
  });

  test('a long body is cut and counted', () => {
    const body = encodeRequest('logs', inLogs([{ body: { stringValue: 'x'.repeat(100) } }]));
    const { batch, context } = logsOf(body, { maxLogBodyBytes: 10 });
    expect(batch.body.get(0)).toBe('xxxxxxxxxx');
    expect(context.tally.changed.get('text-truncated')).toEqual({ count: 1, bytes: 90 });
  });
});

/** Runs a decoder that may refuse, in no other way than by the errors for it. */
function refusesWell(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof WireError || error instanceof SondeError)) throw error;
    expect(toSondeError(error).kind).toBe('invalid');
  }
}

function decodeAll(body: Uint8Array): void {
  refusesWell(() => plainSpans(spansOf(body).batch));
  refusesWell(() => plainLogs(logsOf(body).batch));
  refusesWell(() => decodeMetrics(contextOf(body), new MetricTranslator(defaultOtlpSettings().metrics), RECEIVED_MS));
}

describe('hostile input', () => {
  test('random bytes never throw anything but the errors for it', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), decodeAll), { numRuns: 500 });
  });

  test('damaged requests neither', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 2 }), record, damage, fc.nat(), (spans, log, hits, cut) => {
        for (const body of [
          encodeRequest('traces', inTraces(spans.map((value) => spanMessage(value, 'proto')))),
          encodeRequest('logs', inLogs([recordMessage(log, 'proto')])),
        ]) {
          for (const [at, byte] of hits) body[at % body.length] = byte;
          decodeAll(body);
          decodeAll(body.subarray(0, cut % body.length));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('any JSON is taken or refused with a path', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom('traces', 'logs', 'metrics' as const), (json, signal) => {
        refusesWell(() => jsonToWire(signal, new TextEncoder().encode(json)));
      }),
    );
  });

  test.each([
    { name: 'a group', bytes: [0x0b], message: 'field 1 has wire type 3, which is not in use', offset: 1 },
    { name: 'wire type 7', bytes: [0x0f], message: 'field 1 has wire type 7, which is not in use', offset: 1 },
    { name: 'field 0', bytes: [0x02, 0x00], message: 'a field has the number 0', offset: 0 },
    {
      name: 'a length past the end',
      bytes: [0x0a, 0x05, 0x00],
      message: 'the message ends in the middle of a field',
      offset: 2,
    },
    {
      name: 'an endless varint',
      bytes: new Array<number>(11).fill(0x80),
      message: 'a varint is longer than ten bytes',
      offset: 0,
    },
  ])('says where: $name', ({ bytes, message, offset }) => {
    const error = ((): unknown => {
      try {
        return spansOf(Uint8Array.from(bytes));
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(WireError);
    expect(error).toMatchObject({ message, offset });
  });

  test('unknown fields are passed over', () => {
    const known = encodeRequest('traces', inTraces([plain]));
    const body = Buffer.concat([Buffer.from([0xfa, 0x3f, 2, 1, 1, 0xf8, 0x3f, 0x80, 1]), known]);
    expect(spansOf(body).batch.length).toBe(1);
  });
});

describe.skipIf(!hasShared)('the examples of opentelemetry-proto (skipped: ../shared is absent)', () => {
  const body = (name: string): Uint8Array => readShared(`conformance/otlp/${name}`);

  test('trace.json', () => {
    const { batch, context } = spansOf(jsonToWire('traces', body('trace.json')));
    expect(plainSpans(batch)).toEqual([
      expect.objectContaining({
        traceId: '5b8efff798038103d269b633813fc60c',
        spanId: 'eee19b7ec3c1b174',
        parentSpanId: 'eee19b7ec3c1b173',
        name: "I'm a server span",
        kind: 2,
        start: 1544712660000000000n,
        duration: 1000000000n,
        service: 'my.service',
        scope: 'my.library',
        attributes: { 'my.span.attr': 'some value' },
      }),
    ]);
    expect(context.tally.rejectedCount() + context.tally.changed.size).toBe(0);
  });

  test('logs.json and events.json', () => {
    const logs = plainLogs(logsOf(jsonToWire('logs', body('logs.json'))).batch);
    expect(logs).toEqual([
      expect.objectContaining({
        time: 1544712660300000000n,
        severityNumber: 10,
        severityText: 'Information',
        body: 'Example log record',
        attributes: {
          'string.attribute': 'some string',
          'boolean.attribute': true,
          'int.attribute': 10,
          'double.attribute': 637.704,
          'array.attribute': { json: '["many","values"]' },
          'map.attribute': { json: '{"some.map.key":"some value"}' },
        },
      }),
    ]);
    const events = plainLogs(logsOf(jsonToWire('logs', body('events.json'))).batch);
    expect(events).toEqual([expect.objectContaining({ eventName: expect.stringMatching(/./) as string })]);
  });
});
