import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Prometheus over blocks made from OpenMetrics text. */
export interface PrometheusPeer {
  readonly url: string;
  stop(): Promise<void>;
}

export function prometheusInstalled(): boolean {
  return existsSync('/usr/bin/prometheus') && existsSync('/usr/bin/promtool');
}

/** Writes blocks with `promtool` and serves them; the folder is the caller's to remove. */
export async function startPrometheus(folder: string, openMetrics: Iterable<string>): Promise<PrometheusPeer> {
  const text = join(folder, 'samples.om');
  const data = join(folder, 'blocks');
  mkdirSync(data, { recursive: true });
  await pipeline(Readable.from(openMetrics, { objectMode: false }), createWriteStream(text));
  await run(
    '/usr/bin/promtool',
    ['tsdb', 'create-blocks-from', 'openmetrics', text, data, '--max-block-duration=24h', '-q'],
    {
      maxBuffer: 1e8,
    },
  );
  const config = join(folder, 'prometheus.yml');
  writeFileSync(config, 'global: {}\n');
  const port = await freePort();
  const child = spawn(
    '/usr/bin/prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  await ready(url, child);
  return {
    url,
    async stop() {
      if (child.exitCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    },
  };
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 600 && child.exitCode === null; attempt++) {
    const answer = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('Prometheus did not become ready');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
