import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The host's JavaScript. In a built Sonde it stands beside the program; run from source (tests, benchmarks) it is
 * bundled first, into `.build/`, which takes some tens of milliseconds.
 */
export async function findHostScript(): Promise<string> {
  const here = dirname(fileURLToPath(import.meta.url));
  const built = join(here, 'engine-host.js');
  if (existsSync(built)) return built;
  return bundle(join(here, 'host.ts'), join(here, '../../../.build/engine-host.js'));
}

async function bundle(source: string, target: string): Promise<string> {
  // Not in a built Sonde, where esbuild is not installed.
  const { build } = await import('esbuild');
  const result = await build({
    entryPoints: [source],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  });
  await mkdir(dirname(target), { recursive: true });
  // Several test workers may be at this; each puts a whole file in place.
  const own = `${target}.${process.pid}.${process.hrtime.bigint()}`;
  await writeFile(own, result.outputFiles[0]!.contents);
  await rename(own, target);
  return target;
}
