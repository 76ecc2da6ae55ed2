import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Client, credentials, Metadata, type ChannelOptions, type ServiceError } from '@grpc/grpc-js';
import { attributes, gaugesRequest, id, sendOtlp, spansRequest } from '../support/otlp-client.ts';
import { encodeRequest } from '../support/otlp-proto.ts';
import { ReadBack } from '../support/read-back.ts';
import { startSonde, temporaryDataDir, type SondeProcess } from '../support/sonde-process.ts';

/** Clients that are slow, half there, or speak something else: each is ended in bounded time, nobody else is held up. */
const REQUEST_TIMEOUT_MS = 2000;
/** The server looks for slow senders every five seconds; a busy machine is late. */
const ENDS_WITHIN_MS = REQUEST_TIMEOUT_MS + 5000 + 10_000;

const data = temporaryDataDir();
let sonde: SondeProcess;
let traces = 0;

beforeAll(async () => {
  sonde = await startSonde(data.path, [], {
    SONDE_SERVER_REQUEST_TIMEOUT: `${REQUEST_TIMEOUT_MS}ms`,
    SONDE_OTLP_HTTP_REQUEST_TIMEOUT: `${REQUEST_TIMEOUT_MS}ms`,
  });
});
afterAll(async () => {
  expect(await sonde.stop()).toBe(0);
  expect(sonde.stderr()).not.toMatch(/failed inside|An OTLP request failed|unhandled/i);
  data.remove();
});

/** After each case: it runs, takes a good span, and gives it back. */
afterEach(async () => {
  const traceId = id(0xc0_0000 + ++traces, 16);
  const good = await sendOtlp(sonde.otlpHttp, 'traces', spansRequest('neighbour', [{ traceId, spanId: id(1, 8) }]));
  expect(good).toMatchObject({ status: 200, text: '{}' });
  expect(await new ReadBack(sonde.url).spans(traceId)).toHaveLength(1);
});

const DOORS = [
  { door: 'pages and APIs', url: () => sonde.url },
  { door: 'OTLP/HTTP', url: () => sonde.otlpHttp },
] as const;
const HEAD = 'POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

const SLOW: readonly { readonly name: string; readonly sent: string; readonly drip: string; readonly half?: true }[] = [
  { name: 'says nothing', sent: '', drip: '' },
  { name: 'sends a header byte by byte', sent: HEAD, drip: 'x' },
  { name: 'sends a body byte by byte', sent: `${HEAD}content-length: 100000\r\n\r\n`, drip: ' ' },
  { name: 'sends endless pieces', sent: `${HEAD}transfer-encoding: chunked\r\n\r\n`, drip: '1\r\n \r\n' },
  { name: 'promises a body and hangs up its half', sent: `${HEAD}content-length: 10\r\n\r\n`, drip: '', half: true },
  { name: 'hangs up its half within a header', sent: HEAD, drip: '', half: true },
];

test.each(DOORS.flatMap((door) => SLOW.map((slow) => ({ ...door, ...slow }))))(
  '$door: a client that $name is let go',
  async ({ url, sent, drip, half }) => {
    const { socket, ended } = open(url());
    socket.write(sent);
    if (half === true) socket.end();
    const dripping = drip === '' ? undefined : setInterval(() => socket.write(drip), 100);
    const { afterMs, received } = await ended;
    clearInterval(dripping);
    expect(afterMs).toBeLessThan(ENDS_WITHIN_MS);
    if (received !== '') expect(received).toMatch(/^HTTP\/1\.1 4\d\d /);
  },
);

test('two hundred slow clients hold nobody up', async () => {
  const slow = DOORS.flatMap(({ url }) => Array.from({ length: 100 }, () => open(url())));
  for (const { socket } of slow) socket.write(`${HEAD}content-length: 100000\r\n\r\n{`);
  const span = { traceId: id(0xdd, 16), spanId: id(1, 8) };
  const began = performance.now();
  expect((await sendOtlp(sonde.otlpHttp, 'traces', spansRequest('quick', [span]))).status).toBe(200);
  expect((await fetch(`${sonde.url}/-/ready`)).status).toBe(200);
  expect(performance.now() - began).toBeLessThan(ENDS_WITHIN_MS);
  for (const { afterMs } of await Promise.all(slow.map(({ ended }) => ended))) {
    expect(afterMs).toBeLessThan(ENDS_WITHIN_MS);
  }
});

