/**
 * What a field holds:
 * `content`  words of users and models, tool arguments and results, documents, embeddings of them: the content policy
 *            decides;
 * `secret`   credentials: never kept, whatever the policy;
 * `identity` who it was: a person, a session, a conversation;
 * `url`      may carry words in its query string;
 * `query`    a database statement, which may carry words in its literals;
 * `exception` text that may quote the prompt.
 */
export type SensitiveKind = 'content' | 'secret' | 'identity' | 'url' | 'query' | 'exception';

export interface SensitiveRule {
  readonly kind: SensitiveKind;
  /** The pattern, with N for an index: a bounded name for counters, `gen_ai.prompt.N.content`. */
  readonly family: string;
  /** Where true, the key means content only on spans and records about GenAI (`metadata`, `events`, `db.statement`). */
  readonly onlyGenAi: boolean;
}

/**
 * The rule for an attribute key of any dialect, or undefined if it holds nothing sensitive. Slow enough to be asked
 * once a key, not once an attribute (see process/key-decisions.ts).
 * @see https://github.com/open-telemetry/semantic-conventions-genai and the SDKs' own constants
 */
export function sensitiveRule(key: string): SensitiveRule | undefined {
  const generic = key.replace(INDEX, '.N');
  if (HARMLESS.has(generic)) return undefined;
  const exact = EXACT.get(generic);
  if (exact !== undefined) return exact;
  for (let end = generic.lastIndexOf('.'); end > 0; end = generic.lastIndexOf('.', end - 1)) {
    const rule = BELOW.get(generic.slice(0, end));
    if (rule !== undefined) return rule;
  }
  const special = SPECIAL.find(({ pattern }) => pattern.test(generic));
  return special?.rule;
}

/** Every rule there is, for documentation; in the order of the tables. */
export function sensitiveRules(): readonly SensitiveRule[] {
  return [...new Set([...EXACT.values(), ...BELOW.values(), ...SPECIAL.map(({ rule }) => rule)])];
}

/** Whether a key belongs to a GenAI dialect; long texts under unknown keys of these are taken for content. */
export function isGenAiKey(key: string): boolean {
  return GEN_AI_NAMESPACE.test(key);
}

/** Whether an event or log record of this name is about GenAI content as a whole: its body and free text are dropped. */
export function isContentEvent(name: string): boolean {
  return CONTENT_EVENTS.has(name) || /^gen_ai\.(?!evaluation\.|client\.operation\.exception)/.test(name);
}

/** Attributes of content events that say nothing of the content; every other text in them goes. */
export const HARMLESS_IN_CONTENT_EVENTS: ReadonlySet<string> = new Set([
  'role',
  'index',
  'id',
  'finish_reason',
  'event.name',
  'gen_ai.system',
  'gen_ai.provider.name',
  'gen_ai.operation.name',
  'gen_ai.request.model',
  'gen_ai.response.model',
  'gen_ai.response.id',
  'gen_ai.response.finish_reasons',
  'gen_ai.agent.name',
  'gen_ai.agent.id',
  'gen_ai.tool.name',
  'gen_ai.tool.call.id',
  'gen_ai.tool.type',
  'gen_ai.conversation.id',
  'gen_ai.output.type',
  'gen_ai.token.type',
  'gen_ai.data_source.id',
  'gen_ai.workflow.name',
  'error.type',
  'server.address',
  'session.id',
  'user.id',
]);

const INDEX = /\.\d+(?=\.|$)/g;
const GEN_AI_NAMESPACE =
  /^(gen_ai|llm|ai|openinference|traceloop|langsmith|langfuse|mlflow|pydantic_ai|lk|gcp\.vertex\.agent|input|output|retrieval|reranker|embedding|tool|agent|crewai|langgraph|dspy|smolagents|haystack|llama_index)\./;
const CONTENT_EVENTS: ReadonlySet<string> = new Set(['new_token', 'llm.content.completion.chunk', 'ai.stream.chunk']);

