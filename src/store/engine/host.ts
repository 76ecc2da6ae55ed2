/**
 * Entry of the engine's host process: opens chDB on a data folder and serves it over a private socket.
 * The supervisor writes the options to its standard input and keeps that open; when it ends, Sonde is dead and the
 * host goes at once, so that another Sonde may open the folder. What is acknowledged is on disk by then.
 */
import { chmodSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import chdb from 'chdb';
import { Engine } from './engine.ts';
import { STOP_LINE } from './host-options.ts';
import type { HostGreeting, HostOptions } from './host-options.ts';
import { hostServer } from './host-server.ts';
import type { EngineSession } from './session-pool.ts';

/** How long statements may go on when the host is told to stop. */
const STOP_GRACE_MS = 10_000;

/**
 * Settings of every session. Compiling expressions to machine code pays for queries of seconds, and makes all of
 * LLVM resident.
 */
const USER_SETTINGS = ['--compile_expressions=0', '--compile_aggregate_expressions=0', '--compile_sort_description=0'];

// Sonde decides when its host ends: a terminal's Ctrl-C and a service manager's signal reach every process of the
// group, and Sonde has writes to finish.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const input = createInterface({ input: process.stdin });
let server: ReturnType<typeof hostServer> | undefined;
let engine: Engine | undefined;

input.on('line', (line) => {
  if (line === STOP_LINE) stop();
  else if (server === undefined) start(JSON.parse(line) as HostOptions).catch(refuse);
});
input.on('close', () => process.kill(process.pid, 'SIGKILL'));

async function start(options: HostOptions): Promise<void> {
  const open = (): EngineSession =>
    new chdb.Session(options.dataDir, { connectionArgs: [`--config-file=${options.configPath}`, ...USER_SETTINGS] });
  engine = new Engine(open, options.pools);
  const version = await engine.version();
  server = hostServer(engine, { scratchDir: options.scratchDir, credentials: options.credentials });
  const listening = new Promise<void>((resolve, reject) => server?.once('error', reject).once('listening', resolve));
  if ('socketPath' in options.listen) {
    rmSync(options.listen.socketPath, { force: true });
    server.listen(options.listen.socketPath);
    await listening;
    chmodSync(options.listen.socketPath, 0o600);
    greet({ ready: true, version });
  } else {
    server.listen(options.listen.port, options.listen.host);
    await listening;
    greet({ ready: true, version, port: (server.address() as AddressInfo).port });
  }
}

function refuse(cause: unknown): void {
  const message = cause instanceof Error ? cause.message : String(cause);
  greet({ ready: false, locked: /lock/i.test(message), message });
  input.removeAllListeners('close');
  input.close();
  process.exitCode = 1;
}

function stop(): void {
  input.removeAllListeners('close');
  input.close();
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), STOP_GRACE_MS).unref();
  process.stdin.destroy();
  server?.close(() => engine?.close());
  server?.closeIdleConnections();
}

function greet(greeting: HostGreeting): void {
  process.stdout.write(`${JSON.stringify(greeting)}\n`);
}
