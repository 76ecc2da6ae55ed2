import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Puts the storage engine's host beside the running benchmark, where the store looks for it: a benchmark is one
 * bundle, away from the store's sources.
 */
export async function placeEngineHost(): Promise<void> {
  await build({
    entryPoints: ['src/store/engine/host.ts'],
    outfile: join(import.meta.dirname, 'engine-host.js'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
}
