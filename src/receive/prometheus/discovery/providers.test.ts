import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../../self/logger.ts';
import { ManualClock } from '../../../util/clock.ts';
import { scrapeConfig } from '../config.ts';
import type { DiscoverySettings, TargetGroup } from '../discovery-config.ts';
import { answering, serve } from '../scrape/world.fixture.ts';
import { makeDnsProvider } from './dns.ts';
import { makeProvider, type Provider, type ProviderContext } from './provider.ts';

let clock: ManualClock;
let directory: string;
let context: ProviderContext;
let latest: readonly TargetGroup[] | undefined;
let provider: Provider | undefined;
let wake: (() => void)[];

beforeEach(() => {
  clock = new ManualClock();
  directory = mkdtempSync(join(tmpdir(), 'sonde-sd-'));
  context = { clock, logger: silentLogger(), baseDirectory: directory, userAgent: 'Sonde/test' };
  latest = undefined;
  wake = [];
});

afterEach(() => {
  provider?.stop();
  rmSync(directory, { recursive: true });
});

function settingsOf(keys: object): DiscoverySettings {
  return scrapeConfig.parse({ scrape_configs: [{ job_name: 'j', ...keys }] }).jobs[0]!.discoveries[0]!;
}

async function start(made: Provider): Promise<void> {
  provider = made;
  await made.start((groups) => {
    latest = groups;
    for (const resolve of wake.splice(0)) resolve();
  });
}
const nextUpdate = (): Promise<void> => new Promise((resolve) => wake.push(resolve));
const write = (name: string, text: string): void => {
  // As deployment tools do: written beside, then renamed, so that no half file is read.
  writeFileSync(join(directory, 'unfinished'), text);
  renameSync(join(directory, 'unfinished'), join(directory, name));
};
const addresses = (): unknown =>
  latest?.flatMap(({ targets }) => targets.map((target) => target['__address__'])).sort();

test('static targets are known at once', async () => {
  await start(
    makeProvider(settingsOf({ static_configs: [{ targets: ['a:1', 'b:2'], labels: { zone: 1 } }] }), context),
  );
  expect(latest).toEqual([
    { source: '0', targets: [{ __address__: 'a:1' }, { __address__: 'b:2' }], labels: { zone: '1' } },
  ]);
});

