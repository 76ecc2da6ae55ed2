import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { startSonde, temporaryDataDir } from '../support/sonde-process.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'sonde-start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let data = temporaryDataDir();
beforeEach(() => {
  data = temporaryDataDir();
});
afterEach(() => data.remove());

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, [CLI, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, SONDE_DISCOVERY_ENABLED: 'false', ...env },
  });

const FREE_PORTS = ['--listen', '127.0.0.1:0', '--otlp-http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0'];

test('says where it listens in one line of JSON, answers there, stops cleanly on SIGTERM', async () => {
  const sonde = await startSonde(data.path);
  expect(sonde).toMatchObject({ event: 'ready', dataDir: data.path });
  for (const path of ['/-/healthy', '/-/ready', '/metrics', '/']) {
    expect((await fetch(sonde.url + path)).status, path).toBe(200);
  }
  expect(await sonde.stop()).toBe(0);
});

test('a second Sonde on the same data says who holds it', async () => {
  const first = await startSonde(data.path);
  const second = run(['up', '--data', data.path, ...FREE_PORTS]);
  expect(second.status).toBe(1);
  expect(second.stderr).toContain(String(first.child.pid));
  expect(second.stderr).toContain(data.path);
  await first.stop();
});

test('a port in use is named, with the flag that chooses another', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => blocker.once('listening', done));
  const { port } = blocker.address() as AddressInfo;
  const taken = `127.0.0.1:${port}`;
  for (const flag of ['--listen', '--otlp-http', '--otlp-grpc']) {
    const ports = FREE_PORTS.map((value, i) => (FREE_PORTS[i - 1] === flag ? taken : value));
    const { status, stderr } = run(['up', '--data', data.path, ...ports]);
    expect(status, flag).toBe(1);
    expect(stderr).toContain(String(port));
    expect(stderr).toMatch(/taken|in use/);
  }
  await new Promise((done) => blocker.close(done));
});

test('a data folder that is a file is refused with the path', () => {
  const file = join(folder, 'not-a-folder');
  writeFileSync(file, '');
  const { status, stderr } = run(['up', '--data', file, ...FREE_PORTS]);
  expect(status).toBe(1);
  expect(stderr).toContain(file);
});

test.each([
  { name: 'an unknown key', text: 'stor: {}', want: ['sonde.yaml:1: stor: is not a known key; did you mean store?'] },
  {
    name: 'a bad duration',
    text: 'store:\n  retention:\n    logs: { age: 7 days }',
    want: ['sonde.yaml:3', '7 days', '15s'],
  },
  { name: 'no YAML', text: 'store: [', want: ['sonde.yaml:1'] },
  { name: 'open to the world', text: 'server: { listen: "0.0.0.0:4600" }', want: ['server.listen', 'auth'] },
])('configuration with $name exits with 2 and says where', ({ text, want }) => {
  const file = join(folder, 'sonde.yaml');
  writeFileSync(file, text);
  for (const args of [
    ['config', 'check', file],
    ['up', '--config', file, '--data', data.path],
  ]) {
    const { status, stderr } = run(args);
    expect(status).toBe(2);
    for (const part of want) expect(stderr).toContain(part);
  }
});

test('a mistyped variable of the environment is an error with the right name', () => {
  const { status, stderr } = run(['config', 'check'], { SONDE_STORE_DATADIR: '/tmp' });
  expect(status).toBe(2);
  expect(stderr).toContain('SONDE_STORE_DATA_DIR');
});

test('an unknown command or flag exits with 2', () => {
  expect(run(['upp']).status).toBe(2);
  expect(run(['up', '--nonsense']).status).toBe(2);
});
