import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { openEmbeddedStore, type EmbeddedStore } from '../../../test/promql/embedded-source.ts';
import { DEFAULT_TENANT } from '../../model/sink.ts';
import { queryConfig } from '../../query/config.ts';
import { makePromqlEngine } from '../../query/promql/index.ts';
import { Ledger } from '../../self/ledger.ts';
import { silentLogger } from '../../self/logger.ts';
import { makeRegistry } from '../../self/metrics.ts';
import * as vocabulary from '../../vocabulary/catalogue.ts';
import { serverConfig } from '../config.ts';
import { makeHttpServer, type HttpServer } from '../server.ts';
import { limitsConfig, pricesConfig } from './config.ts';
import { ENDPOINTS, type EndpointName, type ResponseOf } from './contract.ts';
import { metricsReader, sondeRoutes, type SondeDeps } from './index.ts';
import { storyMetrics, storySpans, WRONG_MS } from './world.fixture.ts';

/** The engine itself drops what is older than the retention, so the story ends now. */
const NOW = Math.floor(Date.now() / 60_000) * 60_000;
const MINUTE_MS = 60_000;
let embedded: EmbeddedStore;
let server: HttpServer;
const ledger = new Ledger();

beforeAll(async () => {
  embedded = await openEmbeddedStore(() => NOW);
  const { store } = embedded;
  const context = { tenant: DEFAULT_TENANT, source: 'otlp-http', receivedUnixMs: NOW };
  await store.sink.metrics(storyMetrics(NOW), context);
  await store.sink.spans(storySpans(NOW), context);
  await store.flushLedger();
  ledger.record({
    tenant: DEFAULT_TENANT,
    signal: 'traces',
    outcome: 'kept',
    reason: '',
    source: 'otlp-http',
    count: 43,
    bytes: 0,
  });
  const engine = makePromqlEngine({ reader: store.reader, settings: queryConfig.parse({}), vocabulary });
  const deps: SondeDeps = {
    reader: store.reader,
    metrics: metricsReader(engine),
    ledger,
    logger: silentLogger(),
    limits: limitsConfig.parse({}),
    prices: pricesConfig.parse({ models: { llama: { input_per_million: 0.1, output_per_million: 0.4 } } }),
    status: {
      version: '0.1.0',
      demo: false,
      startedUnixMs: NOW - 3_600_000,
      addresses: () => ({ http: 'http://127.0.0.1:4600', otlpHttp: null, otlpGrpc: null }),
      store: () => ({ state: 'ready', mode: 'embedded', detail: null }),
      writeLagMs: () => 0,
    },
    targets: () => ({
      targets: [],
      found: [],
      discovery: { enabled: true, intervalMs: 30_000, lastRoundUnixMs: null },
    }),
    policies: () => [],
    retentionMs: () => 86_400_000,
    nowMs: () => NOW,
    tenant: DEFAULT_TENANT,
  };
  server = makeHttpServer({
    settings: serverConfig.parse({}),
    logger: silentLogger(),
    registry: makeRegistry(),
    webRoot: '/nowhere',
    notReadyReason: () => undefined,
  });
  server.mount(async (app) => sondeRoutes(app, deps, 'light'));
  server.mountQueries(async (app) => sondeRoutes(app, deps, 'queries'));
});

afterAll(async () => {
  await server.stop();
  await embedded.close();
});

/** The answer, held to the contract: no key too many, none missing. */
async function get<N extends EndpointName>(name: N, url: string): Promise<ResponseOf<N>> {
  const reply = await server.app.inject({ url: `/sonde/api/v1${url}`, headers: { host: 'localhost' } });
  expect(reply.statusCode, reply.body).toBe(200);
  const parsed = (ENDPOINTS[name].response as z.ZodType).safeParse(reply.json());
  expect(parsed.error?.issues).toBeUndefined();
  return reply.json();
}

async function refusal(url: string): Promise<{ status: number; code: string; where: string | null }> {
  const reply = await server.app.inject({ url: `/sonde/api/v1${url}`, headers: { host: 'localhost' } });
  const { error } = reply.json<{ error: { code: string; where: string | null } }>();
  return { status: reply.statusCode, code: error.code, where: error.where };
}

