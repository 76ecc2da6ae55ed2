import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SondeError } from '../../../model/errors.ts';
import { Ledger } from '../../../self/ledger.ts';
import { makeRegistry } from '../../../self/metrics.ts';
import { ManualClock } from '../../../util/clock.ts';
import { scrapeConfig } from '../config.ts';
import { HttpFetcher } from './http-fetcher.ts';
import { ScrapeLoop } from './scrape-loop.ts';
import { ScrapeMetrics } from './scrape-metrics.ts';
import { resolveTargets } from './target-labels.ts';
import { answering, CollectingSink, serve, type TestServer } from './world.fixture.ts';

let server: TestServer;
let sink: CollectingSink;
let ledger: Ledger;
let clock: ManualClock;
const fetchers: HttpFetcher[] = [];

beforeEach(async () => {
  server = await serve(answering(''));
  sink = new CollectingSink();
  ledger = new Ledger();
  clock = new ManualClock();
});

afterEach(async () => {
  for (const fetcher of fetchers.splice(0)) fetcher.close();
  await server.close();
});

/** A loop on the server, with the keys of a scrape configuration. */
function loopWith(keys: object = {}): ScrapeLoop {
  const config = { job_name: 'j', static_configs: [{ targets: [server.address], labels: { instance: 'i' } }], ...keys };
  const job = scrapeConfig.parse({ scrape_configs: [config] }).jobs[0]!;
  const [found] = job.discoveries;
  const [resolution] = found?.kind === 'static' ? resolveTargets(job, found.groups[0]!) : [];
  if (resolution?.kind !== 'target') throw new Error('no target');
  const fetcher = new HttpFetcher(job.http, import.meta.dirname);
  fetchers.push(fetcher);
  const metrics = new ScrapeMetrics(makeRegistry(), () => ({}));
  return new ScrapeLoop(resolution.target, job, fetcher, { sink, ledger, clock, metrics, userAgent: 'Sonde/test' });
}

const OWN = 'instance="i",job="j"';

test('a scrape gives samples with the labels of the target, and the report series', async () => {
  server.handler = answering('# TYPE a counter\na{x="y"} 1\nb 2 5000\n');
  const loop = loopWith();
  await loop.scrape(1000);
  expect(sink.last()).toEqual([`a{${OWN},x="y"} 1 @1000`, `b{${OWN}} 2 @5000`]);
  expect(sink.reports()).toEqual({
    up: 1,
    scrape_duration_seconds: 0,
    scrape_samples_scraped: 2,
    scrape_samples_post_metric_relabeling: 2,
    scrape_series_added: 2,
  });
  expect(sink.batches[0]!.metadata).toEqual([{ family: 'a', type: 'counter', help: '', unit: '' }]);
  expect(sink.contexts[0]).toEqual({ tenant: 'default', source: 'scrape', receivedUnixMs: 1000 });
  expect(loop.status()).toMatchObject({ health: 'up', lastError: '', samples: 2, lastScrapeUnixMs: 1000 });
});

test('the request asks for OpenMetrics, then text, packed', async () => {
  await loopWith({ params: { module: ['a', 'b'] }, metrics_path: '/probe' }).scrape(0);
  const { headers, url } = server.requests[0]!;
  expect(url).toBe('/probe?module=a&module=b');
  expect(headers).toMatchObject({
    'accept-encoding': 'gzip',
    'user-agent': 'Sonde/test',
    'x-prometheus-scrape-timeout-seconds': '10',
  });
  expect(headers.accept).toMatch(/^application\/openmetrics-text;version=1\.0\.0;.*text\/plain;version=0\.0\.4/);
});

test('a steady scrape says nothing new but its values', async () => {
  const loop = loopWith();
  for (const value of [1, 2]) {
    server.handler = answering(`# HELP a text\na{x="y"} ${value}\n`);
    await loop.scrape(value * 1000);
  }
  expect(sink.last()).toEqual([`a{${OWN},x="y"} 2 @2000`]);
  expect(sink.reports()).toMatchObject({ scrape_series_added: 0 });
  expect(sink.batches[1]!.metadata).toEqual([]);
  expect(sink.batches[1]!.series[0]).toBe(sink.batches[0]!.series[0]);
});

