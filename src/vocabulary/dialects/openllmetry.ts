import type { Dialect } from '../dialect.ts';

/** OpenLLMetry (Traceloop). @see https://github.com/traceloop/openllmetry */
export const OPENLLMETRY: Dialect = {
  id: 'openllmetry',
  scopes:
    /^(traceloop[\w.-]*|@traceloop\/.*|opentelemetry\.instrumentation\.(openai|anthropic|cohere|mistralai|ollama|groq|together|replicate|bedrock|sagemaker|vertexai|google_generativeai|watsonx|alephalpha|transformers|langchain|llamaindex|haystack|crewai|lancedb|chromadb|pinecone|qdrant|weaviate|milvus|marqo|agno|mcp|writer|openai_agents)(\..*)?)$/,
  keys: /^(traceloop\.|gen_ai\.(prompt|completion)\.\d|llm\.(request\.type|usage\.|headers|is_streaming|chat\.|response\.(finish|stop)_reason|completions\.|request\.functions|content\.completion))/,
  firstTokenEvents: [{ name: 'llm.content.completion.chunk' }, { name: 'gen_ai.content.completion.chunk' }],
  fields: [
    {
      key: 'traceloop.span.kind',
      fact: 'operation',
      reading: 'mapped',
      values: { workflow: 'invoke_workflow', task: 'invoke_workflow', agent: 'invoke_agent', tool: 'execute_tool' },
    },
    {
      key: 'llm.request.type',
      fact: 'operation',
      reading: 'mapped',
      values: { chat: 'chat', completion: 'text_completion', embedding: 'embeddings', rerank: 'rerank' },
    },
    { key: 'llm.usage.prompt_tokens', fact: 'inputTokens', reading: 'count' },
    { key: 'llm.usage.completion_tokens', fact: 'outputTokens', reading: 'count' },
    { key: 'llm.request.model', fact: 'requestModel' },
    { key: 'llm.response.model', fact: 'responseModel' },
    { key: 'llm.vendor', fact: 'provider', reading: 'provider' },
    { key: 'llm.response.finish_reason', fact: 'finishReason', reading: 'list' },
    { key: 'llm.response.stop_reason', fact: 'finishReason', reading: 'list' },
    { key: 'gen_ai.completion.N.finish_reason', fact: 'finishReason' },
    { key: 'traceloop.workflow.name', fact: 'workflow' },
    { key: 'traceloop.entity.name', fact: 'tool', reading: 'entity' },
    { key: 'traceloop.association.properties.session_id', fact: 'conversation' },
    { key: 'traceloop.association.properties.thread_id', fact: 'conversation' },
  ],
};
