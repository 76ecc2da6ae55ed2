import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Logger } from '../../self/logger.ts';
import type { HostGreeting, HostOptions } from './host-options.ts';
import { STOP_LINE, threadPoolSize } from './host-options.ts';

/** A host that refused to start, or died before it greeted. */
export class HostRefusedError extends Error {
  readonly locked: boolean;

  constructor(message: string, locked: boolean) {
    super(message);
    this.locked = locked;
  }
}

/** One running engine host. */
export interface HostProcess {
  readonly pid: number;
  /** Port, when it listens on one. */
  readonly port: number | undefined;
  readonly engineVersion: string;
  /** Resolves with a sentence on how it ended. */
  readonly ended: Promise<string>;
  /** Lets statements end, then ends. */
  stop(): Promise<void>;
  kill(): void;
}

/** Starts a host and waits until it serves. @throws HostRefusedError */
export async function startHost(script: string, options: HostOptions, logger: Logger): Promise<HostProcess> {
  const child = spawn(process.execPath, [script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, UV_THREADPOOL_SIZE: String(threadPoolSize(options.pools)), NODE_OPTIONS: '' },
  });
  // A host that dies while being written to is reported by its end.
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stderr }).on('line', (line) => logger.warn({ line }, 'the engine host says'));
  const ended = new Promise<string>((resolve) => {
    child.once('error', (cause) => resolve(cause.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  child.stdin.write(`${JSON.stringify(options)}\n`);
  const greeting = await Promise.race([readGreeting(child), ended]);
  if (typeof greeting === 'string') throw new HostRefusedError(`it ended with ${greeting}`, false);
  if (!greeting.ready) throw new HostRefusedError(greeting.message, greeting.locked);
  return {
    pid: child.pid ?? -1,
    port: greeting.port,
    engineVersion: greeting.version,
    ended,
    async stop() {
      child.stdin.write(`${STOP_LINE}\n`);
      await ended;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

function readGreeting(child: ChildProcess): Promise<HostGreeting> {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout! }).once('line', (line) => resolve(JSON.parse(line) as HostGreeting));
    // Whatever else comes is read and dropped, so that the host never blocks on it.
    child.stdout!.resume();
  });
}
