import { build } from 'esbuild';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOtlpSink, type OtlpSink } from '../../test/demo/otlp-sink.ts';
import { silentLogger } from '../self/logger.ts';
import { startDemoProcess } from './process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
let folder: string;
let entry: string;
let sink: OtlpSink;

beforeAll(async () => {
  // Inside the repository, so that packages are found; git ignores the folder.
  mkdirSync(join(ROOT, '.build'), { recursive: true });
  folder = mkdtempSync(join(ROOT, '.build/demo-test-'));
  entry = join(folder, 'demo.js');
  await build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outfile: entry,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'silent',
  });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  sink = await startOtlpSink();
});
afterAll(async () => {
  await sink.close();
  rmSync(folder, { recursive: true, force: true });
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('runs as a process of its own: targets to scrape, truth, incident, an end', async () => {
  const demo = await startDemoProcess({
    entry,
    otlpHttpUrl: sink.url,
    seed: 1,
    logger: silentLogger(),
    questionsPerSecond: 20,
  });
  expect(demo.targets.map((target) => target.job)).toEqual(['vllm', 'vllm', 'vllm', 'tgi', 'dcgm']);
  for (const { address } of demo.targets) expect((await fetch(`http://${address}/metrics`)).status).toBe(200);
  await expect.poll(async () => (await demo.truth()).app.asked, { timeout: 10_000 }).toBeGreaterThan(3);
  await demo.triggerIncident(60_000);
  expect((await demo.truth()).incident).toMatchObject({ active: true, count: 1 });
  await demo.endIncident();
  await demo.flush();
  await expect.poll(() => sink.spans.length, { timeout: 10_000 }).toBeGreaterThan(0);
  await demo.stop();
  await demo.stop();
  expect(isAlive(demo.pid)).toBe(false);
});

test('says so when it cannot start', async () => {
  const start = startDemoProcess({
    entry: join(folder, 'absent.js'),
    otlpHttpUrl: undefined,
    seed: 1,
    logger: silentLogger(),
  });
  await expect(start).rejects.toMatchObject({ code: 'demo-start', kind: 'unavailable' });
});
