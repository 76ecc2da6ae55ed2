import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../../self/logger.ts';
import { embeddedClient } from '../client.ts';
import { engineConfig } from './engine-config.ts';
import type { HostOptions } from './host-options.ts';
import { findHostScript } from './host-path.ts';
import { EngineSupervisor } from './supervisor.ts';

const root = mkdtempSync(join(tmpdir(), 'sonde-test-'));
const POOLS = { write: 1, read: 1, user: 1 };

afterAll(() => rmSync(root, { recursive: true, force: true }));

function supervise(dataDir: string): EngineSupervisor {
  return new EngineSupervisor({ dataDir, memoryBytes: 1024 ** 3, fsync: true, logger: silentLogger(), pools: POOLS });
}

async function answer(supervisor: EngineSupervisor): Promise<string> {
  const client = embeddedClient(() => supervisor.socketPath);
  const result = await client.query({ query: 'SELECT 42 AS n', format: 'TabSeparated' });
  const text = await result.text();
  await client.close();
  return text.trim();
}

describe('life', () => {
  test('stop before start, stop twice', async () => {
    const supervisor = supervise(join(root, 'unstarted'));
    await supervisor.stop();
    await supervisor.stop();
    await expect(supervisor.start()).rejects.toMatchObject({ code: 'store-stopped' });
    expect(existsSync(join(root, 'unstarted'))).toBe(false);
  });

  test('stop while it starts', async () => {
    const supervisor = supervise(join(root, 'short'));
    const starting = expect(supervisor.start()).rejects.toMatchObject({ code: 'store-stopped' });
    await supervisor.stop();
    await starting;
    const next = supervise(join(root, 'short'));
    await next.start();
    await next.stop();
    await next.stop();
    expect(existsSync(join(root, 'short', 'sonde.lock'))).toBe(false);
  });

  test('a killed host is back within a second, and says so', async () => {
    const supervisor = supervise(join(root, 'killed'));
    await supervisor.start();
    const first = supervisor.pid!;
    const back = new Promise<void>((resolve) => supervisor.onRestart(resolve));
    process.kill(first, 'SIGKILL');
    await back;
    expect(supervisor.pid).not.toBe(first);
    expect(supervisor.restarts).toBe(1);
    expect(await supervisor.whenReady(1000)).toBe(true);
    expect(await answer(supervisor)).toBe('42');
    await supervisor.stop();
  });

  test('the host goes when Sonde is killed', async () => {
    const dataDir = join(root, 'orphan');
    mkdirSync(dataDir);
    const configPath = join(root, 'orphan.xml');
    writeFileSync(configPath, engineConfig({ memoryBytes: 1024 ** 3, fsync: true, backupDir: root }));
    const options: HostOptions = {
      dataDir,
      scratchDir: root,
      configPath,
      listen: { host: '127.0.0.1', port: 0 },
      pools: POOLS,
    };
    // A Sonde in small: starts a host, tells its process id, waits to be killed.
    const script = `
      const { spawn } = require('node:child_process');
      const host = spawn(process.execPath, [${JSON.stringify(await findHostScript())}], { stdio: ['pipe', 'pipe', 'ignore'] });
      host.stdin.write(${JSON.stringify(`${JSON.stringify(options)}\n`)});
      host.stdout.once('data', () => console.log(host.pid));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise<string>((resolve) =>
      createInterface({ input: parent.stdout }).once('line', resolve),
    );
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    // The folder is free as soon as the host is gone; starting waits for that.
    const holder = supervise(dataDir);
    await holder.start();
    await holder.stop();
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });
});

describe('the data folder', () => {
  test('has one Sonde; a second is told which process holds it', async () => {
    const dataDir = join(root, 'shared');
    const first = supervise(dataDir);
    await first.start();
    await expect(supervise(dataDir).start()).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'store-locked',
      message: expect.stringContaining(`process ${process.pid} is using the data folder`) as string,
    });
    expect(await answer(first)).toBe('42');
    await first.stop();
    const second = supervise(dataDir);
    await second.start();
    await second.stop();
  });

  test('a lock of a dead process, or of one whose number is used again, is no lock', async () => {
    const dataDir = join(root, 'stale');
    mkdirSync(dataDir);
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    for (const holder of [{ pid: dead, began: '1' }, { pid: process.pid, began: 'long ago' }, 'rubbish']) {
      writeFileSync(join(dataDir, 'sonde.lock'), JSON.stringify(holder));
      const supervisor = supervise(dataDir);
      await supervisor.start();
      expect(JSON.parse(readFileSync(join(dataDir, 'sonde.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
      await supervisor.stop();
    }
  });

  test('that cannot be made is named', async () => {
    writeFileSync(join(root, 'file'), '');
    await expect(supervise(join(root, 'file', 'below')).start()).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'store-unwritable',
      message: expect.stringContaining('below') as string,
    });
  });

  const small = join(root, 'small');
  mkdirSync(small);
  const canMount =
    process.platform === 'linux' &&
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', small], { stdio: 'ignore' }).status === 0;
  afterAll(() => canMount && void spawnSync('umount', [small]));

  test.skipIf(!canMount)('on a full disk is named (needs the right to mount)', async () => {
    spawnSync('sh', ['-c', `head -c 200000 /dev/zero > ${join(small, 'filler')}`], { stdio: 'ignore' });
    await expect(supervise(join(small, 'data')).start()).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'store-full',
    });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !(process.platform === 'linux' && /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
  } catch {
    return false;
  }
}