test.each([
  { name: 'noise', bytes: Buffer.from(Array.from({ length: 2048 }, (_, i) => (i * 2_654_435_761) >>> 24)) },
  { name: 'a TLS greeting', bytes: Buffer.from('16030100c8010000c40303', 'hex') },
  { name: 'HTTP/2 without being asked', bytes: Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') },
  { name: 'a header of 1 MB', bytes: Buffer.from(`${HEAD}x-long: ${'a'.repeat(1_000_000)}`) },
  { name: 'two lengths', bytes: Buffer.from(`${HEAD}content-length: 2\r\ncontent-length: 30\r\n\r\n{}`) },
  {
    name: 'a length beside pieces',
    bytes: Buffer.from(`${HEAD}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
  },
])('$name on the HTTP ports is refused', async ({ bytes }) => {
  for (const { url } of DOORS) {
    const { socket, ended } = open(url());
    socket.write(bytes);
    const { afterMs, received } = await ended;
    expect(afterMs).toBeLessThan(ENDS_WITHIN_MS);
    if (received !== '') expect(received).toMatch(/^HTTP\/1\.1 4\d\d /);
  }
});

test.each([
  { name: 'noise', bytes: Buffer.alloc(4096, 0xa5) },
  { name: 'HTTP/1.1', bytes: Buffer.from('POST /v1/traces HTTP/1.1\r\nhost: localhost\r\n\r\n') },
  {
    name: 'a greeting of HTTP/2 and then noise',
    bytes: Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.alloc(4096, 0xa5)]),
  },
])('$name on the gRPC port ends that connection only', async ({ bytes }) => {
  const { socket, ended } = open(sonde.otlpGrpc);
  socket.write(bytes);
  expect((await ended).afterMs).toBeLessThan(ENDS_WITHIN_MS);
  expect(await exportMetrics(Buffer.from(goodMetrics(bytes.length)))).toBeUndefined();
  expect(await new ReadBack(sonde.url).instant(`grpc_test{of="${bytes.length}"}`)).toHaveLength(1);
});

test('a message over gRPC that is no OTLP, or too large, is refused by name', async () => {
  const broken = await exportMetrics(Buffer.from('{"resourceMetrics":[]}'));
  expect(broken).toMatchObject({ code: 3 });
  expect(broken!.details).toMatch(/byte \d+/);
  const large = await exportMetrics(Buffer.alloc(21 * 1024 * 1024));
  expect(large).toMatchObject({ code: 8 });
  expect(large!.details).toMatch(/larger|max/);
  const bomb = await exportMetrics(Buffer.alloc(100 * 1024 * 1024), { 'grpc.default_compression_algorithm': 2 });
  expect(bomb).toMatchObject({ code: 8 });
});

function goodMetrics(of: number): Uint8Array {
  const point = { asDouble: 1, attributes: attributes({ of: String(of) }) };
  return encodeRequest('metrics', gaugesRequest('grpc', { 'grpc.test': [point] }));
}

/** Sends bytes as the message of a metrics export; gives the failure. */
async function exportMetrics(message: Buffer, options: ChannelOptions = {}): Promise<ServiceError | undefined> {
  const client = new Client(new URL(sonde.otlpGrpc).host, credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
    ...options,
  });
  try {
    return await new Promise((resolve) => {
      client.makeUnaryRequest(
        '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        message,
        new Metadata(),
        (failure) => resolve(failure ?? undefined),
      );
    });
  } finally {
    client.close();
  }
}

/** A plain connection; `ended` resolves when the other side has ended it. */
function open(url: string): {
  readonly socket: Socket;
  readonly ended: Promise<{ readonly afterMs: number; readonly received: string }>;
} {
  const { hostname, port } = new URL(url);
  // Its own half stays open until it says so.
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const began = performance.now();
  let received = '';
  socket.setEncoding('latin1').on('data', (text: string) => (received += text));
  socket.on('error', () => socket.destroy());
  const ended = new Promise<{ afterMs: number; received: string }>((resolve) => {
    const done = (): void => {
      resolve({ afterMs: performance.now() - began, received });
      socket.destroy();
    };
    socket.once('end', done).once('close', done);
  });
  return { socket, ended };
}