const RULES: Readonly<Record<SensitiveKind, readonly string[]>> = {
  content: [
    // OpenTelemetry, both generations
    'gen_ai.input.messages',
    'gen_ai.output.messages',
    'gen_ai.system_instructions',
    'gen_ai.tool.definitions',
    'gen_ai.tool.description',
    'gen_ai.tool.call.arguments',
    'gen_ai.tool.call.result',
    'gen_ai.agent.description',
    'gen_ai.retrieval.query.text',
    'gen_ai.retrieval.documents',
    'gen_ai.memory.query.text',
    'gen_ai.memory.records',
    'gen_ai.prompt.variable.*',
    'gen_ai.evaluation.explanation',
    'gen_ai.request.stop_sequences',
    'gen_ai.prompt',
    'gen_ai.completion',
    'gen_ai.event.content',
    // OpenInference
    'input.value',
    'output.value',
    'llm.input_messages',
    'llm.input_messages.*',
    'llm.output_messages',
    'llm.output_messages.*',
    'llm.prompts',
    'llm.prompts.*',
    'llm.choices.*',
    'llm.prompt_template.template',
    'llm.prompt_template.variables',
    'llm.function_call',
    'llm.tools',
    'llm.tools.*',
    'retrieval.documents',
    'retrieval.documents.*',
    'reranker.query',
    'reranker.input_documents',
    'reranker.input_documents.*',
    'reranker.output_documents',
    'reranker.output_documents.*',
    'embedding.embeddings',
    'embedding.embeddings.*',
    'embedding.text',
    'embedding.vector',
    'document.content',
    'document.metadata',
    'image.url',
    'audio.url',
    'audio.transcript',
    'tool.parameters',
    'tool.json_schema',
    'tool.description',
    'message.content',
    'message.contents.*',
    'message.tool_calls.*',
    'message.function_call_arguments_json',
    'message_content.*',
    'tool_call.function.arguments',
    // OpenLLMetry
    'gen_ai.prompt.N.*',
    'gen_ai.completion.N.*',
    'llm.completions',
    'llm.completions.*',
    'traceloop.entity.input',
    'traceloop.entity.output',
    'traceloop.prompt.template',
    'traceloop.prompt.template_variables',
    'llm.request.functions',
    'llm.request.functions.*',
    'gen_ai.content.completion.chunk',
    'llm.content.completion.chunk',
    'gen_ai.request.structured_output_schema',
    'db.query.result.*',
    'pinecone.query.*',
    // Vercel AI SDK
    'ai.prompt',
    'ai.prompt.*',
    'ai.response.text',
    'ai.response.reasoning',
    'ai.response.object',
    'ai.response.toolCalls',
    'ai.response.files',
    'ai.response.providerMetadata',
    'ai.result.*',
    'ai.toolCall.args',
    'ai.toolCall.result',
    'ai.value',
    'ai.values',
    'ai.embedding',
    'ai.embeddings',
    'ai.documents',
    'ai.ranking',
    'ai.schema',
    'ai.schema.*',
    'ai.input',
    'ai.output',
    'ai.telemetry.metadata.*',
    'ai.settings.context.*',
    // LangSmith
    'gen_ai.serialized.doc',
    'langsmith.metadata.*',
    'langsmith.attachments',
    'langsmith.attachments.*',
    'gen_ai.request.extra_body',
    'gen_ai.request.extra_query',
    // OpenLIT
    'gen_ai.content.*',
    'gen_ai.agent.instructions',
    'gen_ai.agent.context',
    'gen_ai.agent.goal',
    'gen_ai.agent.task',
    'gen_ai.agent.thinking',
    'gen_ai.agent.final_result',
    'gen_ai.agent.actual_output',
    'gen_ai.agent.action.tool_input',
    'gen_ai.agent.finish.output',
    'gen_ai.execution.input',
    'gen_ai.execution.output',
    'gen_ai.browser.*',
    'gen_ai.crawl.js_code',
    // MLflow
    'mlflow.spanInputs',
    'mlflow.spanOutputs',
    'mlflow.chat.messages',
    'mlflow.chat.tools',
    'mlflow.traceInputs',
    'mlflow.traceOutputs',
    // Logfire and Pydantic AI
    'all_messages_events',
    'pydantic_ai.all_messages',
    'logfire.msg',
    'logfire.feedback.comment',
    // Langfuse
    'langfuse.observation.input',
    'langfuse.observation.output',
    'langfuse.trace.input',
    'langfuse.trace.output',
    'langfuse.experiment.item.expected_output',
    'langfuse.observation.status_message',
    // Google ADK, Vertex agents
    'gcp.vertex.agent.llm_request',
    'gcp.vertex.agent.llm_response',
    'gcp.vertex.agent.tool_call_args',
    'gcp.vertex.agent.tool_response',
    'gcp.vertex.agent.data',
    // LiveKit
    'lk.user_input',
    'lk.user_transcript',
    'lk.input_text',
    'lk.chat_ctx',
    'lk.instructions',
    'lk.response.text',
    'lk.response.function_calls',
    'lk.function_tool.arguments',
    'lk.function_tool.output',
  ],
  secret: [
    'llm.headers',
    'llm.headers.*',
    'gen_ai.headers',
    'gen_ai.headers.*',
    'ai.request.headers',
    'ai.request.headers.*',
    'langsmith.request.headers',
    'gen_ai.request.extra_headers',
    'http.request.header.authorization',
    'http.request.header.proxy-authorization',
    'http.request.header.cookie',
    'http.request.header.x-api-key',
    'http.request.header.api-key',
    'http.response.header.set-cookie',
  ],
  identity: [
    'gen_ai.conversation.id',
    'gen_ai.openai.request.user',
    'gen_ai.request.user',
    'llm.user',
    'session.id',
    'user.id',
    'user.email',
    'user.name',
    'user.full_name',
    'enduser.id',
    'traceloop.association.properties.*',
    'ai.telemetry.metadata.sessionId',
    'ai.telemetry.metadata.userId',
    'langsmith.metadata.thread_id',
    'langsmith.metadata.session_id',
    'langsmith.metadata.conversation_id',
    'langsmith.metadata.user_id',
    'langfuse.session.id',
    'langfuse.user.id',
    'mlflow.trace.session',
    'mlflow.trace.user',
    'mcp.session.id',
  ],
  url: ['url.full', 'url.query', 'http.url', 'http.target'],
  query: ['db.query.text', 'db.statement'],
  exception: ['exception.message', 'exception.stacktrace', 'error.message', 'error.stack', 'otel.status_description'],
};

