import fc from 'fast-check';
import { expect, test, describe } from 'vitest';
import { encodeRequest } from '../../../../test/support/otlp-proto.ts';
import { logsOf, plainLogs } from './decode.cases.ts';
import { jsonToWire } from './json-to-wire.ts';
import { inLogs, jsonBytes, record, recordMessage, wantedRecord } from './random-requests.cases.ts';

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
