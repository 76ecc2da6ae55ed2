import type { Dialect } from '../dialect.ts';

/**
 * Vercel AI SDK. `ai.generateText` and the like enclose the real calls (`….doGenerate`) and repeat their tokens: they
 * count as an agent's run. @see https://ai-sdk.dev/docs/ai-sdk-core/telemetry
 */
const OPERATIONS = {
  'ai.generateText': 'invoke_agent',
  'ai.streamText': 'invoke_agent',
  'ai.generateObject': 'invoke_agent',
  'ai.streamObject': 'invoke_agent',
  'ai.generateText.doGenerate': 'chat',
  'ai.streamText.doStream': 'chat',
  'ai.generateObject.doGenerate': 'chat',
  'ai.streamObject.doStream': 'chat',
  'ai.embed': 'invoke_workflow',
  'ai.embedMany': 'invoke_workflow',
  'ai.embed.doEmbed': 'embeddings',
  'ai.embedMany.doEmbed': 'embeddings',
  'ai.rerank': 'invoke_workflow',
  'ai.rerank.doRerank': 'rerank',
  'ai.toolCall': 'execute_tool',
};

export const VERCEL_AI: Dialect = {
  id: 'vercel-ai',
  scopes: /^ai$/,
  keys: /^ai\.(operationId|model|prompt|response|result|usage|settings|telemetry|toolCall|values?|embeddings?|documents|ranking|schema|request|stream)/,
  firstTokenEvents: [{ name: 'ai.stream.firstChunk', millisecondsKey: 'ai.stream.msToFirstChunk' }],
  fields: [
    { key: 'ai.operationId', fact: 'operation', reading: 'mapped', values: OPERATIONS },
    { key: 'ai.model.provider', fact: 'provider', reading: 'provider' },
    { key: 'ai.model.id', fact: 'requestModel' },
    { key: 'ai.response.model', fact: 'responseModel' },
    { key: 'ai.usage.inputTokens', fact: 'inputTokens', reading: 'count' },
    { key: 'ai.usage.promptTokens', fact: 'inputTokens', reading: 'count' },
    { key: 'ai.usage.tokens', fact: 'inputTokens', reading: 'count' },
    { key: 'ai.usage.outputTokens', fact: 'outputTokens', reading: 'count' },
    { key: 'ai.usage.completionTokens', fact: 'outputTokens', reading: 'count' },
    { key: 'ai.usage.inputTokenDetails.cacheReadTokens', fact: 'cacheReadTokens', reading: 'count' },
    { key: 'ai.usage.cachedInputTokens', fact: 'cacheReadTokens', reading: 'count' },
    { key: 'ai.usage.inputTokenDetails.cacheWriteTokens', fact: 'cacheWriteTokens', reading: 'count' },
    { key: 'ai.usage.outputTokenDetails.reasoningTokens', fact: 'reasoningTokens', reading: 'count' },
    { key: 'ai.usage.reasoningTokens', fact: 'reasoningTokens', reading: 'count' },
    { key: 'ai.response.finishReason', fact: 'finishReason' },
    { key: 'ai.response.msToFirstChunk', fact: 'timeToFirstTokenSeconds', reading: 'milliseconds' },
    { key: 'ai.toolCall.name', fact: 'tool' },
    { key: 'ai.telemetry.functionId', fact: 'agent' },
    { key: 'ai.telemetry.metadata.sessionId', fact: 'conversation' },
  ],
};