const sentence = (parts: { kind: string; text?: string; value?: number }[]): string =>
  parts.map((part) => part.text ?? String(Number(part.value!.toPrecision(2)))).join('');

describe('overview', () => {
  test('tells the incident: who waits, since when, what is full, where time goes', async () => {
    const answer = await get('overview', '/overview?from=now-40m&step=15s');
    const { verdict, rows, fleet, t } = answer;
    if ('error' in verdict || 'error' in rows.experience || 'error' in rows.time) throw new Error('a panel failed');
    if ('error' in rows.saturation || 'error' in rows.cost || 'error' in rows.safety) throw new Error('a panel failed');
    if ('error' in fleet) throw new Error('a panel failed');
    expect(t.at(-1)).toBe(NOW / 1000);
    expect(verdict.state).toBe('bad');

    const { experience } = rows;
    expect(experience.figure).toMatchObject({
      unit: 's',
      what: 'time to first token, p95',
      state: 'bad',
      basis: 'server-metrics',
    });
    expect(experience.figure.value).toBeGreaterThan(2.5);
    expect(experience.chart!.series[0]).toMatchObject({ name: 'llama', role: 'main' });
    expect(experience.chart!.series[0]!.values).toHaveLength(t.length);
    expect(experience.chart!.series.map(({ name }) => name)).toContain('gpt');
    expect(experience.chart!.exemplars).toMatchObject([{ traceId: '1'.padStart(32, '0'), overLimit: true }]);
    expect(Math.abs(experience.sinceUnixMs! - (NOW - WRONG_MS))).toBeLessThan(2 * MINUTE_MS);
    expect(sentence(experience.budget!.parts)).toMatch(/over the 2 limit$/);

    expect(rows.time.basis).toBe('server-metrics');
    expect(rows.time.figure.value).toBeCloseTo(3 / 5.3, 1);
    expect(rows.time.chart!.series.map(({ key }) => key)).toEqual(['queue', 'prefill', 'decode', 'retrieval']);
    expect(sentence(rows.time.explanation!.parts)).toMatch(/of the rise is queue on llama$/);

    expect(rows.saturation.figure).toMatchObject({
      value: 64,
      unit: 'requests',
      what: 'queue, vllm-2:8000',
      state: 'bad',
    });
    expect(rows.saturation.lanes.map(({ resource, now, note }) => [resource, now, note])).toEqual([
      ['kv-cache', 0.99, null],
      ['queue', 64, null],
      ['gpu-memory', 0.8875, 'pre-allocated'],
      ['gpu-compute', 0.78, null],
    ]);
    expect(rows.saturation.partial[0]).toContain('tgi-1:80');

    expect(rows.cost.figure.unit).toBe('usd/1M-tokens');
    // 800 output and 11,600 input tokens a second, a quarter of the input from the cache at the same price.
    expect(rows.cost.figure.value).toBeCloseTo((800 * 0.4 + 11_600 * 0.1) / 800, 1);
    expect(rows.cost.partial[0]).toContain('gpt');

    expect(fleet).toMatchObject({ models: 3, servers: 3, gpus: 1 });
    const [first] = fleet.rows;
    expect(first).toMatchObject({
      model: 'llama',
      engine: 'vLLM',
      state: 'bad',
      running: 60,
      waiting: 64,
      headroom: null,
    });
    expect(first!.servers.map(({ cellsAre }) => cellsAre)).toEqual(['gpu', 'server']);
    expect(first!.servers[1]!.cells[0]).toMatchObject({ overLimit: true, resource: 'queue' });
    expect(fleet.rows.map(({ model }) => model).sort()).toEqual(['gpt', 'llama', 'tgi']);

    expect(answer.markers.map(({ kind }) => kind).sort()).toEqual(['server-start', 'server-start', 'target-down']);
    expect(sentence(verdict.parts)).toMatch(/^llama users wait 4\.\d for the first token; the limit is 2$/);
    expect(verdict).toMatchObject({ subject: 'llama', row: 'experience', action: { label: 'Open the worst trace' } });
    expect(verdict.others.map(({ parts }) => sentence(parts))).toContain('64 wait at vllm-2:8000; the limit is 32');
  });

  test('falls back to spans for models that no server tells of', async () => {
    const { rows, verdict, notApplied } = await get('overview', '/overview?from=now-40m&model=gpt');
    if ('error' in rows.experience || 'error' in verdict) throw new Error('a panel failed');
    expect(rows.experience.basis).toBe('client-spans');
    expect(rows.experience.figure.value).toBeCloseTo(0.3, 1);
    expect(rows.experience.chart!.query).toBeNull();
    // 1 of the 5 calls of the last five minutes failed: told, but too few to raise an alarm.
    expect(rows.experience.subFigures[0]).toMatchObject({ what: 'errors', value: 0.2, state: 'warn' });
    expect(verdict.state).not.toBe('bad');
    expect(notApplied.map(({ row }) => row)).toContain('safety');
  });

  test('without data nothing is good: unknown, and empty rows that say what is missing', async () => {
    const { rows, verdict } = await get('overview', '/overview?from=now-30d&to=now-29d');
    if ('error' in verdict) throw new Error('a panel failed');
    expect(verdict.state).toBe('unknown');
    for (const row of Object.values(rows)) {
      expect(row).toMatchObject({ state: 'unknown', empty: { kind: 'not-in-range' }, figure: { value: null } });
    }
  });

  test('a long range has figures of its last five minutes', async () => {
    const { rows, range } = await get('overview', '/overview?from=now-7d');
    if ('error' in rows.experience) throw new Error('a panel failed');
    expect(range.stepMs).toBeGreaterThan(300_000);
    expect(rows.experience.figure).toMatchObject({ windowSeconds: 300, state: 'bad' });
  });
});

