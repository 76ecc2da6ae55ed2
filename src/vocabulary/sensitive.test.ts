import { describe, expect, test } from 'vitest';
import { isIdentityLabel } from './identity-labels.ts';
import { canonicalProvider } from './providers.ts';
import { isContentEvent, sensitiveRule } from './sensitive.ts';

describe('which keys hold what', () => {
  test.each([
    { key: 'gen_ai.input.messages', want: 'content:gen_ai.input.messages' },
    { key: 'gen_ai.prompt.12.content', want: 'content:gen_ai.prompt.N.*' },
    { key: 'gen_ai.prompt.0.role', want: undefined },
    { key: 'gen_ai.prompt.name', want: undefined },
    { key: 'gen_ai.completion.0.finish_reason', want: undefined },
    { key: 'gen_ai.completion.0.tool_calls.3.arguments', want: 'content:gen_ai.completion.N.*' },
    { key: 'gen_ai.completion.0.tool_calls.3.name', want: undefined },
    { key: 'llm.input_messages.0.message.contents.1.message_content.text', want: 'content:llm.input_messages.*' },
    { key: 'llm.input_messages.0.message.role', want: undefined },
    { key: 'retrieval.documents.4.document.score', want: undefined },
    { key: 'retrieval.documents.4.document.content', want: 'content:retrieval.documents.*' },
    { key: 'ai.prompt.messages', want: 'content:ai.prompt.*' },
    { key: 'ai.request.headers.authorization', want: 'secret:ai.request.headers.*' },
    { key: 'langfuse.trace.metadata', want: 'content:langfuse.*.metadata' },
    { key: 'langfuse.observation.metadata.topic', want: 'content:langfuse.*.metadata' },
    { key: 'evaluations.quality.explanation', want: 'content:evaluation.*.explanation' },
    { key: 'langsmith.metadata.thread_id', want: 'identity:langsmith.metadata.thread_id' },
    { key: 'langsmith.metadata.langgraph_node', want: undefined },
    { key: 'langsmith.metadata.anything', want: 'content:langsmith.metadata.*' },
    { key: 'user.email', want: 'identity:user.email' },
    { key: 'http.url', want: 'url:http.url' },
    { key: 'db.statement', want: 'query:db.statement' },
    { key: 'my.service.api_key', want: 'secret:credential' },
    { key: 'exception.message', want: 'exception:exception.message' },
    { key: 'gen_ai.usage.input_tokens', want: undefined },
    { key: 'http.route', want: undefined },
    { key: 'constructor', want: undefined },
    { key: '', want: undefined },
  ])('$key → $want', ({ key, want }) => {
    const rule = sensitiveRule(key);
    expect(rule && `${rule.kind}:${rule.family}`).toBe(want);
  });

  test('short common names mean content only on GenAI spans', () => {
    expect(sensitiveRule('metadata')).toMatchObject({ kind: 'content', onlyGenAi: true });
    expect(sensitiveRule('input.value')).toMatchObject({ onlyGenAi: false });
  });

  test.each([
    { name: 'gen_ai.user.message', want: true },
    { name: 'gen_ai.choice', want: true },
    { name: 'gen_ai.client.inference.operation.details', want: true },
    { name: 'gen_ai.evaluation.result', want: false },
    { name: 'gen_ai.client.operation.exception', want: false },
    { name: 'exception', want: false },
    { name: 'new_token', want: true },
  ])('event $name holds content: $want', ({ name, want }) => {
    expect(isContentEvent(name)).toBe(want);
  });
});

test.each([
  { metric: 'my_requests_total', label: 'user_id', want: true },
  { metric: 'my_requests_total', label: 'userId', want: true },
  { metric: 'my_requests_total', label: 'user.id', want: true },
  { metric: 'litellm_spend_metric_total', label: 'end_user', want: true },
  { metric: 'litellm_spend_metric_total', label: 'model_id', want: false },
  { metric: 'gen_ai_client_token_usage_sum', label: 'gen_ai_conversation_id', want: true },
  { metric: 'node_systemd_unit_state', label: 'user', want: false },
  { metric: 'DCGM_FI_DEV_GPU_UTIL', label: 'UUID', want: false },
  { metric: 'vllm:request_success_total', label: 'finished_reason', want: false },
])('$metric{$label} is banned: $want', ({ metric, label, want }) => {
  expect(isIdentityLabel(metric, label)).toBe(want);
});

test.each([
  { text: 'OpenAI', want: 'openai' },
  { text: 'openai.chat', want: 'openai' },
  { text: 'google.vertex.chat', want: 'gcp.vertex_ai' },
  { text: 'google.generative-ai', want: 'gcp.gemini' },
  { text: 'azure.ai.openai', want: 'azure.ai.openai' },
  { text: 'aws.bedrock', want: 'aws.bedrock' },
  { text: 'xai', want: 'x_ai' },
  { text: 'constructor', want: 'constructor' },
])('provider $text is $want', ({ text, want }) => {
  expect(canonicalProvider(text)).toBe(want);
});
