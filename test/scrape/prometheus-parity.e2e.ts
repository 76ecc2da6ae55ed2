import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { MetricBatch } from '../../src/model/sample.ts';
import type { Sink } from '../../src/model/sink.ts';
import { scrapeConfig } from '../../src/receive/prometheus/config.ts';
import { makeScrapeReceiver, type ScrapeReceiver } from '../../src/receive/prometheus/index.ts';
import { Ledger } from '../../src/self/ledger.ts';
import { silentLogger } from '../../src/self/logger.ts';
import { makeRegistry } from '../../src/self/metrics.ts';
import { SYSTEM_CLOCK } from '../../src/util/clock.ts';
import { hasShared, readShared } from '../support/shared.ts';

const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;
const CAPTURES = [
  'dcgm',
  'litellm-excerpt',
  'llamacpp',
  'node_exporter',
  'sglang',
  'tgi',
  'torchserve',
  'triton',
  'vllm',
];
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0';

/** What the target answers at each path, before and after the change. */
const PAGES: Readonly<Record<string, readonly [before: string, after: string, contentType?: string]>> = {
  '/plain': ['a 1\nb{x="y"} 2\nc{le="0.5",} 3e+001\n', 'a 4\n'],
  '/warts': [
    '\n\n# odd\n#x\n# HELP w\n# TYPE w gauge\nw {a = "b\\"c\\\\d\\ne" , } 1\nw2{}2\nw3 NaN\nw4 +Inf\n',
    'w4 -Inf\n',
  ],
  '/clash': ['k{job="theirs",instance="them",exported_job="x"} 1\nm{job=""} 2\n', 'm{job=""} 3\n'],
  '/relabel': ['go_x 1\nkeep_y{pod="p-1",secret="s"} 2\nrename_me 3\n', 'keep_y{pod="p-2",secret="s"} 2\n'],
  // The broken line comes first: series before it keep Prometheus 2 from noticing that they are gone, Sonde not.
  '/bad': ['fine 1\n', 'broken line\nfine 2\n'],
  '/openmetrics': [
    '# TYPE o_seconds counter\n# UNIT o_seconds seconds\no_seconds_total 1 # {trace_id="a"} 0.5\no_seconds_created 1.5e9\n# EOF\n',
    'o_seconds_total 2\n# EOF\n',
    OPEN_METRICS,
  ],
  '/cut-off': ['t 1\n', 't 2\n# EOF\n', OPEN_METRICS],
  '/status': ['', ''],
  '/duplicates': ['d 1\nd 2\n', 'd 3\nd 3\n'],
};

let target: http.Server;
let isChanged = false;
let directory: string;
let prometheus: ChildProcess | undefined;
let receiver: ScrapeReceiver | undefined;
let api: string;
const ours = new Map<string, string>();
let rounds = 0;

const sink = {
  async metrics(batch: MetricBatch) {
    rounds++;
    for (let row = 0; row < batch.length; row++) {
      const { metric, labels } = batch.series[batch.seriesIndex[row]!]!;
      const key = keyOf({ __name__: metric, ...Object.fromEntries(labels) });
      if (batch.isStale(row)) ours.delete(key);
      else ours.set(key, valueText(batch.value[row]!));
    }
    return { accepted: batch.length, rejected: [] };
  },
} as unknown as Sink;

function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort((a, b) => (a[0] < b[0] ? -1 : 1)));
}

