import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { MetricBatch } from '../../src/model/sample.ts';
import { scrapeConfig } from '../../src/receive/prometheus/config.ts';
import { ENTRY, ExpositionReader } from '../../src/receive/prometheus/exposition/reader.ts';
import { ScrapeDecoder } from '../../src/receive/prometheus/scrape/scrape-decoder.ts';
import { measure, type Contender } from '../harness.ts';
import { expositionBody } from '../load/exposition-bodies.ts';

/** A steady target: the same series with other values, scrape after scrape. */
const ROUNDS = 8;
const job = scrapeConfig.parse({ scrape_configs: [{ job_name: 'bench' }] }).jobs[0]!;

function parser(name: string, bodies: readonly Uint8Array[]): Contender {
  const reader = new ExpositionReader();
  let round = 0;
  return {
    name: `parse ${name}`,
    run() {
      let samples = 0;
      reader.open(bodies[round++ % bodies.length]!, 'text');
      for (let entry = reader.next(); entry !== ENTRY.END; entry = reader.next()) if (entry === ENTRY.SAMPLE) samples++;
      return samples;
    },
  };
}

function scraper(name: string, bodies: readonly Uint8Array[]): Contender {
  const decoder = new ScrapeDecoder({
    ...job,
    targetLabels: [
      ['instance', '10.0.0.1:8000'],
      ['job', 'vllm'],
    ],
  });
  let round = 0;
  let last: MetricBatch | undefined;
  return {
    name: `parse and batch ${name}`,
    async run() {
      const timeMs = 1_700_000_000_000 + round * 15_000;
      last = await decoder.decode(bodies[round++ % bodies.length]!, 'text', timeMs);
      const { kept, duplicates } = decoder.counts;
      if (last.length !== kept - duplicates) throw new Error('a sample is missing');
      return kept;
    },
  };
}

const payloads: [string, readonly Uint8Array[]][] = [
  ['10,000 series like vLLM', Array.from({ length: ROUNDS }, (_, round) => expositionBody(10_000, round))],
];
const shared = join(process.env['SONDE_SHARED'] ?? resolve('../shared'), 'fixtures/exposition');
if (existsSync(shared)) {
  for (const file of readdirSync(shared).filter((name) => name.endsWith('.prom'))) {
    payloads.push([file, [readFileSync(join(shared, file))]]);
  }
} else {
  console.log('the captures of ../shared are absent: only the made body is measured');
}
const contenders = payloads.flatMap(([name, bodies]) => [parser(name, bodies), scraper(name, bodies)]);
await measure('How fast are answers of Prometheus targets read?', contenders, {
  unit: 'samples',
  rounds: 5,
  roundMs: 150,
});
