import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { MetricBatch } from '../../src/model/sample.ts';
import { makeSeries } from '../../src/model/series.ts';
import { spansOfBuckets, type FloatHistogram } from '../../src/query/promql/histogram/float-histogram.ts';
import { METRIC_NAME } from '../../src/query/promql/label-set.ts';
import type { Source } from '../../src/query/promql/source.ts';
import { StoreSource } from '../../src/query/promql/store-source.ts';
import { Ledger } from '../../src/self/ledger.ts';
import { silentLogger } from '../../src/self/logger.ts';
import { storeConfig } from '../../src/store/config.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import type { LoadedSeries } from './fixture-store.ts';

/** An embedded store in a folder of its own, and sources over it, one tenant each. */
export interface EmbeddedStore {
  readonly store: Store;
  /** Writes series and gives the source that reads them back. */
  sourceOf(series: readonly LoadedSeries[]): Promise<Source>;
  close(): Promise<void>;
}

export async function openEmbeddedStore(nowMs = Date.now): Promise<EmbeddedStore> {
  const folder = await mkdtemp(join(tmpdir(), 'sonde-promql-'));
  const settings = storeConfig.parse({
    data_dir: folder,
    fsync: false,
    retention: { metrics: { age: '60y' }, traces: { age: '7d' }, logs: { age: '7d' } },
  });
  const store = await openStore(settings, {
    logger: silentLogger(),
    registry: new Registry(),
    ledger: new Ledger(),
    nowMs,
  });
  let tenants = 0;
  return {
    store,
    async sourceOf(series) {
      const tenant = `tenant-${tenants++}`;
      const { rejected } = await store.sink.metrics(batchOf(series), {
        tenant,
        source: 'test',
        receivedUnixMs: nowMs(),
      });
      if (rejected.length > 0) throw new Error(`the store rejected samples: ${JSON.stringify(rejected)}`);
      return new StoreSource({ reader: store.reader, tenant, timeoutMs: 60_000, memoryBytes: 2e9 });
    },
    async close() {
      await store.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function batchOf(loaded: readonly LoadedSeries[]): MetricBatch {
  const batch = new MetricBatch();
  for (const { labels, samples } of loaded) {
    const own = [...labels].filter(([name]) => name !== METRIC_NAME);
    const index = batch.addSeries(makeSeries(labels.get(METRIC_NAME), own));
    for (const { timeMs, value } of samples) {
      if (value === 'stale') batch.addStale(index, timeMs);
      else if (typeof value === 'number') batch.addSample(index, timeMs, value);
      else batch.histograms.push({ seriesIndex: index, timestampMs: timeMs, histogram: nativeOf(value) });
    }
  }
  return batch;
}

function nativeOf(histogram: FloatHistogram): MetricBatch['histograms'][number]['histogram'] {
  const { schema, count, sum, zeroThreshold, zeroCount, positive, negative, bounds, resetHint } = histogram;
  return {
    schema,
    count,
    sum,
    zeroThreshold,
    zeroCount,
    positiveSpans: spansOfBuckets(positive),
    positiveCounts: positive.count,
    negativeSpans: spansOfBuckets(negative),
    negativeCounts: negative.count,
    customBounds: bounds,
    resetHint,
  };
}