test('files are read, JSON and YAML, and their changes seen; a malformed one keeps its last good state', async () => {
  write('a.json', '[{"targets": ["a:1"], "labels": {"env": "x"}}]');
  write('b.yml', '- targets: [b:1, b:2]\n');
  write('c.txt', 'no');
  await start(makeProvider(settingsOf({ file_sd_configs: [{ files: ['*.json', 'b.yml'] }] }), context));
  expect(addresses()).toEqual(['a:1', 'b:1', 'b:2']);
  expect(latest![0]!.labels).toEqual({ env: 'x', __meta_filepath: join(directory, 'a.json') });

  const until = async (want: readonly string[]): Promise<void> => {
    while (JSON.stringify(addresses()) !== JSON.stringify(want)) {
      clock.advance(300_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  write('a.json', '[{"targets": "a:1"}]');
  write('d.json', '[{"targets": ["d:1"]}]');
  await until(['a:1', 'b:1', 'b:2', 'd:1']);
  rmSync(join(directory, 'b.yml'));
  await until(['a:1', 'd:1']);
});

test('a change of a file is seen without waiting for the interval', async () => {
  write('a.json', '[]');
  await start(makeProvider(settingsOf({ file_sd_configs: [{ files: ['a.json'], refresh_interval: '1h' }] }), context));
  expect(addresses()).toEqual([]);
  const before = clock.waiting;
  write('a.json', '[{"targets": ["a:1"]}]');
  // The watcher puts its look behind a short pause on the clock.
  while (clock.waiting === before) await new Promise((resolve) => setImmediate(resolve));
  const updated = nextUpdate();
  clock.advance(1000);
  await updated;
  expect(addresses()).toEqual(['a:1']);
});

test('an HTTP server is asked with its credentials; an answer of no use keeps the last good one', async () => {
  const server = await serve(answering('[{"targets": ["a:1"], "labels": {"x": "y"}}]', 'application/json'));
  const url = `http://${server.address}/targets`;
  const keys = { http_sd_configs: [{ url, basic_auth: { username: 'u', password: 'p' } }] };
  await start(makeProvider(settingsOf(keys), context));
  expect(latest).toEqual([
    { source: `${url}:0`, targets: [{ __address__: 'a:1' }], labels: { x: 'y', __meta_url: url } },
  ]);
  expect(server.requests[0]!.headers.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
  for (const bad of [
    answering('[{', 'application/json'),
    answering('[]', 'text/html'),
    answering('[{"x": 1}]', 'application/json'),
  ]) {
    const asked = server.requests.length;
    server.handler = bad;
    while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(60_000);
    while (server.requests.length === asked || clock.waiting === 0)
      await new Promise((resolve) => setImmediate(resolve));
    expect(addresses()).toEqual(['a:1']);
  }
  server.handler = answering('[]', 'application/json');
  const updated = nextUpdate();
  clock.advance(60_000);
  await updated;
  expect(addresses()).toEqual([]);
  await server.close();
});

const RESOLVER = {
  resolve4: async () => ['10.0.0.1', '10.0.0.2'],
  resolve6: async () => ['::1'],
  resolveSrv: async () => [{ name: 'host.example', port: 9100, priority: 1, weight: 1 }],
  resolveMx: async () => [{ exchange: 'mail.example', priority: 1 }],
  resolveNs: async () => ['ns.example.'],
};

test.each([
  { keys: { type: 'A', port: 80 }, want: [{ __address__: '10.0.0.1:80' }, { __address__: '10.0.0.2:80' }] },
  { keys: { type: 'AAAA', port: 80 }, want: [{ __address__: '[::1]:80' }] },
  {
    keys: {},
    want: [
      {
        __address__: 'host.example:9100',
        __meta_dns_srv_record_target: 'host.example.',
        __meta_dns_srv_record_port: '9100',
      },
    ],
  },
  {
    keys: { type: 'MX', port: 80 },
    want: [{ __address__: 'mail.example:80', __meta_dns_mx_record_target: 'mail.example.' }],
  },
  {
    keys: { type: 'NS', port: 80 },
    want: [{ __address__: 'ns.example:80', __meta_dns_ns_record_target: 'ns.example.' }],
  },
])('DNS records $keys become targets', async ({ keys, want }) => {
  const settings = settingsOf({ dns_sd_configs: [{ names: ['n.example'], ...keys }] });
  await start(makeDnsProvider(settings as Extract<DiscoverySettings, { kind: 'dns' }>, context, RESOLVER));
  expect(latest).toEqual([{ source: 'n.example', labels: { __meta_dns_name: 'n.example' }, targets: want }]);
});

test('a name that cannot be looked up keeps its targets, one that does not exist loses them', async () => {
  const settings = settingsOf({ dns_sd_configs: [{ names: ['n'], type: 'A', port: 1 }] });
  let error: NodeJS.ErrnoException | undefined;
  const resolve4 = async (): Promise<string[]> => {
    if (error !== undefined) throw error;
    return ['10.0.0.1'];
  };
  await start(
    makeDnsProvider(settings as Extract<DiscoverySettings, { kind: 'dns' }>, context, { ...RESOLVER, resolve4 }),
  );
  for (const [code, want] of [
    ['ESERVFAIL', ['10.0.0.1:1']],
    ['ENOTFOUND', []],
  ] as const) {
    error = Object.assign(new Error(code), { code });
    while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    const updated = nextUpdate();
    clock.advance(30_000);
    await updated;
    expect(addresses()).toEqual(want);
  }
});
