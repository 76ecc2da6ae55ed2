import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, expect, test } from 'vitest';
import { SondeError } from '../model/errors.ts';
import type { IngestResult } from '../model/sink.ts';
import { DEFAULT_TENANT } from '../model/sink.ts';
import { Ledger } from '../self/ledger.ts';
import { silentLogger } from '../self/logger.ts';
import { storeConfig } from './config.ts';
import { sampleLogs, sampleMetrics, sampleSpans } from './sample-batches.ts';
import { openStore } from './store.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'sonde-test-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const KILLS = 6;
const BATCHES = 50;

test('the engine killed under load loses nothing acknowledged and doubles nothing', { timeout: 60_000 }, async () => {
  const settings = storeConfig.parse({ data_dir: dataDir, memory_limit: '1GiB' });
  const store = await openStore(settings, { logger: silentLogger(), registry: new Registry(), ledger: new Ledger() });
  const context = { tenant: DEFAULT_TENANT, source: 'test', receivedUnixMs: Date.now() };
  const NOW = Date.now();
  let refused = 0;
  let stop = false;

  /** Sends batches one after the other, each again while it is refused as a client would; returns those acknowledged. */
  async function send(first: number, write: (seed: number) => Promise<IngestResult>): Promise<number[]> {
    const acknowledged: number[] = [];
    for (let seed = first; !stop || acknowledged.length < BATCHES; seed += 10) {
      for (;;) {
        try {
          await write(seed);
          acknowledged.push(seed);
          break;
        } catch (cause) {
          if (!(cause instanceof SondeError) || cause.kind !== 'unavailable') throw cause;
          expect(cause.retryAfterMs).toBeGreaterThan(0);
          refused++;
          // A query waits until the engine is back.
          await store.reader.columns('SELECT 1').catch(() => undefined);
        }
      }
    }
    return acknowledged;
  }

  const senders = Promise.all([
    send(1, (seed) => store.sink.spans(sampleSpans({ count: 40, unixMs: NOW, seed }), context)),
    send(2, (seed) => store.sink.spans(sampleSpans({ count: 40, unixMs: NOW, seed }), context)),
    send(3, (seed) => store.sink.logs(sampleLogs({ count: 40, unixMs: NOW, seed }), context)),
    send(4, (seed) => store.sink.logs(sampleLogs({ count: 40, unixMs: NOW, seed }), context)),
    send(5, (seed) => store.sink.metrics(sampleMetrics({ count: 40, unixMs: NOW + seed, seed }), context)),
  ]);
  for (let kill = 1; kill <= KILLS; kill++) {
    await store.reader.columns('SELECT 1').catch(() => undefined);
    const pid = Number(/PID: (\d+)/.exec(readFileSync(join(dataDir, 'engine/status'), 'utf8'))![1]);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => store.status().restarts, { interval: 1, timeout: 10_000 }).toBe(kill);
    if (store.status().state !== 'ready') {
      const meanwhile = store.sink.logs(sampleLogs({ count: 1, unixMs: NOW, seed: 0 }), context);
      await expect(meanwhile).rejects.toMatchObject({ kind: 'unavailable', retryAfterMs: 1000 });
      refused++;
    }
    await expect.poll(() => store.status().state, { interval: 5, timeout: 10_000 }).toBe('ready');
  }
  stop = true;
  const [spansA, spansB, logsA, logsB, metrics] = await senders;

  const spans = await store.reader.columns(
    `SELECT reinterpretAsUInt32(reverse(substring(span_id, 1, 4))) - 1 AS seed, count() AS n, uniqExact(span_id) AS u
     FROM spans GROUP BY seed`,
  );
  expectEach(spans.numbers('seed'), [...spansA, ...spansB]);
  expect(new Set(Array.from(spans.numbers('n')))).toEqual(new Set([40]));
  expect(new Set(Array.from(spans.numbers('u')))).toEqual(new Set([40]));
  const logs = await store.reader.columns(
    `SELECT toUInt32(extract(body, 'line (\\\\d+):')) AS seed, count() AS n FROM logs GROUP BY seed`,
  );
  expectEach(logs.numbers('seed'), [...logsA, ...logsB]);
  expect(new Set(Array.from(logs.numbers('n')))).toEqual(new Set([40]));
  const samples = await store.reader.columns(
    `SELECT toInt64(toUnixTimestamp64Milli(time)) - {now:Int64} AS seed, uniqExact(fingerprint) AS n
     FROM samples GROUP BY seed`,
    { params: { now: NOW } },
  );
  expectEach(samples.numbers('seed'), metrics);
  expect(new Set(Array.from(samples.numbers('n')))).toEqual(new Set([40]));
  const orphans = await store.reader.columns(
    'SELECT count() AS n FROM samples WHERE (metric, fingerprint) NOT IN (SELECT metric, fingerprint FROM series)',
  );
  expect(orphans.numbers('n')[0]).toBe(0);
  const traces = await store.reader.columns(
    'SELECT count() AS n FROM spans WHERE trace_id NOT IN (SELECT trace_id FROM trace_times)',
  );
  expect(traces.numbers('n')[0]).toBe(0);
  await store.stop();
  expect(refused).toBeGreaterThan(0);
});

function expectEach(got: ArrayLike<number>, want: readonly number[]): void {
  expect(Array.from(got).sort((a, b) => a - b)).toEqual([...want].sort((a, b) => a - b));
}
