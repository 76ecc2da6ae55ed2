import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyTable } from '../../model/key-table.ts';
import { spanBatch, type SpanOptions } from '../batch.fixture.ts';
import { Normaliser } from './normalise.ts';

function factsOf(span: Partial<SpanOptions>): unknown {
  const batch = spanBatch([{ name: 'span', attributes: {}, ...span }]);
  new Normaliser().spans(batch);
  return batch.genAi[0];
}

describe('what a span of each dialect says', () => {
  test.each([
    {
      name: 'OpenTelemetry, newer generation',
      span: {
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'gpt-4o',
          'gen_ai.response.model': 'gpt-4o-2024-08-06',
          'gen_ai.usage.input_tokens': 100,
          'gen_ai.usage.output_tokens': 20,
          'gen_ai.usage.cache_read.input_tokens': 64,
          'gen_ai.usage.cache_write.input_tokens': 8,
          'gen_ai.usage.reasoning.output_tokens': 5,
          'gen_ai.response.time_to_first_chunk': 0.25,
          'gen_ai.response.finish_reasons': ['stop', 'length'],
          'gen_ai.conversation.id': 'c-1',
        },
      },
      want: {
        operation: 'chat',
        provider: 'openai',
        requestModel: 'gpt-4o',
        responseModel: 'gpt-4o-2024-08-06',
        inputTokens: 100,
        outputTokens: 20,
        cacheReadTokens: 64,
        cacheWriteTokens: 8,
        reasoningTokens: 5,
        timeToFirstTokenSeconds: 0.25,
        finishReason: 'stop,length',
        conversation: 'c-1',
        dialect: 'otel-genai',
      },
    },
    {
      name: 'OpenTelemetry, older generation: system, prompt and completion tokens',
      span: {
        attributes: {
          'gen_ai.system': 'az.ai.openai',
          'gen_ai.request.model': 'gpt-4',
          'gen_ai.usage.prompt_tokens': 7,
          'gen_ai.usage.completion_tokens': 3,
          'gen_ai.usage.cache_creation.input_tokens': 2,
        },
      },
      want: {
        operation: 'chat',
        provider: 'azure.ai.openai',
        requestModel: 'gpt-4',
        inputTokens: 7,
        outputTokens: 3,
        cacheWriteTokens: 2,
        dialect: 'otel-genai',
      },
    },
    {
      name: 'OpenTelemetry tool whose name stands in the span’s name',
      span: { name: 'execute_tool search', attributes: { 'gen_ai.operation.name': 'execute_tool' } },
      want: { operation: 'execute_tool', tool: 'search', dialect: 'otel-genai' },
    },
    {
      name: 'OpenInference model call',
      span: {
        scope: 'openinference.instrumentation.openai',
        attributes: {
          'openinference.span.kind': 'LLM',
          'llm.provider': 'openai',
          'llm.model_name': 'gpt-4o',
          'llm.token_count.prompt': 10,
          'llm.token_count.completion': 4,
          'llm.token_count.prompt_details.cache_read': 6,
          'llm.token_count.completion_details.reasoning': 2,
          'session.id': 's',
        },
        events: [{ name: 'First Token Stream Event', attributes: {} }],
      },
      want: {
        operation: 'chat',
        provider: 'openai',
        requestModel: 'gpt-4o',
        inputTokens: 10,
        outputTokens: 4,
        cacheReadTokens: 6,
        reasoningTokens: 2,
        conversation: 's',
        timeToFirstTokenSeconds: 0.05,
        dialect: 'openinference',
      },
    },
    {
      name: 'OpenInference tool',
      span: { attributes: { 'openinference.span.kind': 'TOOL', 'tool.name': 'search' } },
      want: { operation: 'execute_tool', tool: 'search', dialect: 'openinference' },
    },
    {
      name: 'OpenLLMetry model call',
      span: {
        scope: 'opentelemetry.instrumentation.openai.v1',
        attributes: {
          'llm.request.type': 'chat',
          'gen_ai.system': 'OpenAI',
          'gen_ai.request.model': 'gpt-4o',
          'gen_ai.usage.prompt_tokens': '12',
          'gen_ai.completion.0.finish_reason': 'tool_calls',
          'gen_ai.prompt.0.role': 'user',
        },
      },
      want: {
        operation: 'chat',
        provider: 'openai',
        requestModel: 'gpt-4o',
        inputTokens: 12,
        finishReason: 'tool_calls',
        dialect: 'openllmetry',
      },
    },
    {
      name: 'OpenLLMetry workflow, tool and agent',
      span: { attributes: { 'traceloop.entity.name': 'plan trip', 'traceloop.span.kind': 'agent' } },
      want: { operation: 'invoke_agent', agent: 'plan trip', dialect: 'openllmetry' },
    },
    {
      name: 'Vercel AI SDK model call with gen_ai.* beside: those win',
      span: {
        scope: 'ai',
        attributes: {
          'ai.operationId': 'ai.streamText.doStream',
          'ai.model.id': 'gpt-4o',
          'ai.model.provider': 'openai.chat',
          'ai.usage.inputTokens': 9,
          'ai.usage.outputTokens': 2,
          'ai.usage.cachedInputTokens': 4,
          'ai.response.finishReason': 'stop',
          'gen_ai.request.model': 'gpt-4o-mini',
        },
        events: [{ name: 'ai.stream.firstChunk', attributes: { 'ai.stream.msToFirstChunk': 120 } }],
      },
      want: {
        operation: 'chat',
        provider: 'openai',
        requestModel: 'gpt-4o-mini',
        inputTokens: 9,
        outputTokens: 2,
        cacheReadTokens: 4,
        finishReason: 'stop',
        timeToFirstTokenSeconds: 0.12,
        dialect: 'vercel-ai',
      },
    },
    {
      name: 'Vercel AI SDK, milliseconds to the first chunk',
      span: { attributes: { 'ai.operationId': 'ai.embed.doEmbed', 'ai.response.msToFirstChunk': 40 } },
      want: { operation: 'embeddings', timeToFirstTokenSeconds: 0.04, dialect: 'vercel-ai' },
    },
    {
      name: 'LangSmith: counts in a JSON blob, name of the tool in the span’s name',
      span: {
        name: 'search',
        attributes: {
          'langsmith.span.kind': 'tool',
          'langsmith.metadata.ls_provider': 'anthropic',
          'langsmith.usage_metadata':
            '{"input_tokens":5,"output_tokens":6,"total_tokens":11,"input_token_details":{"cache_read":3}}',
        },
      },
      want: {
        operation: 'execute_tool',
        tool: 'search',
        provider: 'anthropic',
        inputTokens: 5,
        outputTokens: 6,
        cacheReadTokens: 3,
        dialect: 'langsmith',
      },
    },
    {
      name: 'Langfuse: JSON-encoded start of the completion',
      span: {
        attributes: {
          'langfuse.observation.type': 'generation',
          'langfuse.observation.model.name': 'gpt-4o',
          'langfuse.observation.usage_details': '{"input":5,"output":6,"total":11}',
          'langfuse.observation.completion_start_time': '"2023-11-14T22:13:20.500Z"',
        },
      },
      want: {
        operation: 'chat',
        requestModel: 'gpt-4o',
        inputTokens: 5,
        outputTokens: 6,
        timeToFirstTokenSeconds: 0.5,
        dialect: 'langfuse',
      },
    },
    {
      name: 'MLflow: JSON-encoded type',
      span: {
        attributes: {
          'mlflow.spanType': '"CHAT_MODEL"',
          'mlflow.chat.tokenUsage': '{"input_tokens":1,"output_tokens":2}',
        },
      },
      want: { operation: 'chat', inputTokens: 1, outputTokens: 2, dialect: 'mlflow' },
    },
    {
      name: 'an MCP tool call',
      span: { attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'search' } },
      want: { operation: 'execute_tool', tool: 'search', dialect: 'otel-genai' },
    },
    {
      name: 'a failed call: the exception’s type',
      span: {
        statusCode: 2,
        attributes: { 'gen_ai.operation.name': 'chat' },
        events: [{ name: 'exception', attributes: { 'exception.type': 'RateLimitError' } }],
      },
      want: { operation: 'chat', errorType: 'RateLimitError', dialect: 'otel-genai' },
    },
    {
      name: 'counts that are none',
      span: {
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.usage.input_tokens': -1,
          'gen_ai.usage.output_tokens': 'many',
          'gen_ai.response.time_to_first_chunk': -3,
          'gen_ai.request.model': '',
        },
      },
      want: { operation: 'chat', dialect: 'otel-genai' },
    },
    {
      name: 'a span about something else',
      span: { attributes: { 'http.route': '/', 'error.type': '500' } },
      want: undefined,
    },
    {
      name: 'keys that others use too',
      span: { attributes: { 'session.id': 's', 'tool.name': 't' } },
      want: undefined,
    },
    {
      name: 'an instrumentation of something else in the OpenTelemetry namespace',
      span: { scope: 'opentelemetry.instrumentation.requests', attributes: { 'http.method': 'GET' } },
      want: undefined,
    },
  ])('$name', ({ span, want }) => {
    expect(factsOf(span)).toEqual(want);
  });
});

