import { variableOf } from './environment.ts';
import { schemaTree, type SchemaNode } from './schema-tree.ts';
import { configSchema } from './schema.ts';

/** `docs/configuration.md`, from the schema: every key, what it is for, its type and default. */
export function configurationReference(): string {
  const tree = schemaTree(configSchema);
  const sections = Object.entries(tree.children).map(([key, node]) => section(key, node));
  return [
    '# Configuration',
    '',
    'Sonde runs without any. A file is named by `--config FILE`, else `sonde.yaml` in the working directory is read;',
    'every key can also be set by the variable beside it, which wins over the file. Unknown keys are errors.',
    'Durations are written `15s`, `5m`, `1h30m`; sizes `64MiB`, `10GiB`. This page is generated: `npm run docs`.',
    '',
    ...sections,
  ].join('\n');
}

function section(key: string, node: SchemaNode): string {
  const rows: string[] = [];
  collect([key], node, rows);
  return [
    `## \`${key}\``,
    '',
    node.description,
    '',
    '| key | type | default | what it is for |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function collect(path: readonly string[], node: SchemaNode, rows: string[]): void {
  const children = Object.entries(node.items?.children ?? node.children);
  if (children.length === 0 || path.length > 1) rows.push(row(path, node));
  const prefix = node.items === undefined ? path : [...path.slice(0, -1), `${path.at(-1)!}[]`];
  for (const [key, child] of children) collect([...prefix, key], child, rows);
}

function row(path: readonly string[], node: SchemaNode): string {
  const inList = path.some((part) => part.endsWith('[]'));
  const variable = inList ? '' : `<br>\`${variableOf(path)}\``;
  const isGroup = Object.keys(node.children).length > 0;
  const value = node.defaultValue === undefined || isGroup ? '' : `\`${JSON.stringify(node.defaultValue)}\``;
  return `| \`${path.join('.')}\`${variable} | ${node.type} | ${value} | ${node.description.replaceAll('|', '\\|')} |`;
}
