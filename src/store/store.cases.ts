import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TENANT } from '../model/sink.ts';
import type { IngestContext } from '../model/sink.ts';
import { RESET_HINT } from '../model/histogram.ts';
import { MetricBatch } from '../model/sample.ts';
import { makeSeries } from '../model/series.ts';
import { Ledger } from '../self/ledger.ts';
import { silentLogger } from '../self/logger.ts';
import type { StoreSettings } from './config.ts';
import { sampleLogs, sampleMetrics, sampleSpans } from './sample-batches.ts';
import type { Store } from './store.ts';
import { openStore } from './store.ts';
import { readLogs } from './logs/reader.ts';
import { traceById } from './traces/reader.ts';

const DAY_MS = 86_400_000;
/** Noon of this day: the engine counts the age of rows by its own clock. */
const NOW = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2;
const TODAY = new Date(NOW).toISOString().slice(0, 10);

const CONTEXT: IngestContext = { tenant: DEFAULT_TENANT, source: 'test', receivedUnixMs: NOW };

/** What a store does, embedded or remote. */
export function storeCases(mode: string, prepare: () => Promise<StoreSettings>): void {
  describe(`${mode} store`, () => {
    let store: Store;
    let settings: StoreSettings;
    const ledger = new Ledger();
    const open = (): Promise<Store> =>
      openStore(settings, { logger: silentLogger(), registry: new Registry(), ledger, nowMs: () => NOW });

    beforeAll(async () => {
      settings = await prepare();
      store = await open();
    });

    afterAll(() => store?.stop());

    async function number(sql: string): Promise<number> {
      return (await store.reader.columns(sql)).numbers('n')[0]!;
    }

    test('spans are there, whole, when the promise resolves', async () => {
      const batch = sampleSpans({ count: 64, unixMs: NOW, seed: 1 });
      expect(await store.sink.spans(batch, CONTEXT)).toEqual({ accepted: 64, rejected: [] });
      const traceId = Buffer.from(batch.traceId.subarray(0, 16)).toString('hex');
      const trace = await traceById(store.reader, DEFAULT_TENANT, traceId);
      expect(trace?.spans).toHaveLength(8);
      expect(trace?.spans[0]).toEqual({
        traceId,
        spanId: '0000000200000001',
        parentSpanId: '',
        service: 'chat',
        name: 'POST /chat',
        startUnixNano: BigInt(NOW) * 1_000_000n,
        durationNano: 1_000_000n,
        kind: 3,
        statusCode: 2,
        statusMessage: 'timeout',
        traceState: '',
        flags: 0,
        scopeName: 'opentelemetry.instrumentation.openai',
        scopeVersion: '0.40.1',
        genAi: {
          operation: 'chat',
          provider: 'vllm',
          requestModel: 'meta-llama/Llama-3.1-8B-Instruct',
          responseModel: 'meta-llama/Llama-3.1-8B-Instruct',
          inputTokens: 100,
          outputTokens: 20,
          timeToFirstTokenSeconds: 0.25,
          finishReason: 'stop',
          dialect: 'otel-genai',
        },
        resource: {
          'service.name': 'chat',
          'service.version': '1.4.2',
          'k8s.pod.name': 'chat-7d4f9c6b5-x2x9p',
          'process.pid': '4242',
        },
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.request.model': 'meta-llama/Llama-3.1-8B-Instruct',
          'gen_ai.response.model': 'meta-llama/Llama-3.1-8B-Instruct',
          'gen_ai.usage.input_tokens': 100,
          'gen_ai.usage.output_tokens': 20,
          'gen_ai.request.temperature': 0.7,
          'gen_ai.response.id': 'chatcmpl-1-0-8f1c2d3e4f5a6b7c',
          'gen_ai.response.finish_reasons': '["stop"]',
          'gen_ai.request.is_stream': true,
          'server.address': 'vllm-0.vllm.default.svc.cluster.local',
          'http.response.status_code': 200,
          'url.full': 'http://vllm-0.vllm.default.svc.cluster.local:8000/v1/chat/completions',
        },
        droppedBytes: { 'gen_ai.input.messages': 2048 },
        events: [
          {
            timeUnixNano: BigInt(NOW) * 1_000_000n + 500n,
            name: 'exception',
            attributes: { 'exception.type': 'TimeoutError' },
          },
        ],
        links: [{ traceId, spanId: '0000000000000000', traceState: '', attributes: { retry: '1' } }],
      });
      expect(trace?.spans[1]?.parentSpanId).toBe('0000000200000001');
    });

    test('a trace that is not there is undefined', async () => {
      expect(await traceById(store.reader, DEFAULT_TENANT, 'f'.repeat(32))).toBeUndefined();
      expect(await traceById(store.reader, 'another', '0'.repeat(32))).toBeUndefined();
    });

    test('log records are there, without those a processor removed', async () => {
      const batch = sampleLogs({ count: 20, unixMs: NOW, seed: 2 });
      batch.removed[3] = 1;
      batch.attributes.remove(0);
      expect(await store.sink.logs(batch, CONTEXT)).toEqual({ accepted: 20, rejected: [] });
      const records = await readLogs(store.reader, {
        tenant: DEFAULT_TENANT,
        fromUnixNano: BigInt(NOW) * 1_000_000n,
        toUnixNano: BigInt(NOW + 1000) * 1_000_000n,
        limit: 100,
      });
      expect(records).toHaveLength(19);
      expect(records.at(-1)).toMatchObject({
        service: 'gateway',
        timeUnixNano: BigInt(NOW) * 1_000_000n,
        severityNumber: 17,
        severityText: 'ERROR',
        attributes: { 'request.id': 'req-2-0', latency_ms: 0 },
        traceId: '00000000000000000000000000000001',
      });
      expect(records.at(-1)?.body).toContain('line 2:0 served');
    });

    test('samples, staleness markers and series are there', async () => {
      const batch = sampleMetrics({ count: 100, unixMs: NOW, seed: 3 });
      batch.addStale(7, NOW + 15_000);
      expect(await store.sink.metrics(batch, CONTEXT)).toEqual({ accepted: 101, rejected: [] });
      expect(await number("SELECT count() AS n FROM samples WHERE tenant = 'default'")).toBe(101);
      expect(await number('SELECT countIf(reinterpretAsUInt64(value) = 0x7ff0000000000002) AS n FROM samples')).toBe(1);
      const set = await store.reader.columns(
        `SELECT labels['le'] AS le, value, samples.time AS time FROM samples
         INNER JOIN series ON series.fingerprint = samples.fingerprint AND series.metric = samples.metric
         WHERE samples.metric = {metric:String} AND labels['le'] = '7' ORDER BY time LIMIT 1`,
        { params: { metric: 'vllm:metric_7_total' } },
      );
      expect(set.strings('le')).toEqual(['7']);
      expect(set.numbers('value')[0]).toBe(3007);
      expect(set.get('time')).toEqual({ kind: 'big', values: BigInt64Array.of(BigInt(NOW)) });
    });

    test('a series is written once a day, however often it is sampled', async () => {
      const before = await number('SELECT count() AS n FROM series');
      for (let i = 0; i < 3; i++)
        await store.sink.metrics(sampleMetrics({ count: 100, unixMs: NOW + i, seed: 3 }), CONTEXT);
      expect(await number('SELECT count() AS n FROM series')).toBe(before);
      await store.sink.metrics(sampleMetrics({ count: 100, unixMs: NOW - DAY_MS, seed: 3 }), CONTEXT);
      expect(await number('SELECT count() AS n FROM series')).toBe(before + 100);
    });

    test('histograms, exemplars and metadata are there; repeated ones once', async () => {
      const make = (): MetricBatch => {
        const batch = new MetricBatch();
        const seriesIndex = batch.addSeries(makeSeries('latency_seconds', [['job', 'vllm']]));
        batch.histograms.push({
          seriesIndex,
          timestampMs: NOW,
          histogram: {
            schema: -3,
            count: 5,
            sum: 1.5,
            zeroThreshold: 1e-9,
            zeroCount: 1,
            positiveSpans: [
              { offset: -2, length: 1 },
              { offset: 3, length: 2 },
            ],
            positiveCounts: [1, 2, 1],
            negativeSpans: [],
            negativeCounts: [],
            customBounds: [],
            resetHint: RESET_HINT.RESET,
          },
        });
        batch.exemplars.push({ seriesIndex, timestampMs: NOW, value: 0.2, labels: [['trace_id', 'abc']] });
        batch.metadata.push({ family: 'latency_seconds', type: 'histogram', help: 'How long.', unit: 'seconds' });
        return batch;
      };
      expect(await store.sink.metrics(make(), CONTEXT)).toEqual({ accepted: 1, rejected: [] });
      await store.sink.metrics(make(), CONTEXT);
      const set = await store.reader.columns(
        'SELECT schema, positive_offsets, positive_lengths, positive_counts, reset_hint FROM native_histograms LIMIT 1',
      );
      expect(set.numbers('schema')[0]).toBe(-3);
      expect(set.get('positive_offsets')).toMatchObject({ values: { values: Int32Array.of(-2, 3) } });
      expect(set.get('positive_counts')).toMatchObject({ values: { values: Float64Array.of(1, 2, 1) } });
      expect(await number("SELECT count() AS n FROM exemplars WHERE labels['trace_id'] = 'abc'")).toBe(1);
      expect(await number("SELECT count() AS n FROM metadata WHERE family = 'latency_seconds'")).toBe(1);
      expect(await number("SELECT count() AS n FROM series WHERE metric = 'latency_seconds'")).toBe(1);
    });

    test.each([
      { name: '1970', unixMs: 0, reason: 'timestamp-too-old' },
      { name: 'older than is kept', unixMs: NOW - 16 * DAY_MS, reason: 'timestamp-too-old' },
      { name: '2200', unixMs: Date.UTC(2200, 0), reason: 'timestamp-too-new' },
      { name: 'two days ahead', unixMs: NOW + 2 * DAY_MS, reason: 'timestamp-too-new' },
    ])('records of $name are rejected and the rest is kept', async ({ unixMs, reason }) => {
      const spans = sampleSpans({ count: 4, unixMs: NOW, seed: 77 });
      spans.startUnixNano[2] = BigInt(unixMs) * 1_000_000n;
      const logs = sampleLogs({ count: 4, unixMs: NOW, seed: 77 });
      logs.timeUnixNano[2] = BigInt(unixMs) * 1_000_000n;
      const metrics = sampleMetrics({ count: 4, unixMs: NOW + 5, seed: 77 });
      metrics.timestampMs[2] = unixMs;
      for (const result of await Promise.all([
        store.sink.spans(spans, CONTEXT),
        store.sink.logs(logs, CONTEXT),
        store.sink.metrics(metrics, CONTEXT),
      ])) {
        expect(result.accepted).toBe(3);
        expect(result.rejected).toEqual([{ reason, count: 1, where: expect.stringContaining(' 2 of ') as string }]);
      }
      expect(await number(`SELECT countIf(toDate(start) != '${TODAY}') AS n FROM spans`)).toBe(0);
    });

    test('a batch sent again with its token is stored once, and answered as before', async () => {
      const context = { ...CONTEXT, deduplicationToken: 'token-1' };
      const make = () => sampleSpans({ count: 10, unixMs: NOW, seed: 500 });
      const [first, second] = await Promise.all([store.sink.spans(make(), context), store.sink.spans(make(), context)]);
      const third = await store.sink.spans(make(), context);
      expect(second).toEqual(first);
      expect(third).toEqual(first);
      expect(await number("SELECT count() AS n FROM spans WHERE startsWith(span_id, unhex('000001F5'))")).toBe(10);
      expect(ledger.totals().find((entry) => entry.reason === 'duplicate-batch')?.count).toBe(20);
    });

    test('batches at the same time share inserts and none is lost', async () => {
      const before = await number("SELECT count() AS n FROM logs WHERE service = 'gateway'");
      const results = await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          store.sink.logs(sampleLogs({ count: 50, unixMs: NOW, seed: 1000 + i }), CONTEXT),
        ),
      );
      expect(results.every((result) => result.accepted === 50)).toBe(true);
      expect(await number("SELECT count() AS n FROM logs WHERE service = 'gateway'")).toBe(before + 3000);
    });

    test('a batch larger than a block is split and whole', async () => {
      const batch = sampleMetrics({ count: 100, unixMs: NOW + 60_000, seed: 9 });
      for (let i = 0; batch.length < 300_000; i++) batch.addSample(i % 100, NOW + 60_000 + i, i);
      expect((await store.sink.metrics(batch, CONTEXT)).accepted).toBe(300_000);
      const from = `fromUnixTimestamp64Milli(${NOW + 60_000})`;
      expect(await number(`SELECT count() AS n FROM samples WHERE time >= ${from}`)).toBe(300_000);
    });

    test('a result without rows still has its columns', async () => {
      const set = await store.reader.columns(
        'SELECT name, start, events.name AS events FROM spans WHERE name = {x:String}',
        {
          params: { x: 'no such name' },
        },
      );
      expect(set.rows).toBe(0);
      expect(set.get('name')).toEqual({ kind: 'string', values: [] });
      expect(set.get('start').kind).toBe('big');
      expect(set.get('events')).toEqual({
        kind: 'array',
        offsets: Uint32Array.of(0),
        values: { kind: 'string', values: [] },
      });
    });

    test('the ledger keeps the account', async () => {
      await store.flushLedger();
      const set = await store.reader.columns(
        "SELECT sum(count) AS n FROM ledger WHERE signal = 'traces' AND outcome = 'kept' AND source = 'test'",
      );
      const kept = ledger.totals().filter((entry) => entry.signal === 'traces' && entry.outcome === 'kept');
      expect(set.numbers('n')[0]).toBe(kept.reduce((sum, entry) => sum + entry.count, 0));
    });

    test.each([
      { name: 'bad SQL', sql: 'SELECT FROM WHERE', kind: 'invalid' },
      { name: 'an unknown column', sql: 'SELECT nothing FROM spans', kind: 'invalid' },
      {
        name: 'too many rows',
        sql: 'SELECT number FROM numbers(100000)',
        limits: { resultRows: 10 },
        kind: 'over-limit',
      },
      {
        name: 'too much memory',
        sql: 'SELECT groupArray(number) FROM numbers(50000000)',
        limits: { memoryBytes: 10_000_000 },
        kind: 'over-limit',
      },
      {
        name: 'too much time',
        sql: 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1',
        limits: { timeoutMs: 100 },
        kind: 'timeout',
      },
    ])('a query fails with its kind: $name', async ({ sql, limits, kind }) => {
      await expect(store.reader.columns(sql, { ...(limits === undefined ? {} : { limits }) })).rejects.toMatchObject({
        name: 'SondeError',
        kind,
      });
    });

    test('an aborted query is canceled', async () => {
      const abort = new AbortController();
      const query = store.reader.columns('SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1', {
        signal: abort.signal,
      });
      setImmediate(() => abort.abort());
      await expect(query).rejects.toMatchObject({ kind: 'canceled' });
    });

    test('stats name every table', async () => {
      const stats = await store.reader.stats();
      expect(stats.find((entry) => entry.table === 'spans')).toMatchObject({
        oldestDay: TODAY,
        newestDay: TODAY,
      });
      expect(stats.find((entry) => entry.table === 'samples')?.bytes).toBeGreaterThan(1000);
      await store.reader.ping();
    });

    test('data and account outlive a restart, and a second start changes no table', async () => {
      const before = await number('SELECT count() AS n FROM spans');
      const ddl = await store.reader.columns(
        'SELECT name, create_table_query AS ddl FROM system.tables WHERE database = currentDatabase() ORDER BY name',
      );
      await store.stop();
      store = await open();
      expect(await number('SELECT count() AS n FROM spans')).toBe(before);
      const again = await store.reader.columns(
        'SELECT name, create_table_query AS ddl FROM system.tables WHERE database = currentDatabase() ORDER BY name',
      );
      expect(again.strings('ddl')).toEqual(ddl.strings('ddl'));
      expect(again.strings('ddl').filter((text) => text.includes('TTL')).length).toBe(8);
    });

    test('a changed age reaches the tables; the oldest days go when a signal is too large', async () => {
      await store.sink.spans(sampleSpans({ count: 100, unixMs: NOW - 2 * DAY_MS, seed: 3000 }), CONTEXT);
      await store.sink.spans(sampleSpans({ count: 100, unixMs: NOW - DAY_MS, seed: 3001 }), CONTEXT);
      await store.stop();
      const before = settings;
      settings = {
        ...settings,
        retention: { ...settings.retention, traces: { ageMs: 5 * DAY_MS, maxBytes: 1 } },
      };
      store = await open();
      const ddl = await store.reader.columns(
        "SELECT create_table_query AS ddl FROM system.tables WHERE name = 'spans'",
      );
      expect(ddl.strings('ddl')[0]).toContain(`toIntervalSecond(${5 * 86_400})`);
      expect(await number('SELECT uniqExact(toDate(start)) AS n FROM spans')).toBe(3);
      const dropped = await store.dropOversize();
      expect(dropped.filter((entry) => entry.table === 'spans')).toHaveLength(2);
      expect(await number('SELECT uniqExact(toDate(start)) AS n FROM spans')).toBe(1);
      expect(await number("SELECT countIf(startsWith(span_id, unhex('00000002'))) AS n FROM spans")).toBe(64);
      expect(await store.dropOversize()).toEqual([]);
      await store.stop();
      settings = before;
      store = await open();
    });

    test('after stop, what comes is refused as unavailable', async () => {
      await store.stop();
      await store.stop();
      const late = store.sink.metrics(sampleMetrics({ count: 1, unixMs: NOW, seed: 1 }), CONTEXT);
      await expect(late).rejects.toMatchObject({ kind: 'unavailable', code: 'store-stopped' });
      expect(store.status().state).toBe('stopped');
      store = await open();
    });
  });
}
