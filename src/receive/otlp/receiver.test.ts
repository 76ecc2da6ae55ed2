import { createServer, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeRequest } from '../../../test/support/otlp-proto.ts';
import { RecordingSink } from '../../../test/support/recording-sink.ts';
import { SondeError } from '../../model/errors.ts';
import { KeyTables } from '../../model/key-table.ts';
import { Ledger } from '../../self/ledger.ts';
import { silentLogger } from '../../self/logger.ts';
import { otlpConfig } from './config.ts';
import { makeOtlpReceiver, type OtlpReceiver } from './index.ts';

const TRACE_ID = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const SPAN_ID = Uint8Array.from({ length: 8 }, (_, i) => i + 1);
const span = (fields: object = {}): object => ({
  traceId: TRACE_ID,
  spanId: SPAN_ID,
  name: 'chat',
  startTimeUnixNano: '1700000000000000000',
  endTimeUnixNano: '1700000001000000000',
  ...fields,
});
const traces = (...spans: object[]): Uint8Array =>
  encodeRequest('traces', {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeSpans: [{ spans }],
      },
    ],
  });
const PROTO = { 'content-type': 'application/x-protobuf' };

let sink: RecordingSink;
let ledger: Ledger;
let receiver: OtlpReceiver;

function make(config: object = {}): OtlpReceiver {
  const { http, grpc, ...rest } = config as Record<string, object>;
  return makeOtlpReceiver({
    settings: otlpConfig.parse({
      http: { listen: '127.0.0.1:0', ...http },
      grpc: { listen: '127.0.0.1:0', ...grpc },
      ...rest,
    }),
    sink,
    ledger,
    logger: silentLogger(),
    registry: new Registry(),
    keyTables: new KeyTables(),
  });
}

async function post(
  body: Uint8Array | string,
  headers: Record<string, string> = PROTO,
  path = '/v1/traces',
): Promise<Response> {
  return fetch(`${receiver.httpAddress}${path}`, { method: 'POST', body: body as Buffer<ArrayBuffer>, headers });
}

beforeEach(() => {
  sink = new RecordingSink();
  ledger = new Ledger();
});

afterEach(() => receiver.stop());

