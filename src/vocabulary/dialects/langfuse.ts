import type { Dialect } from '../dialect.ts';

/** Langfuse's SDKs on OpenTelemetry. Values may be JSON-encoded texts. */
export const LANGFUSE: Dialect = {
  id: 'langfuse',
  scopes: /^langfuse[\w./-]*$/,
  keys: /^langfuse\./,
  nameFromSpan: true,
  fields: [
    {
      key: 'langfuse.observation.type',
      fact: 'operation',
      reading: 'mapped',
      values: {
        generation: 'chat',
        agent: 'invoke_agent',
        tool: 'execute_tool',
        chain: 'invoke_workflow',
        retriever: 'retrieval',
        embedding: 'embeddings',
        evaluator: 'evaluate',
        guardrail: 'guardrail',
        span: 'invoke_workflow',
      },
    },
    { key: 'langfuse.observation.model.name', fact: 'requestModel' },
    { key: 'langfuse.observation.usage_details', fact: 'inputTokens', reading: 'token-counts' },
    {
      key: 'langfuse.observation.completion_start_time',
      fact: 'timeToFirstTokenSeconds',
      reading: 'instant',
    },
    { key: 'langfuse.session.id', fact: 'conversation' },
    { key: 'langfuse.trace.name', fact: 'workflow' },
  ],
};
