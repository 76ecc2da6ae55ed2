import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const SRC = join(ROOT, 'src');

const BASE = ['util', 'model', 'self'];
/** Which rooms a room may import, itself always included; docs/architecture.md shows the same table. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  util: [],
  model: ['util'],
  self: ['util', 'model'],
  vocabulary: ['util', 'model'],
  config: ['util', 'model', 'vocabulary'],
  receive: BASE,
  process: [...BASE, 'vocabulary'],
  send: BASE,
  store: BASE,
  query: [...BASE, 'vocabulary', 'store'],
  demo: [...BASE, 'vocabulary'],
  serve: [...BASE, 'vocabulary', 'config', 'receive', 'process', 'send', 'store', 'query'],
  app: [...BASE, 'vocabulary', 'config', 'receive', 'process', 'send', 'store', 'query', 'serve', 'demo'],
  cli: [...BASE, 'vocabulary', 'config', 'receive', 'process', 'send', 'store', 'query', 'serve', 'demo', 'app'],
};
/** Rooms without components: their files are imported as they are. */
const FLAT = new Set(['util', 'model', 'self', 'vocabulary', 'config']);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'testdata' ? [] : sourceFiles(path);
    return /\.ts$/.test(entry.name) && !/\.(test|cases|fixture)\.ts$/.test(entry.name) ? [path] : [];
  });
}

const IMPORTS: readonly Import[] = sourceFiles(SRC).flatMap((file) => {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/^\s*(?:import|export)\s+(type\s)?[^;'"]*?from\s+'(\.[^']+)'/gm);
  return [...found].map((match) => ({
    from: relative(SRC, file),
    to: relative(SRC, resolve(dirname(file), match[2]!)),
    isType: match[1] !== undefined,
  }));
});

const roomOf = (path: string): string => path.split('/')[0]!;

test('every room imports only the rooms it may', () => {
  const wrong = IMPORTS.filter(({ from, to }) => {
    const room = roomOf(from);
    const target = roomOf(to);
    if (room === target) return false;
    if (room === 'config' && to.endsWith('/config.ts')) return false;
    return !(MAY_IMPORT[room] ?? []).includes(target);
  });
  expect(wrong).toEqual([]);
});

test('across rooms only a component’s index is imported', () => {
  const wrong = IMPORTS.filter(({ from, to }) => {
    if (roomOf(from) === roomOf(to) || FLAT.has(roomOf(to))) return false;
    if (roomOf(from) === 'config') return false;
    return !to.endsWith('/index.ts') && !/^serve\/[^/]+\.ts$/.test(to);
  });
  expect(wrong).toEqual([]);
});

test('a configuration leaf imports only util and model', () => {
  const wrong = IMPORTS.filter(
    ({ from, to }) =>
      from.endsWith('/config.ts') &&
      roomOf(from) !== 'cli' &&
      !['util', 'model'].includes(roomOf(to)) &&
      !/config\.ts$/.test(to),
  );
  expect(wrong).toEqual([]);
});

test('SQL of queries stands in sql.ts alone, which imports the table descriptors', () => {
  const wrong = sourceFiles(join(SRC, 'query'))
    .filter((file) => !/sql[^/]*\.ts$/.test(file) && !file.includes('/sql/'))
    .filter((file) => /`\s*(SELECT|WITH)\s/.test(readFileSync(file, 'utf8')));
  expect(wrong.map((file) => relative(SRC, file))).toEqual([]);
});

test('no file imports itself in a circle', () => {
  const graph = new Map<string, string[]>();
  for (const { from, to, isType } of IMPORTS) {
    if (!isType) graph.set(from, [...(graph.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const seenAt = path.indexOf(file);
    if (seenAt >= 0) {
      circles.push([...path.slice(seenAt), file].join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  expect(circles).toEqual([]);
});
