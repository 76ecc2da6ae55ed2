import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { KeyTable } from '../../src/model/key-table.ts';
import type { IngestContext, IngestResult } from '../../src/model/sink.ts';
import { Ledger } from '../../src/self/ledger.ts';
import { silentLogger } from '../../src/self/logger.ts';
import { storeConfig } from '../../src/store/config.ts';
import { openStore } from '../../src/store/index.ts';
import { sampleLogs, sampleMetrics, sampleSpans } from '../../src/store/sample-batches.ts';
import { placeEngineHost } from '../load/engine-host.ts';

/** How many records a second are acknowledged, each only when it is stored and on disk? Senders wait for each answer. */
const SECONDS = 6;
const dataDir = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
await placeEngineHost();
const begun = performance.now();
const store = await openStore(storeConfig.parse({ data_dir: dataDir }), {
  logger: silentLogger(),
  registry: new Registry(),
  ledger: new Ledger(),
});
console.log(`  an empty store opened in ${Math.round(performance.now() - begun)} ms`);
const keys = new KeyTable();
const context: IngestContext = { tenant: 'default', source: 'bench', receivedUnixMs: Date.now() };

/** CPU time of the engine's process, where the system tells (Linux; ticks of 10 ms). */
function engineCpuMs(): number {
  try {
    const pid = /PID: (\d+)/.exec(readFileSync(join(dataDir, 'engine/status'), 'utf8'))?.[1];
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return NaN;
  }
}

async function run(name: string, senders: number, send: (seed: number) => Promise<IngestResult>): Promise<void> {
  const times: number[] = [];
  let records = 0;
  const cpu = process.cpuUsage();
  const engineCpu = engineCpuMs();
  const start = performance.now();
  await Promise.all(
    Array.from({ length: senders }, async (_, sender) => {
      for (let seed = sender; performance.now() - start < SECONDS * 1000; seed += senders) {
        const sent = performance.now();
        const { accepted } = await send(seed);
        records += accepted;
        times.push(performance.now() - sent);
      }
    }),
  );
  const elapsedMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  const at = (q: number): string => times[Math.floor(q * (times.length - 1))]!.toFixed(0);
  console.log(
    `  ${name}: ${Math.round((records / elapsedMs) * 1000)} records/s; answer p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; ` +
      `${(((user + system) / records) * 1000).toFixed(0)} ns of CPU a record in this process, ` +
      `${(((engineCpuMs() - engineCpu) / records) * 1e6).toFixed(0)} ns in the engine's`,
  );
}

try {
  console.log('How many records a second are acknowledged, stored and on disk?');
  const now = Date.now();
  // Batches are made once: what is measured is the store.
  const spans = Array.from({ length: 32 }, (_, seed) => sampleSpans({ count: 512, unixMs: now, seed, keys }));
  const logs = Array.from({ length: 32 }, (_, seed) => sampleLogs({ count: 512, unixMs: now, seed, keys }));
  const metrics = Array.from({ length: 8 }, (_, seed) => sampleMetrics({ count: 5000, unixMs: now, seed }));
  for (const senders of [1, 8, 32]) {
    await run(`spans, ${senders} senders of 512`, senders, (i) => store.sink.spans(spans[i % 32]!, context));
  }
  await run('logs, 8 senders of 512', 8, (i) => store.sink.logs(logs[i % 32]!, context));
  await run('samples, 8 senders of 5000', 8, (i) => {
    const batch = metrics[i % 8]!;
    batch.timestampMs.fill(now + i, 0, batch.length);
    return store.sink.metrics(batch, context);
  });
  const stats = await store.reader.stats();
  for (const { table, rows, bytes, parts } of stats.filter((entry) => entry.rows > 0)) {
    console.log(`  ${table}: ${rows} rows, ${(bytes / rows).toFixed(1)} B each, ${parts} parts`);
  }
} finally {
  await store.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
