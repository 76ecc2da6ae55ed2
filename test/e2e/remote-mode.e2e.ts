import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../src/self/logger.ts';
import { engineConfig } from '../../src/store/engine/engine-config.ts';
import { POOL_SIZES } from '../../src/store/engine/host-options.ts';
import { findHostScript } from '../../src/store/engine/host-path.ts';
import { startHost, type HostProcess } from '../../src/store/engine/host-process.ts';
import { gaugesRequest, id, logsRequest, sendOtlp, spansRequest } from '../support/otlp-client.ts';
import { ReadBack } from '../support/read-back.ts';
import { startSonde, type SondeProcess } from '../support/sonde-process.ts';

/** The program against a store at a URL, as against a ClickHouse server: here the engine's host on TCP. */
const root = mkdtempSync(join(tmpdir(), 'sonde-remote-'));
const SERVICE = 'remote-app';
const CREDENTIALS = { user: 'sonde', password: 'secret word' };
let host: HostProcess;
let sonde: SondeProcess;

async function startServer(port: number): Promise<HostProcess> {
  const scratchDir = join(root, 'scratch');
  mkdirSync(scratchDir, { recursive: true });
  const configPath = join(root, 'engine.xml');
  writeFileSync(configPath, engineConfig({ memoryBytes: 1024 ** 3, fsync: true, backupDir: root }));
  return startHost(
    await findHostScript(),
    {
      dataDir: join(root, 'data'),
      scratchDir,
      configPath,
      listen: { host: '127.0.0.1', port },
      credentials: CREDENTIALS,
      pools: POOL_SIZES,
    },
    silentLogger(),
  );
}

beforeAll(async () => {
  host = await startServer(0);
  sonde = await startSonde(join(root, 'unused'), [], {
    SONDE_STORE_MODE: 'remote',
    SONDE_STORE_URL: `http://127.0.0.1:${host.port}`,
    SONDE_STORE_USER: CREDENTIALS.user,
    SONDE_STORE_PASSWORD: CREDENTIALS.password,
  });
});

afterAll(async () => {
  await sonde.stop();
  await host.stop();
  rmSync(root, { recursive: true, force: true });
});

const spans = (n: number): object => spansRequest(SERVICE, [{ traceId: id(n, 16), spanId: id(n, 8) }]);

test('what is sent over OTLP is read back through every API', async () => {
  const log = logsRequest(SERVICE, [{ body: { stringValue: 'hello from afar' } }]);
  const gauge = gaugesRequest(SERVICE, { 'remote.value': [{ asDouble: 42 }] });
  expect((await sendOtlp(sonde.otlpHttp, 'traces', spans(1))).status).toBe(200);
  expect((await sendOtlp(sonde.otlpHttp, 'logs', log)).status).toBe(200);
  expect((await sendOtlp(sonde.otlpHttp, 'metrics', gauge)).status).toBe(200);
  const read = new ReadBack(sonde.url);
  expect((await read.spans(id(1, 16))).map(({ name }) => name)).toEqual(['work']);
  expect((await read.logs(SERVICE)).map(({ body }) => body)).toEqual(['hello from afar']);
  expect((await read.instant('remote_value')).map(({ value }) => value)).toEqual(['42']);
  const status = await read.json<{ store: { mode: string; state: string } }>('/sonde/api/v1/status');
  expect(status.store).toMatchObject({ mode: 'remote', state: 'ready' });
});

test('a server that is away is backpressure with a time to come back; when it returns, so does Sonde', async () => {
  const { port } = host;
  await host.stop();
  // The writer tries for half a minute before it gives up, so that a restarted server costs the sender nothing.
  const held = sendOtlp(sonde.otlpHttp, 'traces', spans(2));
  host = await startServer(port!);
  const answer = await held;
  if (answer.status !== 200) {
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await sendOtlp(sonde.otlpHttp, 'traces', spans(2))).status).toBe(200);
  }
  const read = new ReadBack(sonde.url);
  expect(await read.spans(id(2, 16))).toHaveLength(1);
  expect(await read.spans(id(1, 16))).toHaveLength(1);
});