/** Keys that are content on GenAI spans and anything elsewhere. */
const ONLY_GEN_AI: readonly string[] = [
  'metadata',
  'events',
  'final_result',
  'tool_arguments',
  'tool_response',
  'request_data',
  'response_data',
  'model_request_parameters',
  'system_instructions',
  'prompt',
  'completion',
  'prompts',
  'messages',
  'content',
  'message',
  'input',
  'output',
  'inputs',
  'outputs',
  'arguments',
  'result',
  'response',
  'question',
  'answer',
  'query',
  'text',
  'tool_calls',
];

/** Below a prefix that holds content: what says nothing of it. */
const HARMLESS: ReadonlySet<string> = new Set([
  'gen_ai.prompt.name',
  'gen_ai.prompt.version',
  'gen_ai.prompt.N.role',
  'gen_ai.prompt.N.tool_call_id',
  'gen_ai.prompt.N.tool_calls.N.id',
  'gen_ai.prompt.N.tool_calls.N.name',
  'gen_ai.completion.N.role',
  'gen_ai.completion.N.finish_reason',
  'gen_ai.completion.N.tool_calls.N.id',
  'gen_ai.completion.N.tool_calls.N.name',
  'llm.input_messages.N.message.role',
  'llm.input_messages.N.message.tool_call_id',
  'llm.output_messages.N.message.role',
  'llm.output_messages.N.message.tool_calls.N.tool_call.id',
  'llm.output_messages.N.message.tool_calls.N.tool_call.function.name',
  'retrieval.documents.N.document.id',
  'retrieval.documents.N.document.score',
  'reranker.input_documents.N.document.id',
  'reranker.input_documents.N.document.score',
  'reranker.output_documents.N.document.id',
  'reranker.output_documents.N.document.score',
  'message.role',
  'langsmith.metadata.ls_provider',
  'langsmith.metadata.ls_model_name',
  'langsmith.metadata.ls_model_type',
  'langsmith.metadata.langgraph_node',
  'langsmith.metadata.langgraph_step',
]);

const EXACT = new Map<string, SensitiveRule>();
const BELOW = new Map<string, SensitiveRule>();
for (const kind of Object.keys(RULES) as SensitiveKind[]) {
  for (const family of RULES[kind]) {
    const rule: SensitiveRule = { kind, family, onlyGenAi: false };
    if (family.endsWith('.*')) BELOW.set(family.slice(0, -2), rule);
    else EXACT.set(family, rule);
  }
}
for (const family of ONLY_GEN_AI) EXACT.set(family, { kind: 'content', family, onlyGenAi: true });

const SPECIAL: readonly { readonly pattern: RegExp; readonly rule: SensitiveRule }[] = [
  special(/^langfuse\..*\bmetadata\b/, 'content', 'langfuse.*.metadata'),
  special(/(^|\.)(annotations?|evaluations?)\..*explanation$/, 'content', 'evaluation.*.explanation'),
  special(/^db\.query\.result/, 'content', 'db.query.result'),
  special(
    /(^|[._-])(api[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret|password|passwd)$/i,
    'secret',
    'credential',
  ),
];

function special(pattern: RegExp, kind: SensitiveKind, family: string): (typeof SPECIAL)[number] {
  return { pattern, rule: { kind, family, onlyGenAi: false } };
}
