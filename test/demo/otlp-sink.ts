import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A receiver of OTLP/HTTP protobuf that keeps what it gets: a reader of the wire format of its own, so that senders
 * are checked by something that is neither their SDK nor Sonde.
 */
export interface OtlpSink {
  readonly url: string;
  readonly spans: SinkSpan[];
  readonly logs: SinkLog[];
  /** Names of metrics that arrived. */
  readonly metrics: string[];
  close(): Promise<void>;
}

export type SinkValue = string | number | boolean | readonly SinkValue[];

export interface SinkSpan {
  readonly resource: Readonly<Record<string, SinkValue>>;
  readonly scope: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly kind: number;
  readonly startNano: bigint;
  readonly endNano: bigint;
  readonly attributes: Readonly<Record<string, SinkValue>>;
  readonly statusCode: number;
}

export interface SinkLog {
  readonly resource: Readonly<Record<string, SinkValue>>;
  readonly body: SinkValue | undefined;
  readonly severity: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly eventName: string;
}

export async function startOtlpSink(): Promise<OtlpSink> {
  const spans: SinkSpan[] = [];
  const logs: SinkLog[] = [];
  const metrics: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      if (request.headers['content-type'] !== 'application/x-protobuf') response.writeHead(415).end();
      else {
        if (request.url === '/v1/traces') spans.push(...decodeSpans(body));
        else if (request.url === '/v1/logs') logs.push(...decodeLogs(body));
        else if (request.url === '/v1/metrics') metrics.push(...decodeMetricNames(body));
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    logs,
    metrics,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Field = bigint | Buffer;

/** Fields of one protobuf message by number. */
function fields(bytes: Buffer): Map<number, Field[]> {
  const found = new Map<number, Field[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    let value: Field;
    switch (key & 7) {
      case 0:
        value = varint();
        break;
      case 1:
        value = bytes.readBigUInt64LE(at);
        at += 8;
        break;
      case 2: {
        const length = Number(varint());
        value = bytes.subarray(at, at + length);
        at += length;
        break;
      }
      case 5:
        value = BigInt(bytes.readUInt32LE(at));
        at += 4;
        break;
      default:
        throw new Error(`wire type ${key & 7}`);
    }
    found.set(key >>> 3, [...(found.get(key >>> 3) ?? []), value]);
  }
  return found;
}

const messages = (of: Map<number, Field[]>, number: number): Buffer[] => (of.get(number) ?? []) as Buffer[];
const text = (of: Map<number, Field[]>, number: number): string =>
  (messages(of, number)[0] ?? Buffer.alloc(0)).toString();
const hex = (of: Map<number, Field[]>, number: number): string =>
  (messages(of, number)[0] ?? Buffer.alloc(0)).toString('hex');
const integer = (of: Map<number, Field[]>, number: number): bigint => (of.get(number)?.[0] as bigint | undefined) ?? 0n;

function anyValue(bytes: Buffer): SinkValue {
  const value = fields(bytes);
  if (value.has(1)) return text(value, 1);
  if (value.has(2)) return integer(value, 2) !== 0n;
  if (value.has(3)) return Number(BigInt.asIntN(64, integer(value, 3)));
  if (value.has(4)) {
    const buffer = Buffer.alloc(8);
    buffer.writeBigUInt64LE(integer(value, 4));
    return buffer.readDoubleLE();
  }
  if (value.has(5)) return messages(fields(messages(value, 5)[0]!), 1).map(anyValue);
  return '';
}

function attributes(of: Map<number, Field[]>, number: number): Record<string, SinkValue> {
  return Object.fromEntries(
    messages(of, number).map((pair) => {
      const keyValue = fields(pair);
      return [text(keyValue, 1), anyValue(messages(keyValue, 2)[0] ?? Buffer.alloc(0))];
    }),
  );
}

/** Records of an export request with the resource and scope they stand under. */
function records<T>(
  body: Buffer,
  make: (record: Map<number, Field[]>, resource: Record<string, SinkValue>, scope: string) => T,
): T[] {
  return messages(fields(body), 1).flatMap((group) => {
    const resourceGroup = fields(group);
    const resource = attributes(fields(messages(resourceGroup, 1)[0] ?? Buffer.alloc(0)), 1);
    return messages(resourceGroup, 2).flatMap((scoped) => {
      const scopeGroup = fields(scoped);
      const scope = text(fields(messages(scopeGroup, 1)[0] ?? Buffer.alloc(0)), 1);
      return messages(scopeGroup, 2).map((record) => make(fields(record), resource, scope));
    });
  });
}

function decodeSpans(body: Buffer): SinkSpan[] {
  return records(body, (span, resource, scope) => ({
    resource,
    scope,
    name: text(span, 5),
    traceId: hex(span, 1),
    spanId: hex(span, 2),
    parentSpanId: hex(span, 4),
    kind: Number(integer(span, 6)),
    startNano: integer(span, 7),
    endNano: integer(span, 8),
    attributes: attributes(span, 9),
    statusCode: Number(integer(fields(messages(span, 15)[0] ?? Buffer.alloc(0)), 3)),
  }));
}

function decodeLogs(body: Buffer): SinkLog[] {
  return records(body, (log, resource) => ({
    resource,
    severity: text(log, 3),
    body: messages(log, 5).map(anyValue)[0],
    traceId: hex(log, 9),
    spanId: hex(log, 10),
    eventName: text(log, 12),
  }));
}

function decodeMetricNames(body: Buffer): string[] {
  return records(body, (metric) => text(metric, 1));
}
