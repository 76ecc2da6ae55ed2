import type { GenAiFacts } from '../model/gen-ai.ts';

/** How a value becomes a fact. */
export type FieldReading =
  /** As it is. */
  | 'text'
  /** Through `values`; what is not in it is not used. */
  | 'mapped'
  /** A provider's name in any SDK's spelling. */
  | 'provider'
  /** A non-negative whole number, also as decimal text. */
  | 'count'
  | 'seconds'
  | 'milliseconds'
  /** A point in time (ISO 8601 text), less the span's start. */
  | 'instant'
  /** A JSON list of texts, or one text. */
  | 'list'
  /** A JSON object of token counts under any SDK's names (see `TOKEN_KEYS`); `fact` is not used. */
  | 'token-counts'
  /** Name of a tool, agent or workflow, whichever the span's operation says. */
  | 'entity';

export interface DialectField {
  /** Attribute key; `N` stands for an index. */
  readonly key: string;
  readonly fact: keyof GenAiFacts;
  /** Default `text`. */
  readonly reading?: FieldReading;
  readonly values?: Readonly<Record<string, string>>;
  /** Keys that others use too (`session.id`, `tool.name`) do not make a span one about GenAI. */
  readonly weak?: boolean;
}

/** Events in which a first token shows: its own time less the span's start, or an attribute in milliseconds. */
export interface FirstTokenEvent {
  readonly name: string;
  readonly millisecondsKey?: string;
}

/** How one SDK family writes GenAI spans. */
export interface Dialect {
  readonly id: string;
  /** Instrumentation scopes that write nothing but GenAI spans in it. */
  readonly scopes: RegExp;
  /** Keys that only this dialect uses. */
  readonly keys: RegExp;
  /** In order of preference among those for the same fact. */
  readonly fields: readonly DialectField[];
  readonly firstTokenEvents?: readonly FirstTokenEvent[];
  /** Where a tool's, agent's or workflow's name stands only in the span's name. */
  readonly nameFromSpan?: boolean;
}

/** Names of token counts in the JSON blobs of LangSmith, Langfuse, MLflow and providers. */
export const TOKEN_KEYS: Readonly<
  Record<string, 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWriteTokens' | 'reasoningTokens'>
> = {
  input_tokens: 'inputTokens',
  prompt_tokens: 'inputTokens',
  input: 'inputTokens',
  promptTokens: 'inputTokens',
  inputTokens: 'inputTokens',
  output_tokens: 'outputTokens',
  completion_tokens: 'outputTokens',
  output: 'outputTokens',
  completionTokens: 'outputTokens',
  outputTokens: 'outputTokens',
  cache_read: 'cacheReadTokens',
  cache_read_input_tokens: 'cacheReadTokens',
  input_cache_read: 'cacheReadTokens',
  input_cached_tokens: 'cacheReadTokens',
  cached_tokens: 'cacheReadTokens',
  cachedInputTokens: 'cacheReadTokens',
  cache_creation: 'cacheWriteTokens',
  cache_write: 'cacheWriteTokens',
  cache_creation_input_tokens: 'cacheWriteTokens',
  input_cache_creation: 'cacheWriteTokens',
  reasoning: 'reasoningTokens',
  reasoning_tokens: 'reasoningTokens',
  output_reasoning_tokens: 'reasoningTokens',
  output_reasoning: 'reasoningTokens',
};
