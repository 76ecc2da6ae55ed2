// `npm run docs`: writes the pages that are made from code; tests hold them to it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { ROOT, step } from './lib/prepare.mjs';

const PAGES = [
  { page: 'docs/configuration.md', source: 'src/config/reference.ts', make: 'configurationReference' },
  { page: 'docs/metrics.md', source: 'src/vocabulary/reference.ts', make: 'metricsReference' },
];

mkdirSync(join(ROOT, '.build'), { recursive: true });
for (const { page, source, make } of PAGES) {
  step(`Writing ${page}`);
  const outfile = join(ROOT, '.build', `${make}.mjs`);
  await build({
    absWorkingDir: ROOT,
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  const module = await import(pathToFileURL(outfile).href);
  writeFileSync(join(ROOT, page), module[make]());
}
