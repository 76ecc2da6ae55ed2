import type { Dialect } from '../dialect.ts';

/** MLflow tracing. */
export const MLFLOW: Dialect = {
  id: 'mlflow',
  scopes: /^mlflow[\w./-]*$/,
  keys: /^mlflow\./,
  nameFromSpan: true,
  fields: [
    {
      key: 'mlflow.spanType',
      fact: 'operation',
      reading: 'mapped',
      values: {
        LLM: 'chat',
        CHAT_MODEL: 'chat',
        CHAIN: 'invoke_workflow',
        AGENT: 'invoke_agent',
        TOOL: 'execute_tool',
        RETRIEVER: 'retrieval',
        EMBEDDING: 'embeddings',
        RERANKER: 'rerank',
        PARSER: 'parse',
      },
    },
    { key: 'mlflow.llm.model', fact: 'requestModel' },
    { key: 'mlflow.chat.tokenUsage', fact: 'inputTokens', reading: 'token-counts' },
    { key: 'mlflow.trace.session', fact: 'conversation' },
  ],
};

/** OpenLIT writes `gen_ai.*` and adds its own content keys. */
export const OPENLIT: Dialect = {
  id: 'openlit',
  scopes: /^openlit[\w./-]*$/,
  keys: /^gen_ai\.(content\.(prompt|completion|reasoning|revised_prompt)|application_name|environment|agent\.(instructions|goal|task|thinking)|execution\.|browser\.|crawl\.)/,
  fields: [],
};

/** Logfire and Pydantic AI write `gen_ai.*` and their own names for agents. */
export const LOGFIRE: Dialect = {
  id: 'logfire',
  scopes: /^pydantic[-_]ai[\w./-]*$/,
  keys: /^pydantic_ai\./,
  fields: [{ key: 'agent_name', fact: 'agent', weak: true }],
};

/** Google's Agent Development Kit. */
export const GOOGLE_ADK: Dialect = {
  id: 'google-adk',
  scopes: /^gcp\.vertex\.agent$/,
  keys: /^gcp\.vertex\.agent\./,
  fields: [{ key: 'gcp.vertex.agent.session_id', fact: 'conversation' }],
};

/** LiveKit agents. */
export const LIVEKIT: Dialect = {
  id: 'livekit',
  scopes: /^livekit-agents$/,
  keys: /^lk\./,
  fields: [{ key: 'lk.function_tool.name', fact: 'tool' }],
};
