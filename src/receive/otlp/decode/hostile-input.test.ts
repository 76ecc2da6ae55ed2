import fc from 'fast-check';
import { expect, test, describe } from 'vitest';
import { encodeRequest } from '../../../../test/support/otlp-proto.ts';
import { SondeError } from '../../../model/errors.ts';
import { WireError } from '../../../util/wire-reader.ts';
import { defaultOtlpSettings } from '../config.ts';
import { toSondeError } from '../errors.ts';
import { decodeMetrics } from '../metrics/decode-metrics.ts';
import { MetricTranslator } from '../metrics/translator.ts';
import { contextOf, logsOf, plainLogs, plainSpans, RECEIVED_MS, spansOf } from './decode.cases.ts';
import { jsonToWire } from './json-to-wire.ts';
import { inLogs, inTraces, plain, record, recordMessage, span, spanMessage } from './random-requests.cases.ts';

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

/** A request with a point of every kind of metric. */
const everyMetric = (() => {
  const at = { timeUnixNano: '1700000000000000000', startTimeUnixNano: '1600000000000000000' };
  const attributes = [{ key: 'a', value: { stringValue: 'b' } }];
  const exemplars = [{ asDouble: 1, traceId: new Uint8Array(16).fill(1), filteredAttributes: attributes }];
  const number = { ...at, attributes, exemplars, asDouble: 1 };
  const positive = { offset: 3, bucketCounts: ['1', '2'] };
  return encodeRequest('metrics', {
    resourceMetrics: [
      {
        resource: { attributes },
        scopeMetrics: [
          {
            metrics: [
              { name: 'gauge', gauge: { dataPoints: [number] } },
              { name: 'sum', unit: 's', sum: { dataPoints: [number], aggregationTemporality: 1, isMonotonic: true } },
              {
                name: 'histogram',
                histogram: {
                  dataPoints: [
                    { ...at, attributes, exemplars, count: '3', bucketCounts: ['1', '2'], explicitBounds: [1] },
                  ],
                  aggregationTemporality: 1,
                },
              },
              {
                name: 'exponential',
                exponentialHistogram: {
                  dataPoints: [{ ...at, attributes, exemplars, scale: 9, count: '3', positive, negative: positive }],
                  aggregationTemporality: 1,
                },
              },
              { name: 'summary', summary: { dataPoints: [{ ...at, quantileValues: [{ quantile: 0.5, value: 1 }] }] } },
            ],
          },
        ],
      },
    ],
  });
})();

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
          everyMetric.slice(),
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
