import { afterEach, beforeEach, expect, test } from 'vitest';
import { Ledger } from '../../self/ledger.ts';
import { silentLogger } from '../../self/logger.ts';
import { makeRegistry } from '../../self/metrics.ts';
import { ManualClock } from '../../util/clock.ts';
import { scrapeConfig, type ScrapeSettings } from './config.ts';
import { makeScrapeReceiver, type ScrapeReceiver, type ScrapeReceiverOptions } from './index.ts';
import { answering, CollectingSink, sampleTexts, serve, type TestServer } from './scrape/world.fixture.ts';

let server: TestServer;
let sink: CollectingSink;
let clock: ManualClock;
let receiver: ScrapeReceiver;

beforeEach(async () => {
  server = await serve(answering('vllm:num_requests_running{model_name="m"} 1\n'));
  sink = new CollectingSink();
  clock = new ManualClock();
});

afterEach(async () => {
  await receiver.stop();
  await server.close();
});

function settings(jobs: readonly object[], discovery: object = { enabled: false }): ScrapeSettings {
  return scrapeConfig.parse({ scrape_configs: jobs, discovery });
}

function make(given: ScrapeSettings, rest: Partial<ScrapeReceiverOptions> = {}): ScrapeReceiver {
  const world = { sink, ledger: new Ledger(), logger: silentLogger(), registry: makeRegistry(), clock };
  receiver = makeScrapeReceiver({ settings: given, ...world, ...rest });
  return receiver;
}

const static_ = (labels: object = {}): object => ({ static_configs: [{ targets: [server.address], labels }] });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Moves the clock until `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    clock.advance(1000);
    await turn();
  }
}

test('targets of the configuration are scraped and shown', async () => {
  await make(settings([{ job_name: 'llm', ...static_({ zone: 'a' }) }])).start();
  expect(receiver.targets()).toMatchObject([{ state: 'active', health: 'unknown', lastScrapeUnixMs: 0 }]);
  await until(() => sink.batches.length >= 1);
  expect(sampleTexts(sink.batches[0]!)[0]).toMatch(
    `vllm:num_requests_running{instance="${server.address}",job="llm",model_name="m",zone="a"} 1 @`,
  );
  await until(() => receiver.targets()[0]!.health === 'up');
  expect(receiver.targets()).toEqual([
    {
      state: 'active',
      scrapePool: 'llm',
      scrapeUrl: `http://${server.address}/metrics`,
      discoveredLabels: {
        __address__: server.address,
        __metrics_path__: '/metrics',
        __scheme__: 'http',
        __scrape_interval__: '15s',
        __scrape_timeout__: '10s',
        job: 'llm',
        zone: 'a',
      },
      labels: { instance: server.address, job: 'llm', zone: 'a' },
      health: 'up',
      lastError: '',
      lastScrapeUnixMs: expect.any(Number) as number,
      lastScrapeDurationMs: expect.any(Number) as number,
      scrapeInterval: '15s',
      scrapeTimeout: '10s',
      samples: 1,
    },
  ]);
});

test('relabelling shapes URL and labels, and dropped and invalid targets are shown with their reason', async () => {
  const job = {
    job_name: 'j',
    params: { module: ['a', 'b'] },
    static_configs: [{ targets: [server.address, 'drop:1', 'bad/path:1', 'slow:1'] }],
    relabel_configs: [
      { source_labels: ['__address__'], regex: 'drop:.*', action: 'drop' },
      { source_labels: ['__address__'], regex: 'slow:.*', target_label: '__scrape_timeout__', replacement: '1h' },
      { source_labels: ['__address__'], target_label: '__param_target' },
      { target_label: '__param_module', replacement: 'c' },
      { target_label: '__metrics_path__', replacement: '/probe' },
      { source_labels: ['__address__'], regex: '(.*):.*', target_label: 'instance' },
    ],
  };
  await make(settings([job])).start();
  const [active, ...dropped] = receiver.targets();
  expect(active).toMatchObject({
    scrapeUrl: `http://${server.address}/probe?module=c&module=b&target=${encodeURIComponent(server.address)}`,
    labels: { instance: '127.0.0.1', job: 'j' },
  });
  expect(dropped.map(({ state, lastError }) => [state, lastError])).toEqual([
    ['dropped', ''],
    ['dropped', 'has no valid address: "bad/path:1" contains a slash'],
    ['dropped', 'has a timeout in the label __scrape_timeout__ that is invalid or longer than its interval'],
  ]);
});