test.each([
  { name: 'series that vanish', second: 'b 2\n', want: ['b{O} 2 @2000', 'a{O} stale @2000'] },
  { name: 'series written otherwise do not vanish', second: 'a{} 3\nb 2\n', want: ['a{O} 3 @2000', 'b{O} 2 @2000'] },
  { name: 'a malformed answer', second: 'a 3\nb !\n', want: ['a{O} stale @2000', 'b{O} stale @2000'], up: 0 },
  { name: 'an empty answer', second: '', want: ['a{O} stale @2000', 'b{O} stale @2000'] },
])('staleness: $name', async ({ second, want, up = 1 }) => {
  const loop = loopWith();
  server.handler = answering('a 1\nb 1\n');
  await loop.scrape(1000);
  server.handler = answering(second);
  await loop.scrape(2000);
  expect(sink.last()).toEqual(want.map((text) => text.replace('O', OWN)));
  expect(sink.reports()).toMatchObject({ up });
  server.handler = answering('a 4\n');
  await loop.scrape(3000);
  expect(sink.last().filter((text) => text.includes('stale'))).toHaveLength(
    want.some((text) => text.startsWith('b{O} 2')) ? 1 : 0,
  );
});

test.each([
  { name: 'not tracked by default', keys: {}, want: [] },
  { name: 'tracked on demand', keys: { track_timestamps_staleness: true }, want: [`a{${OWN}} stale @2000`] },
  { name: 'no timestamps honoured', keys: { honor_timestamps: false }, want: [`a{${OWN}} stale @2000`] },
])('staleness of series with timestamps of their own: $name', async ({ keys, want }) => {
  const loop = loopWith(keys);
  server.handler = answering('a 1 900\n');
  await loop.scrape(1000);
  server.handler = answering('');
  await loop.scrape(2000);
  expect(sink.last()).toEqual(want);
});

test('a target that is gone leaves staleness markers, its reports too', async () => {
  const loop = loopWith();
  server.handler = answering('a 1\n');
  await loop.scrape(1000);
  clock.advance(5000);
  await loop.stop(true);
  expect(sink.batches).toHaveLength(2);
  expect(sink.last()).toEqual([`a{${OWN}} stale @5000`]);
  expect(Array.from({ length: 6 }, (_, row) => sink.batches[1]!.isStale(row))).toEqual(Array(6).fill(true));
});

test.each([
  { name: 'exported_ in front', keys: {}, want: 'a{exported_instance="s",exported_job="x",instance="i",job="j"} 1 @0' },
  { name: 'honor_labels', keys: { honor_labels: true }, want: 'a{instance="s",job="x"} 1 @0' },
])('labels that clash: $name', async ({ keys, want }) => {
  server.handler = answering('a{job="x",instance="s"} 1\n');
  await loopWith(keys).scrape(0);
  expect(sink.last()).toEqual([want]);
});

test.each([
  {
    name: 'exported_ taken already',
    text: 'a{job="x",exported_job="y"} 1\n',
    keys: {},
    want: 'a{exported_exported_job="x",exported_job="y",instance="i",job="j"} 1 @0',
  },
  { name: 'an empty label is none', text: 'a{job=""} 1\n', keys: {}, want: `a{${OWN}} 1 @0` },
  {
    name: 'honor_labels with an empty label',
    text: 'a{instance=""} 1\n',
    keys: { honor_labels: true },
    want: 'a{job="j"} 1 @0',
  },
])('labels that clash: $name', async ({ text, keys, want }) => {
  server.handler = answering(text);
  await loopWith(keys).scrape(0);
  expect(sink.last()).toEqual([want]);
});

test('metric_relabel_configs rewrite and drop, and what is dropped is accounted for', async () => {
  server.handler = answering('keep_a{x="1"} 1\ndrop_b 2\ndrop_c 3\n');
  const loop = loopWith({
    metric_relabel_configs: [
      { source_labels: ['__name__'], regex: 'drop_.*', action: 'drop' },
      { source_labels: ['__name__'], regex: 'keep_(.*)', target_label: '__name__' },
      { regex: 'x', action: 'labeldrop' },
    ],
  });
  for (const time of [1000, 2000]) await loop.scrape(time);
  expect(sink.last()).toEqual([`a{${OWN}} 1 @2000`]);
  expect(sink.reports()).toMatchObject({ scrape_samples_scraped: 3, scrape_samples_post_metric_relabeling: 1 });
  const counts = ledger.totals().map(({ outcome, reason, count }) => [outcome, reason, count]);
  expect(counts).toEqual([
    ['received', '', 16],
    ['dropped', 'metric-relabel', 4],
  ]);
});

