// `npm run build`: the same build as `npm start` makes.
import { ensureBuilt, requirePlatform } from './lib/prepare.mjs';

requirePlatform();
await ensureBuilt();
