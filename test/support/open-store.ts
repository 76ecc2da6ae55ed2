import { Registry } from 'prom-client';
import { Ledger } from '../../src/self/ledger.ts';
import { silentLogger } from '../../src/self/logger.ts';
import { openStore, TABLES, type Store } from '../../src/store/index.ts';
import { storeConfig } from '../../src/store/config.ts';

/** The ids that the crash test's records carry, as often as they are stored. */
export interface CountingStore {
  idsOf(signal: 'traces' | 'logs' | 'metrics'): Promise<number[]>;
  close(): Promise<void>;
}

/** Opens a data folder that no Sonde holds, to read it past all caches and APIs. */
function openFolder(dataDir: string): Promise<Store> {
  const settings = storeConfig.parse({ data_dir: dataDir });
  return openStore(settings, { logger: silentLogger(), registry: new Registry(), ledger: new Ledger() });
}

/** Per table, how many rows hold the text in any column; tables without one are left out. */
export async function rowsThatHold(dataDir: string, text: string): Promise<Record<string, number>> {
  const store = await openFolder(dataDir);
  const counts: Record<string, number> = {};
  try {
    for (const { name } of Object.values(TABLES)) {
      const sql = `SELECT toFloat64(count()) AS rows FROM ${name} WHERE position(formatRow('JSONEachRow', *), {text:String}) > 0`;
      const rows = (await store.reader.columns(sql, { params: { text } })).numbers('rows')[0];
      if (rows !== undefined && rows > 0) counts[name] = rows;
    }
  } finally {
    await store.stop();
  }
  return counts;
}

/** Opens a data folder to count what the crash test stored. */
export async function openForCounting(dataDir: string): Promise<CountingStore> {
  const store = await openFolder(dataDir);
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