test('of samples of one series and time the first counts', async () => {
  server.handler = answering('a 1\na 2\na 3 500\n');
  await loopWith().scrape(1000);
  expect(sink.last()).toEqual([`a{${OWN}} 1 @1000`, `a{${OWN}} 3 @500`]);
  expect(ledger.totals().find(({ reason }) => reason === 'duplicate-sample')?.count).toBe(1);
});

test.each([
  {
    name: 'sample_limit',
    keys: { sample_limit: 1 },
    scraped: 2,
    error: 'the answer has 2 samples, the limit is 1 (at sample_limit)',
  },
  {
    name: 'label_limit',
    keys: { label_limit: 3 },
    scraped: 1,
    error: '"a" has 4 labels, the limit is 3 (at label_limit)',
  },
  {
    name: 'label_name_length_limit',
    keys: { label_name_length_limit: 8 },
    scraped: 1,
    error: '"a" has the label name "long_label"',
  },
  {
    name: 'label_value_length_limit',
    keys: { label_value_length_limit: 4 },
    scraped: 1,
    error: '"a" has a value of the label "long_label" longer than the limit of 4 bytes',
  },
  {
    name: 'body_size_limit',
    keys: { body_size_limit: '20B' },
    scraped: 0,
    error: 'the answer is larger than 20 bytes',
  },
])('$name fails the scrape whole, every time', async ({ keys, error, scraped }) => {
  server.handler = answering('a{long_label="value"} 1\nb 2\n');
  const loop = loopWith(keys);
  for (const time of [1000, 2000]) {
    await loop.scrape(time);
    expect(sink.last()).toEqual([]);
    expect(sink.reports()).toMatchObject({ up: 0, scrape_samples_scraped: scraped });
    expect(loop.status()).toMatchObject({ health: 'down' });
    expect(loop.status().lastError).toContain(error);
  }
});

test.each([
  {
    name: 'a status',
    handler: (_: unknown, r: Response_) => r.writeHead(503).end('x'),
    error: 'the server answered HTTP status 503 Service Unavailable',
  },
  {
    name: 'HTML',
    handler: answering('<html>', 'text/html; charset=utf-8'),
    error: 'the answer is "text/html; charset=utf-8", not metrics (at ',
  },
  {
    name: 'a cut off OpenMetrics answer',
    handler: answering('a 1\n', 'application/openmetrics-text; version=1.0.0'),
    error: 'line 2, column 1: expected # EOF',
  },
  {
    name: 'a bad line',
    handler: answering('ok 1\nbad line\n'),
    error: 'line 2, column 5: expected a value, found "line"',
  },
  {
    name: 'a connection closed in the middle',
    handler: (_: unknown, r: Response_) =>
      r.writeHead(200, { 'content-length': '100' }).write('a 1\n', () => r.destroy()),
    error: 'the connection was closed before the answer was complete',
  },
  {
    name: 'broken gzip',
    handler: (_: unknown, r: Response_) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'),
    error: 'the answer is not valid gzip',
  },
  {
    name: 'an unknown encoding',
    handler: (_: unknown, r: Response_) => r.writeHead(200, { 'content-encoding': 'br' }).end('x'),
    error: 'the answer has the encoding "br", not gzip',
  },
])('$name makes the target down and says why', async ({ handler, error }) => {
  server.handler = handler;
  const loop = loopWith();
  await loop.scrape(0);
  expect(sink.reports()).toMatchObject({ up: 0 });
  expect(loop.status().lastError).toContain(error.replace(' (at ', ''));
});
type Response_ = Parameters<TestServer['handler']>[1];

