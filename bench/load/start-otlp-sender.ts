import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { OtlpLoadResult } from './otlp-sender.ts';

export interface OtlpLoadOptions {
  /** Base address of OTLP/HTTP. */
  readonly url: string;
  readonly signal: 'traces' | 'logs' | 'metrics';
  readonly seconds: number;
  readonly connections?: number;
  /** Spans, records or points in a request. */
  readonly batch?: number;
  readonly gzip?: boolean;
}

/** Runs `otlp-sender.ts` in a process of its own and gives what it measured. Called from a bundle in `.build/`. */
export async function runOtlpLoad(options: OtlpLoadOptions): Promise<OtlpLoadResult> {
  const root = resolve(process.cwd());
  const folder = join(root, '.build', 'bench');
  const outfile = join(folder, 'otlp-sender.mjs');
  mkdirSync(folder, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: [join(root, 'bench/load/otlp-sender.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  const { url, signal, seconds, connections = 8, batch = 512, gzip = false } = options;
  const flags = { url, signal, seconds, connections, batch };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [outfile, ...args, ...(gzip ? ['--gzip'] : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((done, fail) => child.on('error', fail).on('close', done));
  if (code !== 0) throw new Error(`the OTLP sender ended with ${code}`);
  return JSON.parse(output) as OtlpLoadResult;
}
