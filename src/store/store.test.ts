import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { silentLogger } from '../self/logger.ts';
import { storeConfig } from './config.ts';
import { engineConfig } from './engine/engine-config.ts';
import { POOL_SIZES } from './engine/host-options.ts';
import { findHostScript } from './engine/host-path.ts';
import type { HostProcess } from './engine/host-process.ts';
import { startHost } from './engine/host-process.ts';
import { storeCases } from './store.cases.ts';

const root = mkdtempSync(join(tmpdir(), 'sonde-test-'));
const hosts: HostProcess[] = [];

afterAll(async () => {
  await Promise.all(hosts.map((host) => host.stop()));
  rmSync(root, { recursive: true, force: true });
});

storeCases('embedded', async () => storeConfig.parse({ data_dir: join(root, 'embedded'), memory_limit: '1GiB' }));

storeCases('remote', async () => {
  const scratchDir = join(root, 'scratch');
  mkdirSync(scratchDir);
  const configPath = join(root, 'engine.xml');
  writeFileSync(configPath, engineConfig({ memoryBytes: 1024 ** 3, fsync: true, backupDir: root }));
  const host = await startHost(
    await findHostScript(),
    {
      dataDir: join(root, 'remote'),
      scratchDir,
      configPath,
      listen: { host: '127.0.0.1', port: 0 },
      credentials: { user: 'sonde', password: 'secret word' },
      pools: POOL_SIZES,
    },
    silentLogger(),
  );
  hosts.push(host);
  return storeConfig.parse({
    mode: 'remote',
    url: `http://127.0.0.1:${host.port}`,
    user: 'sonde',
    password: 'secret word',
  });
});
