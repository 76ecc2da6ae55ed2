import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realClock, startDemo, type Demo } from '../../src/demo/index.ts';
import { Ledger } from '../../src/self/ledger.ts';
import { silentLogger } from '../../src/self/logger.ts';
import { openStore, TABLES } from '../../src/store/index.ts';
import { storeConfig } from '../../src/store/config.ts';
import { startSonde, temporaryDataDir, type SondeProcess } from '../support/sonde-process.ts';

const QUESTIONS = 24;
const data = temporaryDataDir();
let demo: Demo;
let sonde: SondeProcess;

/** Sonde, and a demo whose users are this test, so that what happens is known and ends. */
beforeAll(async () => {
  const common = { seed: 11, logger: silentLogger(), clock: realClock(), questionsPerSecond: 0 };
  // Sonde has to know the targets before it starts, the demo Sonde's address: so the port is chosen first.
  const otlpPort = await freePort();
  demo = await startDemo({ ...common, otlpHttpUrl: `http://127.0.0.1:${otlpPort}` });
  const config = join(data.path, 'sonde.yaml');
  const jobs = demo.targets.map(({ job, address, labels }, i) => ({
    job_name: `demo-${i}`,
    scrape_interval: '1s',
    scrape_timeout: '1s',
    static_configs: [{ targets: [address], labels: { job, ...labels } }],
  }));
  writeFileSync(config, JSON.stringify({ scrape_configs: jobs }));
  sonde = await startSonde(join(data.path, 'data'), ['--config', config, '--otlp-http', `127.0.0.1:${otlpPort}`]);
});
afterAll(async () => {
  await demo.stop();
  await sonde.stop();
  data.remove();
});

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function query(expression: string): Promise<number> {
  const response = await fetch(`${sonde.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const body = (await response.json()) as { data: { result: { value: [number, string] }[] } };
  return Number(body.data.result[0]?.value[1]);
}

test('known truth in, the same numbers out', async () => {
  const answers = await Promise.all(
    Array.from({ length: QUESTIONS }, async (_, i) => {
      const order = i % 2 === 0 ? ` It is about order ${50_000 + i}.` : '';
      const body = { conversation_id: `c${i % 8}`, tenant: 'acme', question: `How does delivery ${i} work?${order}` };
      const response = await fetch(`${demo.appUrl}/ask`, { method: 'POST', body: JSON.stringify(body) });
      return response.text();
    }),
  );
  expect(answers.length).toBe(QUESTIONS);
  await demo.flush();
  const truth = demo.truth();
  const engines = truth.engines.filter((engine) => engine.name.startsWith('vllm-70b'));
  const sum = (of: (engine: (typeof engines)[number]) => number): number => engines.reduce((a, e) => a + of(e), 0);
  const model = 'model_name="llama-3.1-70b"';
  // The last scrape may still be to come.
  await expect
    .poll(() => query(`sum(vllm:generation_tokens_total{${model}})`), { timeout: 10_000 })
    .toBe(sum((e) => e.generationTokens));
  expect(await query(`sum(vllm:prompt_tokens_total{${model}})`)).toBe(sum((e) => e.promptTokens));
  expect(await query(`sum(vllm:time_to_first_token_seconds_count{${model}})`)).toBe(sum((e) => e.ttftSeconds.count));
  expect(await query(`sum(vllm:time_to_first_token_seconds_sum{${model}})`)).toBeCloseTo(
    sum((e) => e.ttftSeconds.sum),
    6,
  );
  expect(await query(`sum(vllm:request_success_total{finished_reason="stop",${model}})`)).toBe(
    sum((e) => e.finished.stop),
  );
  await demo.stop();
  await sonde.stop();
  const stored = await countStored(join(data.path, 'data'));
  const after = demo.truth();
  for (const { service, spans, logs, spansByName } of after.services) {
    expect(spans).toMatchObject({ exported: spans.ended, failed: 0 });
    for (const [name, count] of Object.entries(spansByName)) {
      expect(`${service} ${name} ${stored.spans.get(`${service}/${name}`)}`).toBe(`${service} ${name} ${count}`);
    }
    expect(`${service} ${stored.logs.get(service) ?? 0} logs`).toBe(`${service} ${logs.ended} logs`);
  }
});

/** What lies in the store, read past all caches and APIs. */
async function countStored(dataDir: string): Promise<{ spans: Map<string, number>; logs: Map<string, number> }> {
  const store = await openStore(storeConfig.parse({ data_dir: dataDir }), {
    logger: silentLogger(),
    registry: new Registry(),
    ledger: new Ledger(),
  });
  try {
    const count = async (key: string, table: string): Promise<Map<string, number>> => {
      const set = await store.reader.columns(
        `SELECT ${key} AS key, toFloat64(count()) AS n FROM ${table} GROUP BY key`,
      );
      const counts = set.numbers('n');
      return new Map(set.strings('key').map((name, i) => [name, counts[i]!]));
    };
    return {
      spans: await count(`concat(service, '/', name)`, TABLES.spans.name),
      logs: await count('toString(service)', TABLES.logs.name),
    };
  } finally {
    await store.stop();
  }
}