describe('OTLP/HTTP', () => {
  beforeEach(async () => {
    receiver = make({ max_body_bytes: '64KiB', max_decompressed_bytes: '256KiB' });
    await receiver.start();
  });

  test('protobuf spans reach the sink and the answer is an empty protobuf message', async () => {
    const response = await post(traces(span()));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/x-protobuf');
    expect((await response.arrayBuffer()).byteLength).toBe(0);
    const [batch] = sink.spanBatches;
    expect(batch!.length).toBe(1);
    expect(batch!.name.get(0)).toBe('chat');
    expect(batch!.resources[0]!.serviceName).toBe('shop');
    expect(sink.contexts[0]).toMatchObject({ tenant: 'default', source: 'otlp-http' });
    expect(ledger.totals()).toEqual([expect.objectContaining({ signal: 'traces', outcome: 'received', count: 1 })]);
  });

  test('an exact repetition carries the same deduplication token, another body another one', async () => {
    await post(traces(span()));
    await post(traces(span()));
    await post(traces(span({ name: 'embed' })));
    const tokens = sink.contexts.map(({ deduplicationToken }) => deduplicationToken);
    expect(tokens[0]).toBe(tokens[1]);
    expect(tokens[0]).not.toBe(tokens[2]);
  });

  test.each([
    { name: 'gzip', encoding: 'gzip', pack: gzipSync },
    { name: 'deflate with zlib header', encoding: 'deflate', pack: deflateSync },
    { name: 'raw deflate', encoding: 'deflate', pack: deflateRawSync },
    { name: 'zstd', encoding: 'zstd', pack: zstdRaw },
    { name: 'identity, upper case', encoding: 'IDENTITY', pack: (body: Uint8Array) => body },
  ])('takes a body in $name', async ({ encoding, pack }) => {
    const response = await post(pack(traces(span())), { ...PROTO, 'content-encoding': encoding });
    expect(response.status).toBe(200);
    expect(sink.spanBatches[0]!.length).toBe(1);
  });

  test.each([
    {
      name: 'no content type',
      headers: {},
      body: traces(span()),
      status: 415,
      message: /the request has no content type; send application/,
    },
    {
      name: 'another content type',
      headers: { 'content-type': 'text/plain' },
      body: 'hello',
      status: 415,
      message: /content type "text\/plain" is not OTLP/,
    },
    {
      name: 'unknown compression',
      headers: { 'content-type': 'application/json', 'content-encoding': 'br' },
      body: '{}',
      status: 415,
      message: /content encoding "br" is not supported/,
    },
    {
      name: 'a body that is no gzip',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: '{}',
      status: 400,
      message: /the data is not what its content encoding says/,
    },
    {
      name: 'JSON with a fault, without quoting it',
      headers: { 'content-type': 'application/json' },
      body: '{"resourceSpans": [ secret prompt',
      status: 400,
      message: /^the body is not JSON(?!.*secret)/,
    },
    {
      name: 'JSON of the wrong shape',
      headers: { 'content-type': 'application/json' },
      body: '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":7}]}]}]}',
      status: 400,
      message: /"resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]\.name" must be text, not a number/,
    },
    {
      name: 'a body over the limit',
      headers: { 'content-type': 'application/json' },
      body: 'x'.repeat(65 * 1024),
      status: 413,
      message: /the body has 66560 bytes, the limit is 65536/,
    },
    {
      name: 'a gzip bomb',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(32 * 1024 * 1024)),
      status: 413,
      message: /decompressed body is larger than 262144 bytes/,
    },
    {
      name: 'a zstd bomb of one block repeated',
      headers: { 'content-type': 'application/json', 'content-encoding': 'zstd' },
      body: zstdBomb(2000),
      status: 413,
      message: /decompressed body is larger than 262144 bytes/,
    },
  ])('refuses $name', async ({ headers, body, status, message }) => {
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    const answer = (await response.json()) as { code: number; message: string };
    expect(answer.message).toMatch(message);
    expect(answer.code).toBeGreaterThan(0);
    expect(sink.contexts).toEqual([]);
  });

  test('a failure is a google.rpc.Status in the encoding of the request', async () => {
    const response = await post(Uint8Array.of(0x0a, 0xff, 0xff));
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/x-protobuf');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect([...bytes.subarray(0, 2)]).toEqual([0x08, 3]);
    expect(bytes.toString('latin1')).toContain('(at byte 3)');
  });

  test.each([
    { kind: 'overloaded', status: 429, code: 8 },
    { kind: 'unavailable', status: 503, code: 14 },
  ] as const)('tells when to come again: $kind', async ({ kind, status, code }) => {
    sink.failure = new SondeError('the queue is full', { kind, code: 'x', retryAfterMs: 1500 });
    const response = await post('{"resourceSpans":[{"scopeSpans":[{"spans":[' + JSON_SPAN + ']}]}]}', {
      'content-type': 'application/json',
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.json()).toEqual({
      code,
      message: 'the queue is full',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.5s' }],
    });
    expect(ledger.totals()).toContainEqual(expect.objectContaining({ outcome: 'rejected', reason: kind, count: 1 }));
  });

  test('a fault in the sink is 500 and does not tell its words', async () => {
    sink.failure = new TypeError('secret prompt');
    const response = await post(traces(span()));
    expect(response.status).toBe(500);
    expect(Buffer.from(await response.arrayBuffer()).toString()).not.toContain('secret');
  });

  test('what is refused singly is a partial success with reasons, the rest is kept', async () => {
    sink.result = { accepted: 1, rejected: [{ reason: 'too-old', count: 2, where: '' }] };
    const body = traces(span(), span({ traceId: new Uint8Array(16) }), span({ spanId: new Uint8Array(7) }));
    const response = await post(body);
    expect(response.status).toBe(200);
    const text = Buffer.from(await response.arrayBuffer()).toString();
    expect(text).toContain('not taken: 1 bad-trace-id (span 1), 1 bad-span-id (span 2), 2 too-old');
    expect(sink.spanBatches[0]!.length).toBe(1);
    expect(ledger.totals()).toContainEqual(
      expect.objectContaining({ outcome: 'received', count: 3, bytes: body.length }),
    );
    expect(ledger.totals()).toContainEqual(expect.objectContaining({ outcome: 'rejected', reason: 'bad-span-id' }));
  });

  test('partial success in JSON', async () => {
    const response = await post(
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hi"},"time_unix_nano":"5"}]}]}]}',
      { 'content-type': 'application/json; charset=utf-8' },
      '/v1/logs',
    );
    expect(await response.json()).toEqual({});
    sink.result = { accepted: 0, rejected: [{ reason: 'too-old', count: 1, where: '1970' }] };
    const refused = await post(
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hi"}}]}]}]}',
      { 'content-type': 'application/json' },
      '/v1/logs',
    );
    expect(await refused.json()).toEqual({
      partialSuccess: { rejectedLogRecords: '1', errorMessage: 'not taken: 1 too-old (1970)' },
    });
  });

  test('an empty request is fine', async () => {
    expect((await post(new Uint8Array(0))).status).toBe(200);
    expect(sink.contexts).toEqual([]);
  });

  test('metadata of a batch that was lost comes again', async () => {
    const body = encodeRequest('metrics', {
      resourceMetrics: [
        { scopeMetrics: [{ metrics: [{ name: 'g', gauge: { dataPoints: [{ timeUnixNano: '5', asInt: '1' }] } }] }] },
      ],
    });
    sink.failure = new SondeError('away', { kind: 'unavailable', code: 'x' });
    expect((await post(body, PROTO, '/v1/metrics')).status).toBe(503);
    sink.failure = undefined;
    await post(body, PROTO, '/v1/metrics');
    await post(body, PROTO, '/v1/metrics');
    expect(sink.metricBatches.map(({ metadata }) => metadata.length)).toEqual([1, 0]);
  });

  test('other methods and paths are told what belongs here', async () => {
    const got = await fetch(`${receiver.httpAddress}/v1/traces`);
    expect(got.status).toBe(405);
    expect(got.headers.get('allow')).toBe('POST, OPTIONS');
    expect(await got.text()).toContain('POST /v1/traces; you sent GET');
    const lost = await post('{}', { 'content-type': 'application/json' }, '/v1/trace');
    expect(lost.status).toBe(404);
    expect(await lost.text()).toContain('POST /v1/traces, /v1/metrics or /v1/logs');
  });

  test.each([
    { origin: 'http://localhost:5173', allowed: true },
    { origin: 'http://127.0.0.1:8080', allowed: true },
    { origin: 'https://evil.example', allowed: false },
    { origin: 'http://localhost.evil.example', allowed: false },
  ])('CORS: $origin', async ({ origin, allowed }) => {
    const preflight = await fetch(`${receiver.httpAddress}/v1/traces`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-a' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(allowed ? origin : null);
    expect(preflight.headers.get('access-control-allow-headers')).toBe(allowed ? 'x-a' : null);
    const sent = await post(traces(span()), { ...PROTO, origin });
    expect(sent.headers.get('access-control-allow-origin')).toBe(allowed ? origin : null);
  });

  test('a chunked body without an end is cut at the limit', async () => {
    const url = new URL(`${receiver.httpAddress}/v1/traces`);
    const status = await new Promise<number>((resolve, reject) => {
      const client = httpRequest(url, { method: 'POST', headers: { 'content-type': 'application/json' } });
      client.on('response', (response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      client.on('error', reject);
      for (let i = 0; i < 20; i++) client.write(Buffer.alloc(8192));
    });
    expect(status).toBe(413);
  });

  test('a sender that goes away in the middle harms nobody', async () => {
    const { port } = new URL(receiver.httpAddress!);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
        );
        socket.destroy();
        socket.on('close', () => resolve());
      });
    });
    expect((await post(traces(span()))).status).toBe(200);
  });
});

