import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { SondeError } from '../model/errors.ts';
import type { Logger } from '../self/logger.ts';
import type { DemoPart, DemoTarget } from './demo.ts';
import type { DemoTruth } from './truth.ts';

const START_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 3_000;

export interface DemoProcessOptions {
  /** JavaScript file of `main.ts`: `dist/demo.js` in the package. */
  readonly entry: string;
  readonly otlpHttpUrl: string | undefined;
  readonly seed: number;
  readonly logger: Logger;
  readonly ports?: Partial<Record<DemoPart, number>>;
  readonly questionsPerSecond?: number;
  readonly incidentAfterMs?: number;
  readonly incidentDurationMs?: number;
  readonly captureContent?: boolean;
}

/** The demo in a child process; see `Demo` for what its parts mean. */
export interface DemoProcess {
  readonly targets: readonly DemoTarget[];
  readonly controlUrl: string;
  readonly appUrl: string;
  readonly pid: number;
  truth(): Promise<DemoTruth>;
  flush(): Promise<DemoTruth>;
  triggerIncident(durationMs?: number): Promise<void>;
  endIncident(): Promise<void>;
  /** Resolves when the process is gone. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts the demo as a process of its own, which ends with this one however this one ends.
 * @throws SondeError `demo-start` when it does not get ready
 */
export async function startDemoProcess(options: DemoProcessOptions): Promise<DemoProcess> {
  const { entry, logger, ...rest } = options;
  const child = spawn(process.execPath, [entry, JSON.stringify(rest)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= end(child, ended));
  let ready: ReadyLine;
  try {
    ready = await readyLine(child);
  } catch (error) {
    await stop();
    throw error;
  }
  child.once('exit', (code) => {
    if (stopping === undefined) logger.error({ code }, 'the demo ended by itself; its data stops here');
  });
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${ready.controlUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return response.json();
  };
  return {
    targets: ready.targets,
    controlUrl: ready.controlUrl,
    appUrl: ready.appUrl,
    pid: ready.pid,
    truth: async () => (await call('GET', '/demo/truth')) as DemoTruth,
    flush: async () => (await call('POST', '/demo/flush')) as DemoTruth,
    async triggerIncident(durationMs) {
      const body = durationMs === undefined ? undefined : { duration: `${Math.ceil(durationMs)}ms` };
      await call('POST', '/demo/incident', body);
    },
    async endIncident() {
      await call('DELETE', '/demo/incident');
    },
    stop,
  };
}

interface ReadyLine {
  readonly event: string;
  readonly message?: string;
  readonly targets: readonly DemoTarget[];
  readonly controlUrl: string;
  readonly appUrl: string;
  readonly pid: number;
}

function readyLine(child: ChildProcess): Promise<ReadyLine> {
  return new Promise((resolve, reject) => {
    const fail = (message: string, cause?: unknown): void =>
      reject(
        new SondeError(`the demo did not start: ${message}`, {
          kind: 'unavailable',
          code: 'demo-start',
          mend: 'build first (npm run build), and see the log above',
          cause,
        }),
      );
    const timer = setTimeout(() => fail('it took too long'), START_TIMEOUT_MS);
    child.once('error', (cause) => fail(cause.message, cause));
    child.once('exit', (code) => fail(`it ended with code ${code}`));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const parsed = parseLine(line);
      clearTimeout(timer);
      if (parsed?.event === 'ready') resolve(parsed);
      else if (parsed?.event === 'failed') fail(parsed.message ?? 'unknown');
    });
  });
}

function parseLine(line: string): ReadyLine | undefined {
  try {
    return JSON.parse(line) as ReadyLine;
  } catch {
    return undefined;
  }
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
}
