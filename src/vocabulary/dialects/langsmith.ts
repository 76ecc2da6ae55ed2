import type { Dialect } from '../dialect.ts';

/** LangSmith's OpenTelemetry export; also how LangChain and LangGraph come through it. */
export const LANGSMITH: Dialect = {
  id: 'langsmith',
  scopes: /^langsmith[\w./-]*$/,
  keys: /^langsmith\./,
  firstTokenEvents: [{ name: 'new_token' }],
  nameFromSpan: true,
  fields: [
    {
      key: 'langsmith.span.kind',
      fact: 'operation',
      reading: 'mapped',
      values: {
        llm: 'chat',
        chain: 'invoke_workflow',
        tool: 'execute_tool',
        retriever: 'retrieval',
        embedding: 'embeddings',
        prompt: 'prompt',
        parser: 'parse',
      },
    },
    { key: 'langsmith.metadata.ls_provider', fact: 'provider', reading: 'provider' },
    { key: 'langsmith.metadata.ls_model_name', fact: 'requestModel' },
    { key: 'langsmith.usage_metadata', fact: 'inputTokens', reading: 'token-counts' },
    { key: 'gen_ai.usage.input_token_details', fact: 'inputTokens', reading: 'token-counts' },
    { key: 'gen_ai.usage.output_token_details', fact: 'inputTokens', reading: 'token-counts' },
    { key: 'langsmith.metadata.thread_id', fact: 'conversation' },
    { key: 'langsmith.metadata.session_id', fact: 'conversation' },
    { key: 'langsmith.metadata.conversation_id', fact: 'conversation' },
    { key: 'langsmith.metadata.langgraph_node', fact: 'agent' },
    { key: 'langsmith.trace.name', fact: 'workflow' },
  ],
};