test('a compression bomb is refused at the limit', async () => {
  const bomb = gzipSync(Buffer.alloc(20_000_000, 'a'));
  server.handler = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
  const loop = loopWith({ body_size_limit: '1MB' });
  await loop.scrape(0);
  expect(loop.status().lastError).toContain('the answer is larger than 1048576 bytes');
});

test('packed answers, redirects and answers without a Content-Type are taken', async () => {
  server.handler = (request, response) => {
    if (request.url === '/metrics') response.writeHead(307, { location: '/metrics/' }).end();
    else response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('a 1\n'));
  };
  await loopWith().scrape(0);
  expect(sink.last()).toEqual([`a{${OWN}} 1 @0`]);
  const stubborn = loopWith({ follow_redirects: false });
  await stubborn.scrape(0);
  expect(stubborn.status().lastError).toBe('the server answered HTTP status 307 Temporary Redirect');
});

test('a server that never ends its answer runs into the timeout', async () => {
  server.handler = (_, response) => void response.writeHead(200).write('a 1\n');
  const loop = loopWith({ scrape_timeout: '50ms' });
  await loop.scrape(0);
  expect(loop.status().lastError).toContain('no whole answer within 0.05 s');
});

test('exemplars come once, until there is a new one', async () => {
  const loop = loopWith();
  const bodies = ['{trace_id="a"} 0.5 1', '{trace_id="a"} 0.5 1', '{trace_id="b"} 0.7'];
  for (const [i, exemplar] of bodies.entries()) {
    server.handler = answering(`h_bucket{le="1"} ${i} # ${exemplar}\n# EOF\n`, 'application/openmetrics-text');
    await loop.scrape(i * 1000);
  }
  expect(sink.batches.map(({ exemplars }) => exemplars)).toEqual([
    [{ seriesIndex: 0, labels: [['trace_id', 'a']], value: 0.5, timestampMs: 1000 }],
    [],
    [{ seriesIndex: 0, labels: [['trace_id', 'b']], value: 0.7, timestampMs: 2000 }],
  ]);
});

test('when the store refuses, the samples are lost and counted, and what had vanished is told again', async () => {
  const loop = loopWith();
  server.handler = answering('a 1\nb 1\n');
  await loop.scrape(1000);
  sink.refuse = new SondeError('the queue is full', { kind: 'overloaded', code: 'store-overloaded' });
  server.handler = answering('a 2\n');
  await loop.scrape(2000);
  expect(loop.status()).toMatchObject({ health: 'up', lastError: 'scraped, but not stored: the queue is full' });
  expect(ledger.totals().find(({ reason }) => reason === 'scrape-store-unavailable')).toMatchObject({
    outcome: 'dropped',
    count: 7,
  });
  sink.refuse = undefined;
  server.handler = answering('a 3\n');
  await loop.scrape(3000);
  expect(sink.last()).toEqual([`a{${OWN}} 3 @3000`, `b{${OWN}} stale @3000`]);
  expect(loop.status()).toMatchObject({ health: 'up', lastError: '' });
});

test('churning series are forgotten and the rest stays the same series', async () => {
  const loop = loopWith();
  for (let round = 0; round < 12; round++) {
    const churn = Array.from({ length: 300 }, (_, i) => `c{pod="${round}-${i}"} 1\n`).join('');
    server.handler = answering(`${churn}a ${round}\n`);
    await loop.scrape(round * 1000);
    expect(sink.reports()).toMatchObject({ scrape_series_added: round === 0 ? 301 : 300, up: 1 });
    expect(sink.last().filter((text) => text.includes('stale'))).toHaveLength(round === 0 ? 0 : 300);
  }
});

test('rounds come on the grid of the interval, one after the other', async () => {
  server.handler = answering('a 1\n');
  const loop = loopWith({ scrape_interval: '10s' });
  loop.start();
  clock.advance(10_000);
  await sink.received(1);
  const [first] = sink.contexts.map(({ receivedUnixMs }) => receivedUnixMs);
  for (let round = 2; round <= 3; round++) {
    while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(10_000);
    await sink.received(round);
  }
  await loop.stop(false);
  expect(sink.contexts.map(({ receivedUnixMs }) => receivedUnixMs - first!)).toEqual([0, 10_000, 20_000]);
  expect(clock.waiting).toBe(0);
});
