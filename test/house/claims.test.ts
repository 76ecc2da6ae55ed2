import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { configurationReference } from '../../src/config/reference.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(path, pattern);
    return pattern.test(entry.name) ? [path] : [];
  });
}

test('every path that docs/architecture.md names exists', () => {
  const named = [
    ...read('docs/architecture.md').matchAll(/`((?:src|web|test|bench|docs|examples|scripts|bin)\/[\w./-]*)`/g),
  ];
  expect(named.length).toBeGreaterThan(10);
  expect(named.map((match) => match[1]!).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('every error code has its line in docs/errors.md, and every line its code', () => {
  const documented = [...read('docs/errors.md').matchAll(/^\| `([a-z0-9-]+)`/gm)].map((match) => match[1]!);
  const sources = filesBelow('src', /^(?!.*\.test\.ts$).*\.ts$/)
    .map(read)
    .join('\n');
  const used = new Set([...sources.matchAll(/\bcode: '([a-z][a-z0-9]*(?:-[a-z0-9]+)*)'/g)].map((match) => match[1]!));
  used.delete('custom');
  expect([...used].filter((code) => !documented.includes(code)).sort()).toEqual([]);
  expect(documented.filter((code) => !sources.includes(`'${code}'`)).sort()).toEqual([]);
  expect(new Set(documented).size).toBe(documented.length);
});

test('docs/configuration.md is what the schema says', () => {
  expect(read('docs/configuration.md')).toBe(configurationReference());
});

test('every key of the configuration says what it is for', () => {
  const bare = configurationReference()
    .split('\n')
    .filter((line) => /^\| `/.test(line) && / \|\s+\|$/.test(line));
  expect(bare).toEqual([]);
});

test('every dependency has its line in docs/dependencies.md', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const text = read('docs/dependencies.md');
  const missing = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !text.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});

test('relative links in the documents lead somewhere', () => {
  const documents = ['README.md', 'CHANGELOG.md', ...filesBelow('docs', /\.md$/)];
  const broken = documents.flatMap((document) =>
    [...read(document).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      .map((match) => match[1]!)
      .filter((target) => !existsSync(resolve(ROOT, document, '..', target)))
      .map((target) => `${document}: ${target}`),
  );
  expect(broken).toEqual([]);
});