describe('models and servers', () => {
  test('list', async () => {
    const { models } = await get('models', '/models?from=now-40m');
    const llama = models.find(({ model }) => model === 'llama')!;
    expect(llama).toMatchObject({ engines: ['vLLM'], running: 60, waiting: 64, state: 'bad', basis: 'server-metrics' });
    expect(llama.servers.map(({ instance, kvCacheRatio }) => [instance, kvCacheRatio])).toEqual([
      ['vllm-1:8000', 0.5],
      ['vllm-2:8000', 0.99],
    ]);
    expect(llama.servers[1]).toMatchObject({
      prefixHitRatio: 0.25,
      cellStates: { kvCacheRatio: 'bad', waiting: 'bad' },
    });
    expect(llama.servers[1]!.preemptionsPerMinute).toBeCloseTo(30, 0);
    expect(llama.servers[0]).toMatchObject({ gpus: 1, gpuComputeRatio: 0.78 });
    expect(models.find(({ model }) => model === 'gpt')).toMatchObject({
      servers: [],
      running: null,
      basis: 'client-spans',
    });
  });

  test('one model, one server', async () => {
    const model = await get('model', '/models/llama?from=now-40m');
    expect(model.charts.map((chart) => ('error' in chart ? chart.error.code : chart.id))).toEqual([
      'kv-cache',
      'requests',
      'preemptions',
      'output-tokens',
      'ttft',
      'input-tokens',
      'request-rate',
      'prefix-cache',
    ]);
    const one = await get('server', '/servers/vllm-2%3A8000?from=now-40m');
    expect(one.server.instance).toBe('vllm-2:8000');
    expect(one.markers).toHaveLength(1);
    const [kvCache] = one.charts;
    if (kvCache === undefined || 'error' in kvCache) throw new Error('a panel failed');
    expect(kvCache).toMatchObject({ now: 0.99, state: 'bad' });
    expect(kvCache.chart.series).toHaveLength(1);
    expect(kvCache.infos.join(' ')).toContain('vllm:kv_cache_usage_perc');
  });

  test.each([
    { url: '/models/nobody', code: 'model-unknown' },
    { url: '/servers/nowhere:1', code: 'server-unknown' },
  ])('unknown: $url', async ({ url, code }) => {
    expect(await refusal(url)).toMatchObject({ status: 404, code });
  });
});

