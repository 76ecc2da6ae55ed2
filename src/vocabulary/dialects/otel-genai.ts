import type { Dialect } from '../dialect.ts';

/** OpenTelemetry's own conventions, both generations; their values win over any other dialect's in the same span. */
export const OTEL_GENAI: Dialect = {
  id: 'otel-genai',
  scopes:
    /^(opentelemetry\.(instrumentation\.(openai_v2|anthropic_v2|google_genai|genai[\w.]*)|util\.genai[\w.]*)|@opentelemetry\/instrumentation-(openai|anthropic|[\w-]*genai)|gen_ai)$/,
  keys: /^gen_ai\.(?!(prompt|completion)\.\d)/,
  firstTokenEvents: [{ name: 'gen_ai.first_token' }, { name: 'gen_ai.response.first_chunk' }],
  fields: [
    { key: 'gen_ai.operation.name', fact: 'operation' },
    { key: 'gen_ai.provider.name', fact: 'provider', reading: 'provider' },
    { key: 'gen_ai.system', fact: 'provider', reading: 'provider' },
    { key: 'gen_ai.request.model', fact: 'requestModel' },
    { key: 'gen_ai.response.model', fact: 'responseModel' },
    { key: 'gen_ai.usage.input_tokens', fact: 'inputTokens', reading: 'count' },
    { key: 'gen_ai.usage.prompt_tokens', fact: 'inputTokens', reading: 'count' },
    { key: 'gen_ai.usage.output_tokens', fact: 'outputTokens', reading: 'count' },
    { key: 'gen_ai.usage.completion_tokens', fact: 'outputTokens', reading: 'count' },
    { key: 'gen_ai.usage.cache_read.input_tokens', fact: 'cacheReadTokens', reading: 'count' },
    { key: 'gen_ai.usage.cache_read_input_tokens', fact: 'cacheReadTokens', reading: 'count' },
    { key: 'gen_ai.usage.cache_write.input_tokens', fact: 'cacheWriteTokens', reading: 'count' },
    { key: 'gen_ai.usage.cache_creation.input_tokens', fact: 'cacheWriteTokens', reading: 'count' },
    { key: 'gen_ai.usage.cache_creation_input_tokens', fact: 'cacheWriteTokens', reading: 'count' },
    { key: 'gen_ai.usage.reasoning.output_tokens', fact: 'reasoningTokens', reading: 'count' },
    { key: 'gen_ai.usage.reasoning_tokens', fact: 'reasoningTokens', reading: 'count' },
    { key: 'gen_ai.response.time_to_first_chunk', fact: 'timeToFirstTokenSeconds', reading: 'seconds' },
    { key: 'gen_ai.server.time_to_first_token', fact: 'timeToFirstTokenSeconds', reading: 'seconds' },
    { key: 'gen_ai.response.finish_reasons', fact: 'finishReason', reading: 'list' },
    { key: 'gen_ai.tool.name', fact: 'tool' },
    { key: 'gen_ai.agent.name', fact: 'agent' },
    { key: 'gen_ai.workflow.name', fact: 'workflow' },
    { key: 'gen_ai.conversation.id', fact: 'conversation' },
    { key: 'gen_ai.data_source.id', fact: 'dataSource' },
    { key: 'error.type', fact: 'errorType', weak: true },
    {
      key: 'mcp.method.name',
      fact: 'operation',
      reading: 'mapped',
      values: { 'tools/call': 'execute_tool' },
      weak: true,
    },
  ],
};