test('facts of one span do not leak into the next, whatever the order of keys', () => {
  const keys = new KeyTable();
  const normaliser = new Normaliser();
  const batch = spanBatch(
    [
      { name: 'a', attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' } },
      { name: 'b', attributes: { 'http.route': '/' } },
      {
        name: 'c',
        attributes: { 'ai.model.id': 'other', 'gen_ai.request.model': 'm2', 'gen_ai.operation.name': 'chat' },
      },
    ],
    keys,
  );
  normaliser.spans(batch);
  expect(batch.genAi).toEqual([
    { operation: 'chat', requestModel: 'm', dialect: 'otel-genai' },
    undefined,
    { operation: 'chat', requestModel: 'm2', dialect: 'vercel-ai' },
  ]);
  // The table has grown since its keys were judged.
  const later = spanBatch([{ name: 'd', attributes: { 'llm.model_name': 'new' } }], keys);
  normaliser.spans(later);
  expect(later.genAi[0]).toMatchObject({ requestModel: 'new' });
});

test('any attributes are read without an exception', () => {
  const value = fc.oneof(
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.array(fc.string()),
    fc.dictionary(fc.string(), fc.anything()),
  );
  const key = fc.constantFrom(
    'gen_ai.usage.input_tokens',
    'gen_ai.response.finish_reasons',
    'langsmith.usage_metadata',
    'langfuse.observation.completion_start_time',
    'ai.response.msToFirstChunk',
    'mlflow.spanType',
    'openinference.span.kind',
  );
  fc.assert(
    fc.property(fc.dictionary(key, value), (attributes) => {
      factsOf({ attributes });
    }),
  );
});