describe('traces', () => {
  test('list, volume and facets', async () => {
    const { rows, matched, volume, facets } = await get('traces', '/traces?from=now-1h&model=llama&sort=ttft');
    expect(rows).toMatchObject([
      { rootName: 'invoke_agent support', spans: 3, inputTokens: 6214, outputTokens: 212, ttftSeconds: 4.5 },
    ]);
    expect(matched).toBe(1);
    if ('error' in volume || 'error' in facets) throw new Error('a panel failed');
    expect(facets.find(({ key }) => key === 'model')!.values[0]).toEqual({ value: 'gpt', count: 40 });
  });

  test('one trace: tree, phases, cost, critical path', async () => {
    const trace = await get('trace', `/traces/${'1'.padStart(32, '0')}`);
    expect(trace.spans.map(({ name, depth, category }) => [name, depth, category])).toEqual([
      ['invoke_agent support', 0, 'agent'],
      ['retrieval kb', 1, 'retrieval'],
      ['chat llama', 1, 'model'],
    ]);
    expect(trace).toMatchObject({
      durationMs: 10_000,
      errors: 0,
      firstTokenOffsetMs: 5500,
      phasesFrom: 'time-to-first-token',
    });
    expect(trace.costUsd).toBeCloseTo((6214 * 0.1 + 212 * 0.4) / 1e6, 9);
    expect(trace.criticalPath.reduce((sum, { durationMs }) => sum + durationMs, 0)).toBeCloseTo(10_000);
  });

  test('its engine, matched by the address that a span names', async () => {
    const engine = await get('traceEngine', `/traces/${'1'.padStart(32, '0')}/engine`);
    expect(engine).toMatchObject({ instance: 'vllm-2:8000', matchedBy: 'server-address' });
    expect(engine.charts).toHaveLength(4);
  });

  test.each([
    { url: `/traces/${'e'.repeat(32)}`, status: 404, code: 'trace-unknown' },
    { url: '/traces/xyz', status: 400, code: 'trace-bad-id' },
    { url: '/traces?from=yesterday', status: 400, code: 'sonde-bad-time' },
    { url: '/traces?from=now&to=now-1h', status: 400, code: 'sonde-bad-time' },
    { url: '/traces?limit=0', status: 400, code: 'sonde-bad-parameter' },
    { url: '/traces?cursor=x', status: 400, code: 'traces-bad-cursor' },
    { url: '/overview?step=1ms', status: 400, code: 'sonde-bad-time' },
    { url: '/logs?severity=loud', status: 400, code: 'logs-bad-severity' },
    { url: '/logs?traceId=zz', status: 400, code: 'trace-bad-id' },
  ])('$url is refused', async ({ url, status, code }) => {
    expect(await refusal(url)).toMatchObject({ status, code });
  });
});

test('logs, volume, safety, filters, names, targets and status keep the contract', async () => {
  await get('logs', '/logs?from=now-1h');
  await get('logVolume', '/logs/volume?from=now-1h');
  const safety = await get('safety', '/safety?from=now-1h');
  if ('error' in safety.series) throw new Error('a panel failed');
  expect(safety.series.active).toBeGreaterThan(50);
  const filters = await get('filters', '/filters?from=now-40m');
  expect(filters.models.map(({ value }) => value).sort()).toEqual(['gpt', 'llama', 'tgi']);
  expect(filters.services).toEqual([{ value: 'support-rag', requests: 41, share: 1 }]);
  const { metrics } = await get('metricNames', '/metrics/names?q=kv_cache');
  expect(metrics.map(({ name, origin }) => [name, origin])).toEqual([
    ['gen_ai_server_kv_cache_usage_ratio', 'canonical'],
    ['vllm:kv_cache_usage_perc', 'native'],
  ]);
  await get('targets', '/targets');
  const status = await get('status', '/status');
  expect(status.everReceived).toEqual({ metrics: true, traces: true, logs: false });
  expect(status.arrivals.find(({ key }) => key === 'otlp-http')).toMatchObject({
    arrived: true,
    detail: 'metrics, traces',
  });
});

test('the OpenAPI document names every endpoint', async () => {
  const reply = await server.app.inject({ url: '/sonde/api/v1/openapi.json', headers: { host: 'localhost' } });
  const { openapi, paths } = reply.json<{ openapi: string; paths: Record<string, object> }>();
  expect(openapi).toBe('3.1.0');
  expect(Object.keys(paths)).toHaveLength(Object.keys(ENDPOINTS).length);
  expect(paths['/sonde/api/v1/traces/{traceId}']).toBeDefined();
});
