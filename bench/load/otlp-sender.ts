/**
 * Load generator for OTLP/HTTP, run as a process of its own so that it does not share the server's thread:
 * `otlp-sender.mjs --url http://127.0.0.1:4318 --signal traces --seconds 10 [--connections 8] [--batch 512] [--gzip]`.
 * Every connection keeps one request in flight, sends it again when it is refused for now, and counts what was
 * acknowledged. Prints one JSON line, `OtlpLoadResult`.
 */
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { logsBody, metricsBody, spansBody, type PreparedBody } from './otlp-bodies.ts';

/** What a run of the sender prints. */
export interface OtlpLoadResult {
  readonly signal: string;
  readonly seconds: number;
  /** Records whose request was answered 200. */
  readonly acked: number;
  readonly perSecond: number;
  readonly requests: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly bytesPerRecord: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

const { values: flags } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:4318' },
    signal: { type: 'string', default: 'traces' },
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '8' },
    batch: { type: 'string', default: '512' },
    gzip: { type: 'boolean', default: false },
  },
});
const connections = Number(flags.connections);
const batch = Number(flags.batch);
const signal = flags.signal;
const url = new URL(`/v1/${signal}`, flags.url);
const agent = new Agent({ keepAlive: true, maxSockets: connections });

const statuses: Record<string, number> = {};
const latencies: number[] = [];
let acked = 0;

const bodies = Array.from({ length: connections }, (_, i) => prepare(i));
const begun = performance.now();
const until = begun + Number(flags.seconds) * 1000;
await Promise.all(bodies.map((body, i) => sendUntil(body, i)));
const seconds = (performance.now() - begun) / 1000;
agent.destroy();
latencies.sort((a, b) => a - b);
const at = (q: number): number => Math.round((latencies[Math.floor(q * (latencies.length - 1))] ?? 0) * 10) / 10;
const result: OtlpLoadResult = {
  signal,
  seconds: Math.round(seconds * 100) / 100,
  acked,
  perSecond: Math.round(acked / seconds),
  requests: latencies.length,
  statuses,
  bytesPerRecord: Math.round(bodies[0]!.body.length / bodies[0]!.count),
  latencyMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
};
console.log(JSON.stringify(result));

function prepare(connection: number): PreparedBody {
  const service = `bench-${connection}`;
  switch (signal) {
    case 'traces':
      return spansBody(batch, service);
    case 'logs':
      return logsBody(batch, service);
    case 'metrics':
      return metricsBody(Math.max(1, Math.round(batch / 100)), Math.min(batch, 100), service);
    default:
      throw new Error(`--signal must be traces, logs or metrics, not ${signal}`);
  }
}

async function sendUntil(prepared: PreparedBody, connection: number): Promise<void> {
  const random = xorshift(connection + 1);
  while (performance.now() < until) {
    renew(prepared, random);
    const body = flags.gzip ? gzipSync(prepared.body, { level: 1 }) : prepared.body;
    let again = true;
    while (again && performance.now() < until) {
      const sentAt = performance.now();
      const { status, retryAfterMs } = await post(body);
      latencies.push(performance.now() - sentAt);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 200) acked += prepared.count;
      again = status === 429 || status === 503;
      if (again) await new Promise((resolve) => setTimeout(resolve, Math.min(retryAfterMs, 1000)));
    }
  }
}

function post(body: Uint8Array): Promise<{ status: number; retryAfterMs: number }> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string | number> = {
      'content-type': 'application/x-protobuf',
      'content-length': body.length,
      ...(flags.gzip ? { 'content-encoding': 'gzip' } : {}),
    };
    const sending = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => {
        resolve({ status: response.statusCode!, retryAfterMs: Number(response.headers['retry-after'] ?? 0.1) * 1000 });
      });
      response.on('error', reject);
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

/** Gives the body new ids (eight spans a trace) and the present time, in place. */
function renew(prepared: PreparedBody, random: () => number): void {
  const { body, traceIdAt, spanIdAt, timeAt } = prepared;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const words = [0, 0, 0, 0];
  for (const [i, at] of traceIdAt.entries()) {
    if (i % 8 === 0) for (let word = 0; word < 4; word++) words[word] = random();
    for (let word = 0; word < 4; word++) view.setUint32(at + 4 * word, words[word]!, true);
  }
  for (const at of spanIdAt) {
    view.setUint32(at, random(), true);
    view.setUint32(at + 4, random(), true);
  }
  const nowNano = BigInt(Date.now()) * 1_000_000n;
  const low = Number(nowNano & 0xffffffffn);
  const high = Number(nowNano >> 32n);
  for (const at of timeAt) {
    view.setUint32(at, low, true);
    view.setUint32(at + 4, high, true);
  }
}

/** Random 32-bit words, never 0; cheap, and a sequence of its own for each connection and run. */
function xorshift(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Date.now()) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
