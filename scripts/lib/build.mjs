// The build: three programs (the command line, the engine's host, the demo) and the pages.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build as esbuild } from 'esbuild';
import { build as viteBuild } from 'vite';
import { ROOT } from './prepare.mjs';

/**
 * Programs are bundled with their libraries: reading one file instead of two thousand halves the time to ready.
 * What loads native code or worker files of its own stays outside.
 */
const OUTSIDE = ['chdb', 'chdb/*', 'pino', 'esbuild', 'vite'];

/** Builds everything into `target`; `step` is told what is being done. */
export async function buildAll(target, step) {
  step('Building the server');
  await buildPrograms(target);
  step('Building the pages');
  await viteBuild({
    configFile: join(ROOT, 'web/vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: join(target, 'web'), emptyOutDir: true },
  });
}

export async function buildPrograms(target) {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  await esbuild({
    absWorkingDir: ROOT,
    entryPoints: { cli: 'src/cli/main.ts', 'engine-host': 'src/store/engine/host.ts', demo: 'src/demo/main.ts' },
    outdir: target,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    splitting: true,
    chunkNames: '[name]-[hash]',
    sourcemap: true,
    external: OUTSIDE,
    define: { SONDE_VERSION: JSON.stringify(version) },
    banner: {
      js: "import { createRequire as sondeCreateRequire } from 'node:module'; const require = sondeCreateRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}
