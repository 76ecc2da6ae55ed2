import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { Ledger } from '../../src/self/ledger.ts';
import { silentLogger } from '../../src/self/logger.ts';
import { storeConfig } from '../../src/store/config.ts';
import type { Store } from '../../src/store/index.ts';
import { openStore, traceById } from '../../src/store/index.ts';
import { sampleMetrics, sampleSpans } from '../../src/store/sample-batches.ts';
import { placeEngineHost } from '../load/engine-host.ts';

/** How fast does the store open, come back after its engine is killed, find a trace; what does it take when idle? */
const SPANS = 2_000_000;
const IDLE_S = 20;
const dataDir = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
await placeEngineHost();
const context = { tenant: 'default', source: 'bench', receivedUnixMs: Date.now() };

const open = (): Promise<Store> =>
  openStore(storeConfig.parse({ data_dir: dataDir }), {
    logger: silentLogger(),
    registry: new Registry(),
    ledger: new Ledger(),
  });
const enginePid = (): number => Number(/PID: (\d+)/.exec(readFileSync(join(dataDir, 'engine/status'), 'utf8'))![1]);

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function quantiles(name: string, times: number[]): void {
  times.sort((a, b) => a - b);
  const at = (q: number): string => times[Math.floor(q * (times.length - 1))]!.toFixed(1);
  console.log(`  ${name}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms of ${times.length}`);
}

function rssBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}

function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

let store!: Store;
try {
  console.log('How does the store live?');
  console.log(`  first open: ${(await timed(async () => (store = await open()))).toFixed(0)} ms`);
  for (let seed = 0; seed < SPANS / 8192; seed++) {
    await store.sink.spans(sampleSpans({ count: 8192, unixMs: Date.now(), seed }), context);
  }
  await store.sink.metrics(sampleMetrics({ count: 10_000, unixMs: Date.now(), seed: 0 }), context);
  const opens: number[] = [];
  for (let i = 0; i < 5; i++) {
    await store.stop();
    opens.push(await timed(async () => (store = await open())));
  }
  quantiles('open again, with data', opens);

  const back: number[] = [];
  for (let kill = 1; kill <= 5; kill++) {
    const pid = enginePid();
    back.push(
      await timed(async () => {
        process.kill(pid, 'SIGKILL');
        while (store.status().restarts < kill || store.status().state !== 'ready') {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        await store.reader.columns('SELECT 1');
      }),
    );
    // The next death is a first one again.
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  quantiles('killed engine answers again', back);

  const traces: number[] = [];
  for (let i = 0; i < 200; i++) {
    const seed = Math.floor(Math.random() * (SPANS / 8192));
    const id = Buffer.alloc(16);
    id.writeUInt32BE(Math.imul(seed + 1, 2654435761) >>> 0, 0);
    id.writeUInt32BE(Math.floor(Math.random() * 1024) + 1, 12);
    traces.push(
      await timed(async () => {
        const trace = await traceById(store.reader, 'default', id.toString('hex'));
        if (trace?.spans.length !== 8) throw new Error(`trace ${id.toString('hex')} is not whole`);
      }),
    );
  }
  quantiles(`trace by id among ${SPANS} spans`, traces);

  await new Promise((resolve) => setTimeout(resolve, 5000));
  const pid = enginePid();
  const before = cpuMs(pid) + process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;
  await new Promise((resolve) => setTimeout(resolve, IDLE_S * 1000));
  const after = cpuMs(pid) + process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;
  console.log(
    `  idle: engine ${Math.round(rssBytes(pid) / 1e6)} MB and this process ${Math.round(process.memoryUsage().rss / 1e6)} MB ` +
      `resident; both ${((after - before) / IDLE_S / 10).toFixed(2)} % of a core`,
  );
} finally {
  await store.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
