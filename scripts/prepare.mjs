// Install and build, each only if needed; `npm test` runs it first.
import { ensureBuilt, ensureInstalled, requirePlatform } from './lib/prepare.mjs';

requirePlatform();
ensureInstalled();
await ensureBuilt();
