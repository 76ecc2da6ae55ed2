import { z } from 'zod';

/** What the schema says of one key, in a form that the environment overlay and the reference can walk. */
export interface SchemaNode {
  readonly description: string;
  /** As it prints in the reference: `string`, `duration`, `list of …`. */
  readonly type: string;
  /** As written in YAML; undefined where there is none. */
  readonly defaultValue: unknown;
  readonly children: Readonly<Record<string, SchemaNode>>;
  /** For lists: what one item is. */
  readonly items: SchemaNode | undefined;
}

/** The tree behind a schema, made from its JSON Schema (input side: what a user writes). */
export function schemaTree(schema: z.ZodType): SchemaNode {
  return toNode(jsonSchemaOf(schema), undefined);
}

/** JSON Schema of what a user writes; `sonde config schema` prints it. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as JsonSchema;
}

export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
}

function toNode(schema: JsonSchema, inherited: unknown): SchemaNode {
  const whole = schema.properties === undefined ? objectBranch(schema) : schema;
  const defaultValue = schema.default ?? inherited;
  const children: Record<string, SchemaNode> = {};
  for (const [key, child] of Object.entries(whole.properties ?? {})) {
    const fromParent = (defaultValue as Record<string, unknown> | undefined)?.[key];
    children[key] = toNode(child, fromParent);
  }
  const items = typeof whole.items === 'object' ? toNode(whole.items, undefined) : undefined;
  return { description: schema.description ?? '', type: typeName(schema), defaultValue, children, items };
}

/** Of alternatives, the one with keys: `on: true` or `on: { … }` is documented by its keys. */
function objectBranch(schema: JsonSchema): JsonSchema {
  const branches = schema.anyOf ?? schema.allOf ?? [];
  return branches.find((branch) => branch.properties !== undefined || branch.items !== undefined) ?? schema;
}

function typeName(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' \\| ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === 'array') return typeof schema.items === 'object' ? `list of ${typeName(schema.items)}` : 'list';
  if (schema.type === 'object') {
    return typeof schema.additionalProperties === 'object'
      ? `map of ${typeName(schema.additionalProperties)}`
      : 'mapping';
  }
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeName))].join(' or ');
  if (schema.allOf !== undefined) return schema.allOf.map(typeName).find((name) => name !== 'any') ?? 'any';
  return typeof schema.type === 'string' ? schema.type : 'any';
}
