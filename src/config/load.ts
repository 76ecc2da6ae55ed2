import { existsSync, readFileSync } from 'node:fs';
import { LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { SondeError } from '../model/errors.ts';
import { nearest } from '../util/suggest.ts';
import { overlayEnvironment, withValue } from './environment.ts';
import { schemaTree, type SchemaNode } from './schema-tree.ts';
import { configSchema, type Settings } from './schema.ts';

/** A flag of the command line, as the key it stands for. */
export interface ConfigOverride {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** A fault in a configuration, at its place in the file. */
export interface ConfigProblem {
  /** `store.retention.traces` */
  readonly path: string;
  /** 1-based, if the path stands in the file. */
  readonly line?: number;
  readonly message: string;
}

/** `SONDE_CONFIG`, else `sonde.yaml` where Sonde is started, if it is there. */
export function defaultConfigFile(): string | undefined {
  return process.env['SONDE_CONFIG'] ?? (existsSync('sonde.yaml') ? 'sonde.yaml' : undefined);
}

export interface LoadedConfig {
  readonly settings: Settings;
  /** What the user wrote, environment included, before defaults. */
  readonly written: Record<string, unknown>;
}

/**
 * Settings from a file (optional), `SONDE_…` variables, flags and defaults; the environment wins over the file, flags
 * win over both.
 * @throws SondeError `config-unreadable`, `config-invalid` with every problem, one a line, in the message
 */
export function loadConfig(
  file: string | undefined,
  environment: NodeJS.ProcessEnv,
  overrides: readonly ConfigOverride[] = [],
): LoadedConfig {
  return parseConfig(file === undefined ? '' : readConfig(file), file ?? 'the defaults', environment, overrides);
}

/** As `loadConfig`, for text already read; `name` stands in messages. */
export function parseConfig(
  text: string,
  name: string,
  environment: NodeJS.ProcessEnv,
  overrides: readonly ConfigOverride[] = [],
): LoadedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, version: '1.1' });
  const syntax = document.errors.map((error) => ({
    path: '',
    line: lines.linePos(error.pos[0]).line,
    message: error.message.split('\n', 1)[0]!.replace(/ at line .*$/, ''),
  }));
  if (syntax.length > 0) throw invalid(name, syntax);
  const root: unknown = document.toJS() ?? {};
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    throw invalid(name, [{ path: '', line: 1, message: 'is not a mapping of keys to values' }]);
  }
  const tree = schemaTree(configSchema);
  const overlaid = overlayEnvironment(root as Record<string, unknown>, tree, environment);
  const written = overrides.reduce((config, { path, value }) => withValue(config, path, value), overlaid);
  const result = configSchema.safeParse(written);
  if (result.success) return { settings: result.data, written };
  throw invalid(
    name,
    result.error.issues.flatMap((issue) => problemsOf(issue, document, lines, tree)),
  );
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SondeError(`the configuration ${file} cannot be read (${reason})`, {
      kind: 'invalid',
      code: 'config-unreadable',
      where: file,
      mend: 'name an existing, readable file with --config, or leave it out to run on defaults',
      cause,
    });
  }
}

function invalid(name: string, problems: readonly ConfigProblem[]): SondeError {
  const lines = problems.map(({ path, line, message }) => {
    const place = line === undefined ? name : `${name}:${line}`;
    return `${place}: ${path === '' ? '' : `${path}: `}${message}`;
  });
  return new SondeError(lines.join('\n'), { kind: 'invalid', code: 'config-invalid' });
}

function problemsOf(
  issue: z.core.$ZodIssue,
  document: Document,
  lines: LineCounter,
  tree: SchemaNode,
): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(nodeAt(tree, issue.path)?.children ?? {});
    return issue.keys.map((key) => {
      const meant = nearest(key, known);
      const advice = meant === undefined ? `known here: ${known.slice(0, 12).join(', ')}` : `did you mean ${meant}?`;
      return problem([...issue.path, key], `is not a known key; ${advice}`, document, lines);
    });
  }
  // The branch of a union that got furthest explains best.
  if (issue.code === 'invalid_union') {
    const branches = issue.errors.filter((branch) => branch.length > 0);
    const deepest = branches.sort((a, b) => (b[0]?.path.length ?? 0) - (a[0]?.path.length ?? 0))[0];
    if (deepest !== undefined) {
      return deepest.flatMap((inner) =>
        problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, document, lines, tree),
      );
    }
  }
  return [problem(issue.path, issue.message, document, lines)];
}

function problem(path: readonly PropertyKey[], message: string, document: Document, lines: LineCounter): ConfigProblem {
  const line = lineOf(path, document, lines);
  return { path: printPath(path), message, ...(line === undefined ? {} : { line }) };
}

/** Line of the value at `path`, or of its nearest ancestor that stands in the file. */
function lineOf(path: readonly PropertyKey[], document: Document, lines: LineCounter): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    const range = (node as { range?: readonly [number, number, number] } | undefined)?.range;
    if (range !== undefined) return lines.linePos(range[0]).line;
  }
  return undefined;
}

function printPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function nodeAt(tree: SchemaNode, path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = tree;
  for (const part of path) node = typeof part === 'number' ? node?.items : node?.children[String(part)];
  return node;
}
