import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Real captures and other projects' test data live beside the clone, not in it: `SONDE_SHARED`, else `../shared`.
 * Tests that need them are skipped, and say so, where they are absent.
 */
const SHARED = process.env['SONDE_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');

export const hasShared = existsSync(join(SHARED, 'fixtures'));

/** The path of a shared file. */
export function sharedPath(path: string): string {
  return join(SHARED, path);
}

export function readShared(path: string): Buffer {
  return readFileSync(sharedPath(path));
}