function valueText(value: number): string {
  return Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** One configuration for both; each job once more for the captures. */
function configuration(address: string): { scrape_configs: object[] } {
  const job = (name: string, path: string, keys: object = {}): object => ({
    job_name: name,
    metrics_path: path,
    scrape_interval: '1s',
    static_configs: [{ targets: [address], labels: { env: 'test' } }],
    ...keys,
  });
  const relabelling = {
    relabel_configs: [
      { source_labels: ['__address__'], regex: '(.*):(\\d+)', target_label: 'host', replacement: '${1}' },
      { source_labels: ['__metrics_path__', 'env'], target_label: 'both', separator: '|' },
      { source_labels: ['host'], target_label: 'shard', modulus: 7, action: 'hashmod' },
      { regex: 'e(n)v', replacement: 'x_$1', action: 'labelmap' },
    ],
    metric_relabel_configs: [
      { source_labels: ['__name__'], regex: 'go_.*', action: 'drop' },
      { source_labels: ['__name__'], regex: 'rename_(.*)', target_label: '__name__', replacement: 'renamed_$1' },
      { source_labels: ['pod'], regex: 'p-(.+)', target_label: 'pod_number' },
      { regex: 'secret', action: 'labeldrop' },
      { source_labels: ['pod'], target_label: 'upper', action: 'uppercase' },
    ],
  };
  return {
    scrape_configs: [
      ...Object.keys(PAGES).map((path) => job(path.slice(1), path, path === '/relabel' ? relabelling : {})),
      job('honoured', '/clash', { honor_labels: true }),
      job('limited', '/plain', { sample_limit: 2 }),
      job('labelled', '/plain', { label_limit: 4 }),
      job('sized', '/warts', { body_size_limit: '20B' }),
      job('too-many', '/plain', {
        target_limit: 1,
        static_configs: [{ targets: [address, `localhost:${address.split(':')[1]}`] }],
      }),
      ...(hasShared ? CAPTURES.map((name) => job(`capture-${name}`, `/capture/${name}`)) : []),
    ],
  };
}

beforeAll(async () => {
  if (!hasPrometheus) return;
  target = http.createServer((request, response) => {
    const capture = /^\/capture\/([\w-]+)$/.exec(request.url ?? '')?.[1];
    if (capture !== undefined) {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      return void response.end(readShared(`fixtures/exposition/${capture}.prom`));
    }
    const [before, after, contentType = 'text/plain; version=0.0.4'] = PAGES[request.url ?? ''] ?? ['', ''];
    response.writeHead(request.url === '/status' ? 500 : 200, { 'content-type': contentType });
    response.end(isChanged ? after : before);
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(target.address() as AddressInfo).port}`;
  const config = configuration(address);

  directory = mkdtempSync(join(tmpdir(), 'sonde-parity-'));
  writeFileSync(join(directory, 'prometheus.yml'), stringify(config));
  api = `127.0.0.1:${await freePort()}`;
  const flags = [`--config.file=${directory}/prometheus.yml`, `--storage.tsdb.path=${directory}/data`];
  prometheus = spawn('prometheus', [...flags, `--web.listen-address=${api}`], { stdio: 'ignore' });

  const settings = scrapeConfig.parse({ ...config, discovery: { enabled: false } });
  const world = { sink, ledger: new Ledger(), logger: silentLogger(), registry: makeRegistry(), clock: SYSTEM_CLOCK };
  receiver = makeScrapeReceiver({ settings, ...world });
  await receiver.start();
});

afterAll(async () => {
  await receiver?.stop();
  if (prometheus !== undefined) {
    prometheus.kill();
    if (prometheus.exitCode === null) await once(prometheus, 'exit');
    target.closeAllConnections();
    target.close();
    rmSync(directory, { recursive: true });
  }
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

interface Vector {
  readonly data: { readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] };
}

/** All series that Prometheus shows now. */
async function theirs(): Promise<Map<string, string>> {
  const response = await fetch(`http://${api}/api/v1/query?query=${encodeURIComponent('{__name__!=""}')}`);
  const { data } = (await response.json()) as Vector;
  return new Map(
    data.result.map(({ metric, value }) => [keyOf(metric), valueText(Number(value[1].replace('Inf', 'Infinity')))]),
  );
}

/** Values that depend on the moment are compared as present only. */
function comparable(state: ReadonlyMap<string, string>): string[] {
  return [...state]
    .map(([key, value]) => (/"scrape_duration_seconds"|"scrape_series_added"/.test(key) ? key : `${key} ${value}`))
    .sort();
}

/** Waits until both have scraped `more` rounds of every target since now, and compares what they have. */
async function compareAfter(more: number): Promise<void> {
  const targets = receiver!.targets().length;
  const until = rounds + (more + 1) * targets;
  const deadline = Date.now() + 60_000;
  let difference: unknown = 'nothing compared yet';
  while (Date.now() < deadline) {
    if (rounds >= until) {
      const [left, right] = [comparable(ours), comparable(await theirs().catch(() => new Map<string, string>()))];
      difference = {
        onlySonde: left.filter((x) => !right.includes(x)),
        onlyPrometheus: right.filter((x) => !left.includes(x)),
      };
      if (right.length > 0 && JSON.stringify(left) === JSON.stringify(right)) return;
    }
    await pause(500);
  }
  expect(difference).toEqual({ onlySonde: [], onlyPrometheus: [] });
}

test.skipIf(!hasPrometheus)(
  'Sonde and Prometheus make the same series of the same targets (skipped without prometheus)',
  async () => {
    await compareAfter(1);
    isChanged = true;
    await compareAfter(2);
    expect(ours.size).toBeGreaterThan(hasShared ? 1000 : 100);
  },
  180_000,
);
