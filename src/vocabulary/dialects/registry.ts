import type { Dialect, DialectField, FirstTokenEvent } from '../dialect.ts';
import { LANGFUSE } from './langfuse.ts';
import { LANGSMITH } from './langsmith.ts';
import { OPENINFERENCE } from './openinference.ts';
import { OPENLLMETRY } from './openllmetry.ts';
import { OTEL_GENAI } from './otel-genai.ts';
import { GOOGLE_ADK, LIVEKIT, LOGFIRE, MLFLOW, OPENLIT } from './others.ts';
import { VERCEL_AI } from './vercel-ai.ts';

/** All dialects; where two of them fill the same fact of a span, the earlier one wins. */
export const DIALECTS: readonly Dialect[] = [
  OTEL_GENAI,
  VERCEL_AI,
  OPENINFERENCE,
  OPENLLMETRY,
  LANGSMITH,
  LANGFUSE,
  MLFLOW,
  OPENLIT,
  LOGFIRE,
  GOOGLE_ADK,
  LIVEKIT,
];

/** Fields of all dialects in order of preference; a lower index wins. */
export const DIALECT_FIELDS: readonly DialectField[] = DIALECTS.flatMap((dialect) => dialect.fields);

export const FIRST_TOKEN_EVENTS: ReadonlyMap<string, FirstTokenEvent> = new Map(
  DIALECTS.flatMap((dialect) => dialect.firstTokenEvents ?? []).map((event) => [event.name, event]),
);

/** Index in `DIALECT_FIELDS` of the field an attribute key fills, or -1. */
export function fieldOfKey(key: string): number {
  return FIELD_OF_KEY.get(key) ?? FIELD_OF_KEY.get(key.replace(/\.\d+(?=\.|$)/g, '.N')) ?? -1;
}

/**
 * Index in `DIALECTS` of the dialect that alone uses this key, or -1. A key of another dialect that also starts with
 * `gen_ai.` belongs to that one.
 */
export function dialectOfKey(key: string): number {
  for (let i = 1; i < DIALECTS.length; i++) if (DIALECTS[i]!.keys.test(key)) return i;
  return DIALECTS[0]!.keys.test(key) ? 0 : -1;
}

/** Index in `DIALECTS` of the dialect that instrumentation scopes of this name write, or -1. */
export function dialectOfScope(scope: string): number {
  return DIALECTS.findIndex((dialect) => dialect.scopes.test(scope));
}

const FIELD_OF_KEY: ReadonlyMap<string, number> = new Map(DIALECT_FIELDS.map((field, index) => [field.key, index]));
