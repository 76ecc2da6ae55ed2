import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../../self/logger.ts';
import { ManualClock } from '../../../util/clock.ts';
import { scrapeConfig } from '../config.ts';
import type { TargetGroup } from '../discovery-config.ts';
import { HttpFetcher } from '../scrape/http-fetcher.ts';
import { answering, serve, type TestServer } from '../scrape/world.fixture.ts';
import { LocalDiscovery } from './local.ts';
import { RECOGNITION } from './recognise.ts';

const VLLM = answering('vllm:num_requests_running{model_name="m"} 1\n');
const http = scrapeConfig.parse({ scrape_configs: [{ job_name: 'x', follow_redirects: false }] }).jobs[0]!.http;
let server: TestServer;
let clock: ManualClock;
let fetcher: HttpFetcher;
let updates: (readonly TargetGroup[])[];
let taken: boolean;
let healthy: boolean;
let discovery: LocalDiscovery;

beforeEach(async () => {
  server = await serve((_, response) => response.writeHead(404).end());
  clock = new ManualClock(1_000_000);
  fetcher = new HttpFetcher(http, '.');
  updates = [];
  taken = false;
  healthy = false;
  discovery = new LocalDiscovery({
    table: RECOGNITION,
    ports: [server.port],
    intervalMs: 30_000,
    clock,
    logger: silentLogger(),
    fetcher,
    userAgent: 'Sonde/test',
    isTaken: () => taken,
    isHealthy: () => healthy,
    onChange: (groups) => updates.push(groups),
  });
});

afterEach(async () => {
  discovery.stop();
  fetcher.close();
  await server.close();
});

/** Lets the round under way end, then moves on. */
async function next(durationMs: number): Promise<void> {
  clock.advance(durationMs);
  while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
}
const asked = (): (string | undefined)[] => server.requests.map(({ url }) => url);

test('a server is recognised by its metrics and becomes a target with its job', async () => {
  server.handler = VLLM;
  await discovery.start();
  expect(updates).toEqual([
    [
      {
        source: server.address,
        targets: [{ __address__: server.address }],
        labels: { job: 'vllm', __metrics_path__: '/metrics' },
      },
    ],
  ]);
  expect(discovery.servers()).toMatchObject([
    {
      state: 'found',
      kind: 'vllm',
      title: 'vLLM',
      job: 'vllm',
      mend: '',
      path: '/metrics',
      firstSeenUnixMs: 1_000_000,
    },
  ]);
});

test('metrics at another path are found in quick rounds, one request each', async () => {
  server.handler = (request, response) =>
    request.url === '/prometheus/metrics'
      ? answering('trtllm_x 1\n')(request, response)
      : response.writeHead(404).end();
  await discovery.start();
  expect(asked()).toEqual(['/metrics']);
  await next(1000);
  await next(1000);
  expect(asked()).toEqual(['/metrics', '/v1/metrics', '/prometheus/metrics']);
  expect(discovery.servers()).toMatchObject([{ kind: 'tensorrt-llm', path: '/prometheus/metrics' }]);
});

test('a server that exports no metrics is reported with the flag that mends it, then found once it does', async () => {
  server.handler = (_, response) =>
    response.writeHead(501).end('{"error":{"message":"This server does not support metrics endpoint."}}');
  await discovery.start();
  expect(discovery.servers()).toMatchObject([
    { state: 'silent', kind: 'llamacpp', mend: 'start llama-server with --metrics' },
  ]);
  expect(updates).toEqual([]);
  server.handler = answering('llamacpp:requests_processing 1\n');
  await next(30_000);
  expect(discovery.servers()).toMatchObject([{ state: 'found', kind: 'llamacpp', mend: '' }]);
  expect(updates).toHaveLength(1);
});

test('a silent server that is only known by another path stays known', async () => {
  server.handler = (request, response) => response.writeHead(request.url === '/' ? 200 : 404).end('Ollama is running');
  await discovery.start();
  for (let round = 0; round < 20 && discovery.servers().length === 0; round++) await next(1000);
  expect(discovery.servers()).toMatchObject([{ state: 'silent', kind: 'ollama' }]);
  for (let round = 0; round < 12; round++) {
    await next(30_000);
    expect(discovery.servers()).toMatchObject([{ state: 'silent', kind: 'ollama' }]);
  }
  await server.close();
  await next(30_000);
  expect(discovery.servers()).toEqual([]);
});

test('an unknown server is asked each of its paths once, then one a round', async () => {
  await discovery.start();
  let quick = 0;
  for (; server.requests.length < 9; quick++) await next(1000);
  expect(new Set(asked()).size).toBe(9);
  expect(quick).toBe(8);
  await next(30_000);
  await next(1000);
  expect(server.requests).toHaveLength(10);
  await next(29_000);
  expect(server.requests).toHaveLength(11);
});

test('ports of configured and of healthy targets are left alone', async () => {
  server.handler = VLLM;
  taken = true;
  await discovery.start();
  expect(server.requests).toHaveLength(0);
  taken = false;
  await next(30_000);
  expect(server.requests).toHaveLength(1);
  healthy = true;
  await next(30_000);
  expect(server.requests).toHaveLength(1);
  expect(discovery.servers()).toMatchObject([{ lastSeenUnixMs: 1_060_000 }]);
  taken = true;
  await next(30_000);
  expect(discovery.servers()).toEqual([]);
  expect(updates.at(-1)).toEqual([]);
});

test('a target that stops answering stays for an hour; another server on its port takes its place', async () => {
  server.handler = VLLM;
  await discovery.start();
  server.handler = answering('tgi_queue_size 1\n');
  await next(30_000);
  expect(discovery.servers()).toMatchObject([{ kind: 'tgi', job: 'tgi' }]);
  expect(updates.at(-1)).toMatchObject([{ labels: { job: 'tgi' } }]);
  await server.close();
  await next(3_500_000);
  expect(discovery.servers()).toHaveLength(1);
  await next(200_000);
  expect(discovery.servers()).toEqual([]);
});
