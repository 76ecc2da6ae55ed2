import { describe, expect, test } from 'vitest';
import { hasShared, readShared } from '../../../../test/support/shared.ts';
import { logsOf, plainLogs, plainSpans, spansOf } from './decode.cases.ts';
import { jsonToWire } from './json-to-wire.ts';

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
