import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

interface Locked {
  readonly version: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

// A package manager leaves out what it could not fetch when the lockfile was written; `npm ci` then refuses on every
// platform. So the engine's library must be locked for all of them.
test('the lockfile holds the storage engine for every platform', () => {
  const path = resolve(import.meta.dirname, '../../package-lock.json');
  const { packages } = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, Locked> };
  const wanted = packages['node_modules/chdb']?.optionalDependencies ?? {};
  expect(Object.keys(wanted).length).toBeGreaterThan(3);
  const locked = Object.keys(wanted).map((name) => [name, packages[`node_modules/${name}`]?.version]);
  expect(Object.fromEntries(locked)).toEqual(wanted);
});
