import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** The folder of the built program; `DIST_UNDER_TEST` names another than `dist/`. */
export const DIST = process.env['DIST_UNDER_TEST'] ?? resolve(import.meta.dirname, '../../dist');
const CLI = join(DIST, 'cli.js');

/** The line `sonde up --json` prints when it serves. */
export interface ReadyLine {
  readonly event: 'ready';
  readonly url: string;
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
  readonly dataDir: string;
  readonly version: string;
  readonly readyMs: number;
}

export interface SondeProcess extends ReadyLine {
  readonly child: ChildProcess;
  /** Everything it wrote to stderr so far. */
  stderr(): string;
  /** Ends it as a person would (SIGTERM) and waits; gives the exit code. */
  stop(): Promise<number | null>;
  /** Ends it as a crash would and waits. */
  kill(): Promise<void>;
}

/**
 * Runs the built program on free ports. Data stay in `dataDir`; use `temporaryDataDir`.
 * @throws Error with its stderr when it ends before it is ready
 */
export async function startSonde(
  dataDir: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<SondeProcess> {
  const ports = ['--listen', '127.0.0.1:0', '--otlp-http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0'];
  const child = spawn(process.execPath, [CLI, 'up', '--json', '--data', dataDir, ...ports, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SONDE_DISCOVERY_ENABLED: 'false', ...env },
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const exited = once(child, 'exit');
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => text as string),
    exited.then(([code]) =>
      Promise.reject(new Error(`sonde ended with ${String(code)} before it was ready:\n${errors}`)),
    ),
  ]);
  return {
    ...(JSON.parse(line) as ReadyLine),
    child,
    stderr: () => errors,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** A folder for one test's data, gone when the test is. */
export function temporaryDataDir(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sonde-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) };
}
