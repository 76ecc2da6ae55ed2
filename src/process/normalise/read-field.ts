import { VALUE, type AttributeTable } from '../../model/attributes.ts';
import type { GenAiFacts } from '../../model/gen-ai.ts';
import { TOKEN_KEYS, type DialectField } from '../../vocabulary/dialect.ts';
import { canonicalProvider } from '../../vocabulary/providers.ts';

/** Names longer than this are no names. */
const MAX_TEXT = 256;

/** Sets the fact that a field fills, if the value can be read as the field says; else leaves it out. */
export function readField(
  facts: GenAiFacts,
  field: DialectField,
  attributes: AttributeTable,
  entry: number,
  startUnixNano: bigint,
): void {
  const target = facts as Record<string, string | number | undefined>;
  const value = valueOf(field, attributes, entry, startUnixNano);
  if (value !== undefined) target[field.fact] = value;
}

function valueOf(
  field: DialectField,
  attributes: AttributeTable,
  entry: number,
  startUnixNano: bigint,
): string | number | undefined {
  switch (field.reading) {
    case 'count': {
      const count = numberOf(attributes, entry);
      return count >= 0 && Number.isInteger(count) ? count : undefined;
    }
    case 'seconds':
      return nonNegative(numberOf(attributes, entry));
    case 'milliseconds':
      return nonNegative(numberOf(attributes, entry) / 1000);
    case 'instant': {
      const unixMs = Date.parse(unquoted(attributes.text(entry)));
      return nonNegative(unixMs / 1000 - Number(startUnixNano / 1000n) / 1e6);
    }
    case 'mapped': {
      const text = unquoted(attributes.text(entry));
      return field.values !== undefined && Object.hasOwn(field.values, text) ? field.values[text] : undefined;
    }
    case 'provider':
      return named(attributes.text(entry), canonicalProvider);
    case 'list':
      return named(attributes.text(entry), joined);
    default:
      return named(attributes.text(entry), unquoted);
  }
}

/** Token counts out of a JSON object, nested ones included (`input_token_details`); known facts are left alone. */
export function fillTokenCounts(facts: GenAiFacts, json: string): void {
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 3) return;
    for (const [key, inner] of Object.entries(value)) {
      const fact = Object.hasOwn(TOKEN_KEYS, key) ? TOKEN_KEYS[key] : undefined;
      if (typeof inner === 'number') {
        if (fact !== undefined && Number.isInteger(inner) && inner >= 0) facts[fact] ??= inner;
      } else visit(inner, depth + 1);
    }
  };
  visit(parsed(json), 0);
}

/** Gives a name to whatever the operation says the span is. */
export function fillEntity(facts: GenAiFacts, name: string): void {
  if (name === '' || name.length > MAX_TEXT) return;
  if (facts.operation === 'execute_tool') facts.tool ??= name;
  else if (facts.operation === 'invoke_agent') facts.agent ??= name;
  else if (facts.operation === 'invoke_workflow') facts.workflow ??= name;
}

function numberOf(attributes: AttributeTable, entry: number): number {
  const kind = attributes.kind[entry];
  if (kind === VALUE.INT || kind === VALUE.DOUBLE) return attributes.number[entry]!;
  const text = unquoted(attributes.text(entry)).trim();
  return text === '' ? NaN : Number(text);
}

function nonNegative(value: number): number | undefined {
  return value >= 0 && value < Infinity ? value : undefined;
}

function named(text: string, read: (text: string) => string): string | undefined {
  if (text.length > MAX_TEXT * 4) return undefined;
  const name = read(text);
  return name === '' || name.length > MAX_TEXT ? undefined : name;
}

/** Elements of a JSON list joined by a comma; any other text as it is. */
function joined(text: string): string {
  const list = text.startsWith('[') ? parsed(text) : undefined;
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string').join(',') : unquoted(text);
}

/** Langfuse and others encode even plain texts as JSON. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  const value = parsed(text);
  return typeof value === 'string' ? value : text;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
