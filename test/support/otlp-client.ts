import type { Signal } from '../../src/model/sink.ts';
import { encodeRequest } from './otlp-proto.ts';

/** An answer to an OTLP request, its body as text. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const MEDIA_TYPE = { json: 'application/json', protobuf: 'application/x-protobuf' } as const;

/** Sends bytes as they are. */
export async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', body, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Sends a request in protobuf's JSON form (`encoding: json`) or as protobufjs encodes its object form. */
export async function sendOtlp(
  otlpHttp: string,
  signal: Signal,
  request: object,
  encoding: keyof typeof MEDIA_TYPE = 'json',
): Promise<Answer> {
  const body = encoding === 'json' ? JSON.stringify(request) : Buffer.from(encodeRequest(signal, request));
  return post(`${otlpHttp}/v1/${signal}`, body, { 'content-type': MEDIA_TYPE[encoding] });
}

export type AttributeValue = string | number | boolean;

/** Attributes in protobuf's object form. */
export function attributes(values: Readonly<Record<string, AttributeValue>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'number'
          ? { doubleValue: value }
          : { boolValue: value },
  }));
}

/** Nanoseconds since 1970 of a time in milliseconds, as text. */
export const nano = (unixMs: number): string => (BigInt(Math.round(unixMs)) * 1_000_000n).toString();

const resourceOf = (service: string): object => ({ attributes: attributes({ 'service.name': service }) });

/** One resource's spans; what is not said is `name: work`, now, 5 ms long. */
export function spansRequest(service: string, spans: readonly object[]): object {
  const start = { startTimeUnixNano: nano(Date.now() - 5), endTimeUnixNano: nano(Date.now()) };
  return {
    resourceSpans: [
      {
        resource: resourceOf(service),
        scopeSpans: [
          {
            spans: spans.map((span) => ({ name: 'work', kind: 3, ...start, ...span })),
          },
        ],
      },
    ],
  };
}

/** One resource's log records; what is not said is now, INFO. */
export function logsRequest(service: string, records: readonly object[]): object {
  const logRecords = records.map((record) => ({ timeUnixNano: nano(Date.now()), severityNumber: 9, ...record }));
  return { resourceLogs: [{ resource: resourceOf(service), scopeLogs: [{ logRecords }] }] };
}

/** One resource's gauges: name → data points, whose time is now unless they say otherwise. */
export function gaugesRequest(service: string, gauges: Readonly<Record<string, readonly object[]>>): object {
  const metrics = Object.entries(gauges).map(([name, points]) => ({
    name,
    gauge: { dataPoints: points.map((point) => ({ timeUnixNano: nano(Date.now()), ...point })) },
  }));
  return { resourceMetrics: [{ resource: resourceOf(service), scopeMetrics: [{ metrics }] }] };
}

/** `n` as hex digits: an id. */
export const id = (n: number, bytes: 8 | 16): string => n.toString(16).padStart(2 * bytes, '0');
