import { parse } from 'yaml';
import { SondeError } from '../model/errors.ts';
import { nearest } from '../util/suggest.ts';
import type { SchemaNode } from './schema-tree.ts';

const PREFIX = 'SONDE_';
/** Variables that are not configuration keys: they steer tests and scripts. */
const NOT_KEYS = new Set(['SONDE_SHARED', 'SONDE_CONFIG', 'SONDE_TOKEN']);

/**
 * Lays `SONDE_…` variables over what a file says: `SONDE_STORE_DATA_DIR` is `store.data_dir`. Values are YAML, so
 * lists and mappings can be given too. Names are looked up in the schema, which settles where underscores divide.
 * @throws SondeError `config-unknown-variable`
 */
export function overlayEnvironment(
  written: Readonly<Record<string, unknown>>,
  tree: SchemaNode,
  environment: NodeJS.ProcessEnv,
): Record<string, unknown> {
  const paths = new Map<string, readonly string[]>();
  collect(tree, [], paths);
  let result: Record<string, unknown> = { ...written };
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || NOT_KEYS.has(name) || value === undefined) continue;
    const path = paths.get(name);
    if (path === undefined) {
      const meant = nearest(name, paths.keys());
      throw new SondeError(`${name} is not a setting of Sonde`, {
        kind: 'invalid',
        code: 'config-unknown-variable',
        where: name,
        mend: meant === undefined ? 'unset it; docs/configuration.md lists every key' : `did you mean ${meant}?`,
      });
    }
    result = withValue(result, path, readValue(value));
  }
  return result;
}

/** The variable that sets a key. */
export function variableOf(path: readonly string[]): string {
  return PREFIX + path.join('_').toUpperCase();
}

function collect(node: SchemaNode, path: readonly string[], into: Map<string, readonly string[]>): void {
  if (path.length > 0) into.set(variableOf(path), path);
  for (const [key, child] of Object.entries(node.children)) collect(child, [...path, key], into);
}

/** A copy of a mapping with the value at `path` replaced. */
export function withValue(
  object: Record<string, unknown>,
  path: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const [key, ...rest] = path;
  if (rest.length === 0) return { ...object, [key!]: value };
  const inner = object[key!];
  const child = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : {};
  return { ...object, [key!]: withValue(child as Record<string, unknown>, rest, value) };
}

function readValue(text: string): unknown {
  try {
    const value: unknown = parse(text);
    return value ?? text;
  } catch {
    return text;
  }
}
