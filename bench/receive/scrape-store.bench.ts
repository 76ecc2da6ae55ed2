import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_TENANT } from '../../src/model/sink.ts';
import { scrapeConfig } from '../../src/receive/prometheus/config.ts';
import { ScrapeDecoder } from '../../src/receive/prometheus/scrape/scrape-decoder.ts';
import { Ledger } from '../../src/self/ledger.ts';
import { silentLogger } from '../../src/self/logger.ts';
import { makeRegistry } from '../../src/self/metrics.ts';
import { storeConfig } from '../../src/store/config.ts';
import { openStore } from '../../src/store/index.ts';
import { placeEngineHost } from '../load/engine-host.ts';
import { expositionBody } from '../load/exposition-bodies.ts';

/** Ten targets of 10,000 series in turns, each answer decoded and stored, acknowledged after the insert. */
const TARGETS = 10;
const SERIES = 10_000;
const RUN_S = 8;

const bodies = Array.from({ length: 8 }, (_, round) => expositionBody(SERIES, round));
const job = scrapeConfig.parse({ scrape_configs: [{ job_name: 'bench' }] }).jobs[0]!;
const dataDir = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
await placeEngineHost();
const store = await openStore(storeConfig.parse({ data_dir: dataDir }), {
  logger: silentLogger(),
  registry: makeRegistry(),
  ledger: new Ledger(),
});
const decoders = Array.from({ length: TARGETS }, (_, i) => {
  return new ScrapeDecoder({ ...job, targetLabels: [['instance', `10.0.0.${i}:8000`]] });
});
let timeMs = Date.now() - 3_600_000;

async function round(number: number): Promise<number> {
  timeMs += 15_000;
  const stored = decoders.map(async (decoder) => {
    const batch = await decoder.decode(bodies[number % bodies.length]!, 'text', timeMs);
    const context = { tenant: DEFAULT_TENANT, source: 'scrape', receivedUnixMs: timeMs };
    return (await store.sink.metrics(batch, context)).accepted;
  });
  return (await Promise.all(stored)).reduce((sum, accepted) => sum + accepted, 0);
}

try {
  for (let warm = 0; warm < 4; warm++) await round(warm);
  const cpu = process.cpuUsage();
  const begun = performance.now();
  let samples = 0;
  for (let i = 0; performance.now() - begun < RUN_S * 1000; i++) samples += await round(i);
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const coreSeconds = (user + system) / 1e6;
  console.log(
    `How fast are scraped samples parsed and stored? (fsync, acknowledged after the insert)\n` +
      `  ${Math.round(samples / seconds / 1000)} k samples/s on the clock; ` +
      `${Math.round(samples / coreSeconds / 1000)} k samples per second of one core in Sonde's process ` +
      `(the engine's process beside it; goal 500 k)`,
  );
} finally {
  await store.stop();
  rmSync(dataDir, { recursive: true });
}
