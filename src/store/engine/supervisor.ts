import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import type { Component } from '../../model/component.ts';
import { SondeError } from '../../model/errors.ts';
import type { Logger } from '../../self/logger.ts';
import type { DataLock } from './data-lock.ts';
import { lockDataFolder, lockedError } from './data-lock.ts';
import { engineConfig } from './engine-config.ts';
import type { PoolSizes } from './host-options.ts';
import { POOL_SIZES } from './host-options.ts';
import { findHostScript } from './host-path.ts';
import type { HostProcess } from './host-process.ts';
import { HostRefusedError, startHost } from './host-process.ts';
import type { RuntimeFolder } from './runtime-folder.ts';
import { makeRuntimeFolder } from './runtime-folder.ts';

export interface SupervisorOptions {
  readonly dataDir: string;
  readonly memoryBytes: number;
  readonly fsync: boolean;
  readonly logger: Logger;
  readonly pools?: PoolSizes;
}

export type EngineState = 'stopped' | 'starting' | 'ready' | 'restarting';

/** A folder that a killed Sonde's host still holds is free within milliseconds; longer means somebody else. */
const LOCK_PATIENCE_MS = 5_000;
const HEALTH_INTERVAL_MS = 5_000;
const HEALTH_TIMEOUT_MS = 10_000;
/** Retry-After while the engine starts again. */
export const RESTART_RETRY_MS = 1_000;
/** A host that lived shorter than this has its successor wait a little. */
const SHORT_LIFE_MS = 1_000;
const MAX_RESTART_DELAY_MS = 1_000;

/**
 * Keeps one engine host running over a data folder: takes the folder, starts the host, starts it again at once when
 * it dies, and kills one that no longer answers.
 */
export class EngineSupervisor implements Component {
  private readonly options: SupervisorOptions;
  private readonly dataDir: string;
  private lock: DataLock | undefined;
  private folder: RuntimeFolder | undefined;
  private host: HostProcess | undefined;
  private script = '';
  private current: EngineState = 'stopped';
  private running: Promise<void> = Promise.resolve();
  private stopping = false;
  private healthTimer: NodeJS.Timeout | undefined;
  private readonly listeners: (() => void)[] = [];
  private readonly waiting = new Set<() => void>();
  restarts = 0;

  constructor(options: SupervisorOptions) {
    this.options = options;
    this.dataDir = resolve(options.dataDir);
  }

  get state(): EngineState {
    return this.current;
  }

  get pid(): number | undefined {
    return this.host?.pid;
  }

  get engineVersion(): string {
    return this.host?.engineVersion ?? '';
  }

  get socketPath(): string {
    return join(this.folder?.socketDir ?? '', 'engine.sock');
  }

  /** Where writers put the files that `INSERT … FROM INFILE` names. */
  get scratchDir(): string {
    return this.folder?.scratchDir ?? '';
  }

  /** `listener` is called each time the engine is back after it died. */
  onRestart(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** @throws SondeError `store-locked`, `store-unwritable`, `store-engine-failed` */
  async start(): Promise<void> {
    if (this.stopping || this.current !== 'stopped') throw stoppedError();
    this.current = 'starting';
    try {
      this.prepareFolders();
      this.script = await findHostScript();
      this.host = await this.startPatiently();
    } catch (cause) {
      this.current = 'stopped';
      this.freeFolders();
      throw cause;
    }
    if (this.stopping) {
      await this.host.stop();
      this.freeFolders();
      throw stoppedError();
    }
    this.becomeReady();
    this.running = this.superviseUntilStopped();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.healthTimer);
    this.wakeWaiting();
    if (this.current === 'ready') await this.host?.stop();
    await this.running;
    if (this.current !== 'starting') this.freeFolders();
    this.current = 'stopped';
  }

  /** Resolves when the engine serves, or after `timeoutMs` at the latest; tells which. */
  async whenReady(timeoutMs: number): Promise<boolean> {
    if (this.current !== 'ready' && !this.stopping) {
      await new Promise<void>((wake) => {
        const timer = setTimeout(done, timeoutMs);
        const waiting = this.waiting;
        function done(): void {
          clearTimeout(timer);
          waiting.delete(done);
          wake();
        }
        waiting.add(done);
      });
    }
    return this.current === 'ready' && !this.stopping;
  }

