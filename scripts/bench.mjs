// `npm run bench [-- name …]`: runs bench/**/*.bench.ts whose path contains a name (all without), one after the other.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensureInstalled, requirePlatform, ROOT } from './lib/prepare.mjs';

requirePlatform();
ensureInstalled();
await ensureBuilt();
const { build } = await import('esbuild');
const names = process.argv.slice(2);
const wanted = readdirSync(join(ROOT, 'bench'), { recursive: true })
  .map((file) => join(ROOT, 'bench', String(file)))
  .filter((file) => file.endsWith('.bench.ts') && (names.length === 0 || names.some((name) => file.includes(name))))
  .sort();
if (wanted.length === 0) {
  process.stderr.write(`No benchmark's path contains ${names.join(' or ')}; see bench/.\n`);
  process.exit(2);
}
let failed = 0;
for (const file of wanted) {
  process.stdout.write(`\n# ${relative(ROOT, file)}\n`);
  const outfile = join(ROOT, '.build', 'bench', `${basename(file, '.ts')}.mjs`);
  mkdirSync(join(ROOT, '.build', 'bench'), { recursive: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: [file],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const { status } = spawnSync(process.execPath, ['--expose-gc', pathToFileURL(outfile).pathname], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
