/**
 * The canonical GenAI facts of one span, whichever SDK wrote it. `undefined` means the span does not say; a count
 * that is absent is never 0. Names follow the OpenTelemetry GenAI conventions (`gen_ai.*`), given beside each.
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/
 */
export interface GenAiFacts {
  /** gen_ai.operation.name: chat, text_completion, embeddings, retrieval, execute_tool, invoke_agent, … */
  operation?: string;
  /** gen_ai.provider.name */
  provider?: string;
  /** gen_ai.request.model */
  requestModel?: string;
  /** gen_ai.response.model */
  responseModel?: string;
  /** gen_ai.usage.input_tokens; includes cached ones */
  inputTokens?: number;
  /** gen_ai.usage.output_tokens; includes reasoning */
  outputTokens?: number;
  /** gen_ai.usage.cache_read.input_tokens */
  cacheReadTokens?: number;
  /** gen_ai.usage.cache_write.input_tokens */
  cacheWriteTokens?: number;
  /** gen_ai.usage.reasoning.output_tokens */
  reasoningTokens?: number;
  /** gen_ai.response.time_to_first_chunk */
  timeToFirstTokenSeconds?: number;
  /** gen_ai.response.finish_reasons, joined by a comma */
  finishReason?: string;
  /** gen_ai.tool.name */
  tool?: string;
  /** gen_ai.agent.name */
  agent?: string;
  /** gen_ai.workflow.name */
  workflow?: string;
  /** gen_ai.conversation.id; hashed unless the policy keeps it */
  conversation?: string;
  /** gen_ai.data_source.id */
  dataSource?: string;
  /** error.type */
  errorType?: string;
  /** Dialect the span was written in: `otel-genai`, `openinference`, … */
  dialect?: string;
}