  private prepareFolders(): void {
    try {
      mkdirSync(this.dataDir, { recursive: true, mode: 0o700 });
      accessSync(this.dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
      const probe = join(this.dataDir, `.probe-${process.pid}`);
      writeFileSync(probe, 'x');
      rmSync(probe);
      this.lock = lockDataFolder(this.dataDir);
      this.folder = makeRuntimeFolder(this.dataDir);
      const backupDir = join(this.dataDir, 'backups');
      const { memoryBytes, fsync } = this.options;
      writeFileSync(this.configPath, engineConfig({ memoryBytes, fsync, backupDir }));
    } catch (cause) {
      throw folderError(this.dataDir, cause);
    }
  }

  private get configPath(): string {
    return join(this.dataDir, 'engine.xml');
  }

  private get engineDir(): string {
    return join(this.dataDir, 'engine');
  }

  private freeFolders(): void {
    this.folder?.remove();
    this.lock?.release();
    this.lock = undefined;
  }

  private launch(): Promise<HostProcess> {
    // Cleaners of temporary folders may have taken them away.
    for (const dir of [dirname(this.socketPath), this.scratchDir]) mkdirSync(dir, { recursive: true, mode: 0o700 });
    return startHost(
      this.script,
      {
        dataDir: this.engineDir,
        scratchDir: this.scratchDir,
        configPath: this.configPath,
        listen: { socketPath: this.socketPath },
        pools: this.options.pools ?? POOL_SIZES,
      },
      this.options.logger,
    );
  }

  private async startPatiently(): Promise<HostProcess> {
    const giveUpAt = performance.now() + LOCK_PATIENCE_MS;
    for (;;) {
      try {
        return await this.launch();
      } catch (cause) {
        if (!(cause instanceof HostRefusedError)) throw cause;
        if (!cause.locked) throw engineError(cause);
        if (performance.now() > giveUpAt) throw lockedError(this.dataDir, engineHolder(this.engineDir));
        await delay(50);
      }
    }
  }

  private becomeReady(): void {
    this.current = 'ready';
    this.healthTimer = setInterval(() => void this.checkHealth(), HEALTH_INTERVAL_MS);
    this.healthTimer.unref();
    this.wakeWaiting();
  }

  private wakeWaiting(): void {
    for (const wake of [...this.waiting]) wake();
  }

  private async superviseUntilStopped(): Promise<void> {
    let failures = 0;
    let beganAt = performance.now();
    while (!this.stopping) {
      const how = await this.host?.ended;
      clearInterval(this.healthTimer);
      if (this.stopping) return;
      this.current = 'restarting';
      this.restarts++;
      this.options.logger.error({ how }, 'the engine host died; starting it again');
      failures = performance.now() - beganAt < SHORT_LIFE_MS ? failures + 1 : 0;
      // The first death of a host is followed by a new one at once.
      if (failures > 1) await delay(Math.min(MAX_RESTART_DELAY_MS, 100 * 2 ** Math.min(failures, 10)));
      if (!(await this.startAgain())) continue;
      beganAt = performance.now();
      for (const listener of this.listeners) listener();
      this.becomeReady();
    }
  }

  private async startAgain(): Promise<boolean> {
    try {
      const host = await this.startPatiently();
      this.host = host;
      if (!this.stopping) return true;
      await host.stop();
    } catch (cause) {
      this.options.logger.error({ err: cause }, 'the engine host could not be started');
    }
    return false;
  }

  private async checkHealth(): Promise<void> {
    const host = this.host;
    if (host === undefined || this.current !== 'ready') return;
    if (await answers(this.socketPath)) return;
    if (this.host !== host || this.current !== 'ready' || this.stopping) return;
    this.options.logger.error('the engine host no longer answers; killing it');
    host.kill();
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/ping', timeout: HEALTH_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(true);
    });
    ping.once('timeout', () => ping.destroy());
    ping.once('error', () => resolve(false));
    ping.end();
  });
}

/** Process id in the engine's own status file. */
function engineHolder(engineDir: string): number | undefined {
  try {
    const pid = /^PID: (\d+)/m.exec(readFileSync(join(engineDir, 'status'), 'utf8'))?.[1];
    return pid === undefined ? undefined : Number(pid);
  } catch {
    return undefined;
  }
}

function folderError(dataDir: string, cause: unknown): unknown {
  if (cause instanceof SondeError) return cause;
  const code = (cause as NodeJS.ErrnoException).code;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new SondeError(
    `the data folder ${JSON.stringify(dataDir)} ${full ? 'is on a full disk' : `cannot be written (${code ?? String(cause)})`}`,
    {
      kind: 'unavailable',
      code: full ? 'store-full' : 'store-unwritable',
      mend: full
        ? 'free space or shorten store.retention'
        : 'give Sonde a folder it may write, with --data, or mend its permissions',
      cause,
    },
  );
}

function engineError(cause: HostRefusedError): SondeError {
  const full = /no space left/i.test(cause.message);
  return new SondeError(`the storage engine does not start: ${cause.message.slice(0, 400)}`, {
    kind: 'unavailable',
    code: full ? 'store-full' : 'store-engine-failed',
    mend: full ? 'free space on the disk' : 'see the log; if data is damaged, restore a backup or give another folder',
    cause,
  });
}

function stoppedError(): SondeError {
  return new SondeError('the store is stopped', { kind: 'unavailable', code: 'store-stopped' });
}

function delay(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
