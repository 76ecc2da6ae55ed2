// `npm start`: install, build, run. Arguments after `--` go to `sonde up`.
import { ensureBuilt, ensureInstalled, requirePlatform, ROOT } from './lib/prepare.mjs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

requirePlatform();
ensureInstalled();
await ensureBuilt();
process.argv = [process.argv[0], 'sonde', 'up', ...process.argv.slice(2)];
await import(pathToFileURL(join(ROOT, 'dist/cli.js')).href);
