import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { gaugesRequest, id, logsRequest, sendOtlp, spansRequest } from '../support/otlp-client.ts';
import { ReadBack } from '../support/read-back.ts';
import { DIST, startSonde } from '../support/sonde-process.ts';

/** Data folders that cannot be written, at the start and in the middle. */
const root = mkdtempSync(join(tmpdir(), 'sonde-disk-'));
const place = join(root, 'disk');
mkdirSync(place);
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Small disks are made of memory, which only root may mount, and on Linux alone. */
const canMount = ((): boolean => {
  try {
    mount('64k');
    unmount();
    return true;
  } catch {
    return false;
  }
})();
if (!canMount) console.warn('SKIPPED: tests of full disks need root on Linux, to mount one');

function mount(size: string, ...options: string[]): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', [`size=${size}`, ...options].join(), 'tmpfs', place], {
    stdio: 'ignore',
  });
}

function unmount(): void {
  execFileSync('umount', ['-l', place], { stdio: 'ignore' });
}

/** Takes all the room there is; gives the file that holds it. */
function fill(folder: string): string {
  const path = join(folder, 'filler');
  const file = openSync(path, 'w');
  const piece = Buffer.alloc(64 * 1024);
  try {
    while (writeSync(file, piece) === piece.length) continue;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
  } finally {
    closeSync(file);
  }
  return path;
}

/** Permissions do not bind root: there the program runs as nobody. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

function up(dataDir: string, as: { readonly uid?: number; readonly gid?: number } = {}) {
  const ports = ['--listen', '127.0.0.1:0', '--otlp-http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0'];
  const { status, stderr } = spawnSync(process.execPath, [join(DIST, 'cli.js'), 'up', '--data', dataDir, ...ports], {
    encoding: 'utf8',
    timeout: 50_000,
    ...as,
    env: { ...process.env, SONDE_DISCOVERY_ENABLED: 'false' },
  });
  return { status, stderr };
}

test('a data folder where none can be made is refused with its path', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  const { status, stderr } = up(join(file, 'data'));
  expect(status).toBe(1);
  expect(stderr).toMatch(/file\/data.*cannot be written \(ENOTDIR\).*--data/s);
});

test('a data folder without permission is refused with its path', () => {
  const folder = join(root, 'locked');
  mkdirSync(folder);
  chmodSync(root, 0o755);
  chmodSync(folder, 0o555);
  const { status, stderr } = up(folder, NOBODY);
  expect(status).toBe(1);
  expect(stderr).toMatch(/locked.*cannot be written \(EACCES\).*--data/s);
});

describe.skipIf(!canMount)('on a disk of its own', () => {
  afterEach(unmount);

  test('a read-only one is refused with its path', () => {
    mount('64k', 'ro');
    const { status, stderr } = up(place);
    expect(status).toBe(1);
    expect(stderr).toMatch(/disk.*cannot be written \(EROFS\).*--data/s);
  });

  test.each([
    { name: 'full to the last byte', size: '64k', full: true },
    { name: 'with room for nothing', size: '64k', full: false },
    { name: 'with room for less than the tables', size: '600k', full: false },
  ])('one $name is called full', ({ size, full }) => {
    mount(size);
    if (full) fill(place);
    const { status, stderr } = up(place);
    expect(status).toBe(1);
    expect(stderr).toMatch(/full/);
    expect(stderr).toMatch(/free space/);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('one that fills up while Sonde runs: 503 with Retry-After, reading goes on, writing too when there is room', async () => {
    mount('200m');
    const sonde = await startSonde(join(place, 'data'));
    const stored = new ReadBack(sonde.url);
    const send = (word: string, n: number) =>
      Promise.all([
        sendOtlp(
          sonde.otlpHttp,
          'traces',
          spansRequest('disk', [{ traceId: id(n, 16), spanId: id(n, 8), name: word }]),
        ),
        sendOtlp(sonde.otlpHttp, 'logs', logsRequest('disk', [{ body: { stringValue: word } }])),
        sendOtlp(sonde.otlpHttp, 'metrics', gaugesRequest(word, { 'disk.test': [{ asDouble: n }] })),
      ]);
    for (const { status } of await send('before', 1)) expect(status).toBe(200);

    const filler = fill(place);
    for (let attempt = 0; attempt < 3; attempt++) {
      for (const { status, headers, text } of await send('full', 2)) {
        expect(status, text).toBe(503);
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
        expect(text).toMatch(/full.*free space/s);
      }
    }
    expect((await stored.logs('disk')).map((log) => log.body)).toEqual(['before']);
    expect(await stored.spans(id(1, 16))).toHaveLength(1);
    expect((await fetch(`${sonde.url}/-/healthy`)).status).toBe(200);

    rmSync(filler);
    // As a sender does: until it is taken.
    await expect.poll(async () => (await send('after', 3)).map(({ status }) => status), { timeout: 20_000 }).toEqual([200, 200, 200]); // prettier-ignore
    expect(await stored.spans(id(3, 16))).toHaveLength(1);
    expect(new Set((await stored.logs('disk')).map((log) => log.body))).toEqual(new Set(['before', 'after']));
    const samples = await stored.instant('disk_test');
    expect(new Set(samples.map(({ labels }) => labels['job']))).toEqual(new Set(['before', 'after']));
    expect(await sonde.stop()).toBe(0);
  });

  test('a stop on a full disk ends, and what was acknowledged is there afterwards', async () => {
    mount('200m');
    const first = await startSonde(join(place, 'data'));
    const taken = await sendOtlp(first.otlpHttp, 'logs', logsRequest('disk', [{ body: { stringValue: 'kept' } }]));
    expect(taken.status).toBe(200);
    const filler = fill(place);
    await first.stop();
    rmSync(filler);
    const second = await startSonde(join(place, 'data'));
    expect((await new ReadBack(second.url).logs('disk')).map((log) => log.body)).toEqual(['kept']);
    expect(await second.stop()).toBe(0);
  });
});
