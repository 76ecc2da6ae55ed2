import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SondeError } from '../../model/errors.ts';

/** A data folder held by this process. */
export interface DataLock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  /** When the process began, as its system prints it: process ids are used again. */
  readonly began: string;
}

/**
 * Takes a data folder for this process. The engine's own lock on its files is what protects them; this one is
 * there first and can say who holds the folder.
 * @throws SondeError `store-locked` naming the holder's process id
 */
export function lockDataFolder(dataDir: string): DataLock {
  const path = join(dataDir, 'sonde.lock');
  const own: Holder = { pid: process.pid, began: processBegan(process.pid) ?? '' };
  for (;;) {
    try {
      writeFileSync(path, JSON.stringify(own), { flag: 'wx' });
      return { release: () => rmSync(path, { force: true }) };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    }
    const holder = readHolder(path);
    if (holder !== undefined && processBegan(holder.pid) === holder.began) throw lockedError(dataDir, holder.pid);
    removeStale(path);
  }
}

export function lockedError(dataDir: string, pid: number | undefined): SondeError {
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new SondeError(`${who} is using the data folder ${JSON.stringify(dataDir)}`, {
    kind: 'unavailable',
    code: 'store-locked',
    mend: 'stop that process, or give this Sonde a data folder of its own with --data',
  });
}

/** Moves the lock of a dead process away; whoever moves it first has it, and nobody moves a new one. */
function removeStale(path: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && moved.pid !== process.pid && processBegan(moved.pid) === moved.began) {
    renameSync(aside, path);
    return;
  }
  rmSync(aside, { force: true });
}

function readHolder(path: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof holder.pid === 'number' && typeof holder.began === 'string'
      ? { pid: holder.pid, began: holder.began }
      : undefined;
  } catch {
    return undefined;
  }
}

/** When a living process began; undefined if there is none of that id. */
function processBegan(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // Fields behind the name, which may itself hold spaces and brackets: state is the 3rd, start time the 22nd.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
