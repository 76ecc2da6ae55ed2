import { Registry } from 'prom-client';
import { Ledger } from '../../src/self/ledger.ts';
import { silentLogger } from '../../src/self/logger.ts';
import { openStore, TABLES } from '../../src/store/index.ts';
import { storeConfig } from '../../src/store/config.ts';

/** The ids that the crash test's records carry, as often as they are stored. */
export interface CountingStore {
  idsOf(signal: 'traces' | 'logs' | 'metrics'): Promise<number[]>;
  close(): Promise<void>;
}

/** Opens a data folder that no Sonde holds and reads it past all caches and APIs. */
export async function openForCounting(dataDir: string): Promise<CountingStore> {
  const settings = storeConfig.parse({ data_dir: dataDir });
  const store = await openStore(settings, { logger: silentLogger(), registry: new Registry(), ledger: new Ledger() });
  const SQL = {
    traces: `SELECT toFloat64(reinterpretAsUInt64(reverse(span_id))) AS id FROM ${TABLES.spans.name} WHERE service = 'crash-test'`,
    logs: `SELECT toFloat64(toUInt64(substring(body, 6))) AS id FROM ${TABLES.logs.name} WHERE service = 'crash-test'`,
    metrics: `SELECT DISTINCT value AS id, fingerprint, time FROM ${TABLES.samples.name} WHERE metric = 'crash_progress'`,
  };
  return {
    async idsOf(signal) {
      return Array.from((await store.reader.columns(SQL[signal])).numbers('id'));
    },
    close: () => store.stop(),
  };
}
