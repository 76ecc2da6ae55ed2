import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'sonde-engine-';

/** Below this the memory-backed file system is not worth using: a full one would fail inserts. */
const MIN_SHARED_MEMORY_BYTES = 512 * 1024 * 1024;

/** Private folders of one engine host. */
export interface RuntimeFolder {
  /** For the socket: a short path, as sockets need. */
  readonly socketDir: string;
  /** For files that hold the data of inserts. */
  readonly scratchDir: string;
  remove(): void;
}

/**
 * Makes the folders, only for this user to enter, and removes those that dead processes have left.
 * Insert files live in memory where there is room, else in the data folder.
 */
export function makeRuntimeFolder(dataDir: string): RuntimeFolder {
  const memory = sharedMemory();
  const fallback = join(dataDir, 'tmp');
  if (memory === undefined) mkdirSync(fallback, { recursive: true, mode: 0o700 });
  const socketDir = make(tmpdir());
  const scratchDir = make(memory ?? fallback);
  return {
    socketDir,
    scratchDir,
    remove() {
      rmSync(socketDir, { recursive: true, force: true });
      rmSync(scratchDir, { recursive: true, force: true });
    },
  };
}

function sharedMemory(): string | undefined {
  const path = '/dev/shm';
  try {
    if (!existsSync(path)) return undefined;
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize >= MIN_SHARED_MEMORY_BYTES ? path : undefined;
  } catch {
    return undefined;
  }
}

function make(base: string): string {
  for (const name of readdirSync(base)) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : NaN;
    if (!Number.isNaN(pid) && !isAlive(pid)) rmSync(join(base, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(base, `${PREFIX}${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