test('the routes live beside others on a server of somebody else', async () => {
  receiver = make();
  const app = fastify();
  app.post('/echo', (request) => request.body);
  await receiver.routes(app);
  const sent = await app.inject({
    method: 'POST',
    url: '/v1/traces',
    headers: PROTO,
    payload: Buffer.from(traces(span())),
  });
  expect(sent.statusCode).toBe(200);
  expect(sink.spanBatches[0]!.length).toBe(1);
  const echoed = await app.inject({ method: 'POST', url: '/echo', payload: { a: 1 } });
  expect(echoed.json()).toEqual({ a: 1 });
  await app.close();
});

test('past max_inflight_bytes senders are told to wait, and served afterwards', async () => {
  receiver = make({ max_inflight_bytes: '1KiB' });
  await receiver.start();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let arrived = (): void => undefined;
  const arrival = new Promise<void>((resolve) => (arrived = resolve));
  sink.spans = async (batch) => {
    arrived();
    await held;
    return { accepted: batch.length, rejected: [] };
  };
  const body = traces(span({ name: 'x'.repeat(2000) }));
  const first = post(body);
  await arrival;
  const second = await post(body);
  expect(second.status).toBe(429);
  expect(second.headers.get('retry-after')).toBe('1');
  release();
  expect((await first).status).toBe(200);
  expect((await post(body)).status).toBe(200);
});

