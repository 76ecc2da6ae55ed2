import { VALUE, type AttributeTable } from '../../model/attributes.ts';
import type { GenAiFacts } from '../../model/gen-ai.ts';
import type { SpanBatch } from '../../model/span.ts';
import { TOKEN_KEYS, type DialectField } from '../../vocabulary/dialect.ts';
import { DIALECT_FIELDS } from '../../vocabulary/dialects/registry.ts';
import { canonicalProvider } from '../../vocabulary/providers.ts';
import { ValueCache } from './value-cache.ts';

/** Names longer than this are no names. */
const MAX_TEXT = 256;

/** Reads the values of fields; remembers texts that come again and again. */
export class FieldReader {
  private readonly cache = new ValueCache();

  /**
   * Sets the fact that field `index` of `DIALECT_FIELDS` fills, if the value can be read as the field says.
   * @param row of the span, for readings that need its start
   */
  read(facts: GenAiFacts, index: number, batch: SpanBatch, row: number, entry: number): void {
    const field = DIALECT_FIELDS[index]!;
    const { attributes } = batch;
    const target = facts as Record<string, string | number | undefined>;
    const kind = attributes.kind[entry];
    const isText = kind === VALUE.STRING || kind === VALUE.JSON;
    const value = isNumeric(field)
      ? numericValue(field, batch, row, entry)
      : isText
        ? this.cache.value(
            index,
            attributes.arena,
            attributes.textStart[entry]!,
            attributes.textEnd[entry]!,
            READ_TEXT[index]!,
          )
        : textValue(field, attributes.text(entry));
    if (value !== undefined) target[field.fact] = value;
  }
}

/** [DIALECT_FIELDS] made once, so that no closure is made a span. */
const READ_TEXT = DIALECT_FIELDS.map((field) => (text: string) => textValue(field, text));

function isNumeric({ reading }: DialectField): boolean {
  return reading === 'count' || reading === 'seconds' || reading === 'milliseconds' || reading === 'instant';
}

function numericValue(field: DialectField, batch: SpanBatch, row: number, entry: number): number | undefined {
  const { attributes } = batch;
  switch (field.reading) {
    case 'count': {
      const count = numberOf(attributes, entry);
      return count >= 0 && Number.isInteger(count) ? count : undefined;
    }
    case 'milliseconds':
      return nonNegative(numberOf(attributes, entry) / 1000);
    case 'instant': {
      const unixMs = Date.parse(unquoted(attributes.text(entry)));
      return nonNegative(unixMs / 1000 - Number(batch.startUnixNano[row]! / 1000n) / 1e6);
    }
    default:
      return nonNegative(numberOf(attributes, entry));
  }
}

function textValue(field: DialectField, text: string): string | undefined {
  switch (field.reading) {
    case 'mapped': {
      const key = unquoted(text);
      return field.values !== undefined && Object.hasOwn(field.values, key) ? field.values[key] : undefined;
    }
    case 'provider':
      return named(text, canonicalProvider);
    case 'list':
      return named(text, joined);
    default:
      return named(text, unquoted);
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
