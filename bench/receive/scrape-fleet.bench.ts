import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { MetricBatch } from '../../src/model/sample.ts';
import type { Sink } from '../../src/model/sink.ts';
import { scrapeConfig } from '../../src/receive/prometheus/config.ts';
import { makeScrapeReceiver } from '../../src/receive/prometheus/index.ts';
import { Ledger } from '../../src/self/ledger.ts';
import { silentLogger } from '../../src/self/logger.ts';
import { makeRegistry } from '../../src/self/metrics.ts';
import { SYSTEM_CLOCK } from '../../src/util/clock.ts';
import { expositionBody } from '../load/exposition-bodies.ts';

/** 200 targets of 1,000 series, scraped five times as often as every 15 s, so that a short run has many rounds. */
const TARGETS = 200;
const SERIES = 1000;
const INTERVAL_S = 3;
const WANTED_INTERVAL_S = 15;
const RUN_S = 15;

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
  try {
    for (const compression of [false, true]) {
      const { coreShare, scrapes, samples } = await run(ports, compression);
      const share = (coreShare * INTERVAL_S) / WANTED_INTERVAL_S;
      console.log(
        `What do ${TARGETS} targets × ${SERIES} series each ${WANTED_INTERVAL_S} s cost? ` +
          `(${compression ? 'gzip' : 'plain'}, without the store)\n` +
          `  ${share.toFixed(3)} core; measured ${coreShare.toFixed(3)} core at every ${INTERVAL_S} s, ` +
          `${scrapes} scrapes, ${Math.round(samples / RUN_S)} samples/s, ` +
          `${Math.round((coreShare * RUN_S * 1e6) / scrapes)} µs a scrape (goal ≤ 0.3 core)`,
      );
    }
  } finally {
    child.kill();
  }
}

async function run(ports: readonly number[], enableCompression: boolean) {
  let scrapes = 0;
  let samples = 0;
  const sink = {
    async metrics(batch: MetricBatch) {
      scrapes++;
      samples += batch.length;
      return { accepted: batch.length, rejected: [] };
    },
  } as unknown as Sink;
  const settings = scrapeConfig.parse({
    global: { scrape_interval: `${INTERVAL_S}s` },
    scrape_configs: [
      {
        job_name: 'bench',
        enable_compression: enableCompression,
        static_configs: [{ targets: ports.map((port) => `127.0.0.1:${port}`) }],
      },
    ],
    discovery: { enabled: false },
  });
  const world = { sink, ledger: new Ledger(), logger: silentLogger(), registry: makeRegistry(), clock: SYSTEM_CLOCK };
  const receiver = makeScrapeReceiver({ settings, ...world });
  await receiver.start();
  // Two rounds for first texts and warm code.
  await pause(2 * INTERVAL_S * 1000 + 500);
  scrapes = 0;
  samples = 0;
  const before = process.cpuUsage();
  await pause(RUN_S * 1000);
  const { user, system } = process.cpuUsage(before);
  const result = { coreShare: (user + system) / 1e6 / RUN_S, scrapes, samples };
  await receiver.stop();
  const health = receiver.targets().filter(({ health }) => health === 'down').length;
  if (health > 0 || scrapes < (ports.length * RUN_S) / INTERVAL_S - ports.length)
    throw new Error('scrapes are missing');
  return result;
}
