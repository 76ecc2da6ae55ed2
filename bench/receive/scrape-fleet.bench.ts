import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { MetricBatch } from '../../src/model/sample.ts';
import type { IngestContext, Sink } from '../../src/model/sink.ts';
import { scrapeConfig } from '../../src/receive/prometheus/config.ts';
import { makeScrapeReceiver } from '../../src/receive/prometheus/index.ts';
import { Ledger } from '../../src/self/ledger.ts';
import { silentLogger } from '../../src/self/logger.ts';
import { makeRegistry } from '../../src/self/metrics.ts';
import { storeConfig } from '../../src/store/config.ts';
import { openStore } from '../../src/store/index.ts';
import { SYSTEM_CLOCK } from '../../src/util/clock.ts';
import { placeEngineHost } from '../load/engine-host.ts';
import { expositionBody } from '../load/exposition-bodies.ts';

const TARGETS = 200;
const SERIES = 1000;
/** What the goal speaks of; `run` may scrape more often, so that a short run has many rounds. */
const WANTED_INTERVAL_S = 15;

if (process.send !== undefined) await serveTargets();
else await measureScraping();

/** The targets live in a process of their own, so that their work is not counted. */
async function serveTargets(): Promise<void> {
  const packed = Array.from({ length: 8 }, (_, round) => gzipSync(expositionBody(SERIES, round)));
  const plain = Array.from({ length: 8 }, (_, round) => expositionBody(SERIES, round));
  let round = 0;
  const ports: number[] = [];
  for (let i = 0; i < TARGETS; i++) {
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      const isPacked = request.headers['accept-encoding'] === 'gzip';
      response.writeHead(200, {
        'content-type': 'text/plain; version=0.0.4',
        ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
      });
      response.end((isPacked ? packed : plain)[round++ % 8]!);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports.push((server.address() as AddressInfo).port);
  }
  process.send!(ports);
}

async function measureScraping(): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url));
  const ports = await new Promise<number[]>((resolve) => child.once('message', (value) => resolve(value as number[])));
  const dataDir = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
  try {
    console.log(`What do ${TARGETS} targets × ${SERIES} series each ${WANTED_INTERVAL_S} s cost? (goal ≤ 0.3 core)`);
    const nowhere = { metrics: async (batch: MetricBatch) => ({ accepted: batch.length, rejected: [] }) };
    for (const enableCompression of [false, true]) {
      const name = `scraped every 3 s, ${enableCompression ? 'gzip' : 'plain'}, not stored`;
      print(name, await run(ports, nowhere as unknown as Sink, 3, 15, enableCompression));
    }
    await placeEngineHost();
    const store = await openStore(storeConfig.parse({ data_dir: dataDir }), world());
    print('scraped every 15 s, gzip, stored', await run(ports, store.sink, 15, 45, true));
    await store.stop();
  } finally {
    child.kill();
    rmSync(dataDir, { recursive: true });
  }
}

interface Cost {
  readonly intervalS: number;
  readonly scrapes: number;
  /** Cores' worth of time in Sonde's process, and in those of its children that are no targets (the engine). */
  readonly own: number;
  readonly engine: number;
}

function print(name: string, { intervalS, scrapes, own, engine }: Cost): void {
  const share = (cores: number): string => ((cores * intervalS) / WANTED_INTERVAL_S).toFixed(3);
  const beside = engine > 0 ? `, and ${share(engine)} core in the engine's` : '';
  console.log(`  ${share(own)} core in Sonde's process${beside}  (${name}; ${scrapes} scrapes)`);
}

function world() {
  return { ledger: new Ledger(), logger: silentLogger(), registry: makeRegistry(), clock: SYSTEM_CLOCK };
}

async function run(
  ports: readonly number[],
  sink: Sink,
  intervalS: number,
  seconds: number,
  enableCompression: boolean,
): Promise<Cost> {
  let scrapes = 0;
  const counting = {
    metrics(batch: MetricBatch, context: IngestContext) {
      scrapes++;
      return sink.metrics(batch, context);
    },
  } as unknown as Sink;
  const targets = ports.map((port) => `127.0.0.1:${port}`);
  const settings = scrapeConfig.parse({
    global: { scrape_interval: `${intervalS}s` },
    scrape_configs: [{ job_name: 'bench', enable_compression: enableCompression, static_configs: [{ targets }] }],
    discovery: { enabled: false },
  });
  const receiver = makeScrapeReceiver({ settings, sink: counting, ...world() });
  await receiver.start();
  // Two rounds for first texts and warm code.
  await pause(2 * intervalS * 1000 + 500);
  scrapes = 0;
  const before = { own: process.cpuUsage(), engine: engineSeconds() };
  await pause(seconds * 1000);
  const { user, system } = process.cpuUsage(before.own);
  const engine = engineSeconds() - before.engine;
  const down = receiver.targets().filter(({ health, lastError }) => health !== 'up' || lastError !== '');
  await receiver.stop();
  if (down.length > 0) throw new Error(`${down.length} targets are not well: ${down[0]!.lastError}`);
  if (scrapes < (ports.length * seconds) / intervalS - ports.length) throw new Error('scrapes are missing');
  return { intervalS, scrapes, own: (user + system) / 1e6 / seconds, engine: engine / seconds };
}

/** CPU time of the engine's host so far, from /proc (Linux; elsewhere 0). */
function engineSeconds(): number {
  if (!existsSync('/proc/self/stat')) return 0;
  const ticks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine-host')) return 0;
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /, '')
          .split(' ');
        return fields[1] === String(process.pid) ? Number(fields[11]) + Number(fields[12]) : 0;
      } catch {
        return 0;
      }
    });
  return ticks.reduce((sum, each) => sum + each, 0) / 100;
}
