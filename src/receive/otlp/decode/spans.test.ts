import fc from 'fast-check';
import { expect, test, describe } from 'vitest';
import { encodeRequest } from '../../../../test/support/otlp-proto.ts';
import { plainSpans, spansOf } from './decode.cases.ts';
import { jsonToWire } from './json-to-wire.ts';
import { inTraces, jsonBytes, plain, span, spanMessage, wantedSpan } from './random-requests.cases.ts';

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