test('a job with more targets than its limit fails all its scrapes', async () => {
  const targets = [server.address, server.address.replace('127.0.0.1', 'localhost')];
  await make(settings([{ job_name: 'j', target_limit: 1, static_configs: [{ targets }] }])).start();
  await until(() => receiver.targets().every(({ health }) => health === 'down'));
  expect(receiver.targets()[0]!.lastError).toContain('the job has 2 targets, the limit is 1 (at target_limit)');
  expect(server.requests).toEqual([]);
});

test('a server on this host is found, scraped with the right job, and gone when it is configured', async () => {
  await make(settings([], { ports: [server.port] })).start();
  await until(() => receiver.targets().some(({ health }) => health === 'up'));
  expect(receiver.discovered()).toMatchObject([{ state: 'found', kind: 'vllm', address: server.address }]);
  expect(receiver.targets()).toMatchObject([
    { scrapePool: 'local-discovery', labels: { job: 'vllm', instance: server.address } },
  ]);
  await receiver.reload(settings([{ job_name: 'mine', ...static_() }], { ports: [server.port] }));
  await until(() => receiver.discovered().length === 0);
  await until(() => receiver.targets().length === 1);
  expect(receiver.targets()).toMatchObject([{ scrapePool: 'mine' }]);
});

test('ports of Sonde itself and ports of configured targets are not probed', async () => {
  const own = await serve(answering('vllm:x 1\n'));
  const jobs = [{ job_name: 'j', scrape_interval: '1h', ...static_() }];
  await make(settings(jobs, { ports: [own.port, server.port] }), { ownPorts: () => [own.port] }).start();
  for (let round = 0; round < 3; round++) {
    clock.advance(30_000);
    await turn();
  }
  expect([own.requests.length, server.requests.length]).toEqual([0, 0]);
  await own.close();
});

test('discovery can be switched off', async () => {
  await make(settings([], { enabled: false, ports: [server.port] })).start();
  clock.advance(60_000);
  await turn();
  expect(server.requests).toEqual([]);
  expect(receiver.discovered()).toEqual([]);
});

test('a reload keeps unchanged jobs running, and marks what is gone as stale', async () => {
  const keep = { job_name: 'keep', ...static_() };
  await make(settings([keep, { job_name: 'go', ...static_() }, { job_name: 'change', ...static_() }])).start();
  await until(() => receiver.targets().every(({ health }) => health === 'up'));
  const before = receiver.targets().find(({ scrapePool }) => scrapePool === 'keep');
  await receiver.reload(settings([keep, { job_name: 'change', scrape_interval: '5s', ...static_() }]));
  expect(receiver.targets().map(({ scrapePool }) => scrapePool)).toEqual(['keep', 'change']);
  expect(receiver.targets()[0]!.lastScrapeUnixMs).toBe(before!.lastScrapeUnixMs);
  expect(receiver.targets()[1]).toMatchObject({ scrapeInterval: '5s', health: 'unknown' });
  const stale = sink.batches.flatMap(sampleTexts).filter((text) => text.includes(' stale '));
  expect(new Set(stale.map((text) => /job="(\w+)"/.exec(text)![1]))).toEqual(new Set(['go']));
});

test('stopping cuts a scrape under way short, leaves no markers, and is final', async () => {
  server.handler = (_, response) => void response.writeHead(200).write('a 1\n');
  await make(settings([{ job_name: 'j', ...static_() }], { ports: [server.port] })).start();
  await until(() => server.requests.length > 0);
  await receiver.stop();
  await receiver.stop();
  expect(sink.batches).toEqual([]);
  expect(receiver.targets()).toEqual([]);
  await receiver.reload(settings([{ job_name: 'k', ...static_() }]));
  await receiver.start();
  clock.advance(60_000);
  await turn();
  expect([receiver.targets(), server.requests.length]).toEqual([[], 1]);
});

test('stopping before starting is fine', async () => {
  await make(settings([{ job_name: 'j', ...static_() }])).stop();
  await receiver.start();
  expect(receiver.targets()).toEqual([]);
});

test('its own metrics count targets and scrapes', async () => {
  const registry = makeRegistry();
  await make(settings([{ job_name: 'j', ...static_() }]), { registry }).start();
  await until(() => receiver.targets()[0]!.health === 'up');
  const text = await registry.metrics();
  expect(text).toContain('sonde_scrape_targets{health="up"} 1');
  expect(text).toContain('sonde_scrape_scrapes_total{outcome="ok"} 1');
  expect(text).toContain('sonde_scrape_samples_total 1');
});