describe('lifecycle', () => {
  test('stop before start, stop twice, start after stop', async () => {
    receiver = make();
    await receiver.stop();
    await receiver.stop();
    await expect(receiver.start()).rejects.toThrow('stopped before');
  });

  test('after the stop, what still arrives is refused as unavailable', async () => {
    receiver = make();
    const app = fastify();
    await receiver.routes(app);
    await receiver.start();
    await receiver.stop();
    const sent = await app.inject({ method: 'POST', url: '/v1/logs', headers: PROTO, payload: Buffer.alloc(0) });
    expect(sent.statusCode).toBe(503);
    expect(sent.headers['retry-after']).toBe('1');
    await app.close();
  });

  test('a request in flight is answered before the stop ends', async () => {
    receiver = make();
    await receiver.start();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let arrived = (): void => undefined;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    sink.spans = async (batch) => {
      arrived();
      await held;
      return { accepted: batch.length, rejected: [] };
    };
    const answer = post(traces(span()));
    await arrival;
    const stopping = receiver.stop();
    release();
    expect((await answer).status).toBe(200);
    await stopping;
  });

  test('a port in use is named together with its key', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    receiver = make({ http: { listen: `127.0.0.1:${port}` } });
    await expect(receiver.start()).rejects.toThrow(
      `otlp.http.listen: cannot listen on http://127.0.0.1:${port}: the port is in use`,
    );
    receiver = make({ grpc: { listen: `127.0.0.1:${port}` } });
    await expect(receiver.start()).rejects.toThrow(/otlp\.grpc\.listen: cannot listen/);
    other.close();
  });
});

const JSON_SPAN =
  '{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"chat","startTimeUnixNano":"1700000000000000000"}';

/** A zstd frame with one raw block. */
function zstdRaw(content: Uint8Array): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt32LE(0xfd2fb528, 0);
  header[4] = 0xa0;
  header.writeUInt32LE(content.length, 5);
  header.writeUIntLE((content.length << 3) | 1, 9, 3);
  return Buffer.concat([header, content]);
}

/** A zstd frame of `blocks` times 128 KiB of zeros, four bytes each. */
function zstdBomb(blocks: number): Buffer {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
  const block = Buffer.alloc(4);
  const body = Array.from({ length: blocks }, (_, i) => {
    block.writeUIntLE((131072 << 3) | 2 | (i === blocks - 1 ? 1 : 0), 0, 3);
    return Buffer.from(block);
  });
  return Buffer.concat([header, ...body]);
}
