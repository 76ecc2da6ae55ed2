/**
 * Labels that name one request, one person or one text: on a metric each value makes a series that is never seen
 * again. Compared without case, dots and dashes, so that `user.id`, `user_id` and `userId` are one.
 */
const BANNED: ReadonlySet<string> = new Set(
  [
    'prompt',
    'prompt_text',
    'completion',
    'completion_text',
    'input_text',
    'output_text',
    'message',
    'messages',
    'content',
    'query_text',
    'question',
    'answer',
    'gen_ai_prompt',
    'gen_ai_completion',
    'gen_ai_input_messages',
    'gen_ai_output_messages',
    'gen_ai_system_instructions',
    'gen_ai_tool_call_arguments',
    'gen_ai_tool_call_result',
    'gen_ai_tool_call_id',
    'gen_ai_response_id',
    'gen_ai_conversation_id',
    'conversation_id',
    'thread_id',
    'session_id',
    'session',
    'chat_id',
    'message_id',
    'run_id',
    'request_id',
    'req_id',
    'x_request_id',
    'correlation_id',
    'trace_id',
    'span_id',
    'parent_span_id',
    'user_id',
    'user',
    'user_name',
    'username',
    'user_email',
    'email',
    'end_user',
    'enduser_id',
    'enduser',
    'customer_id',
    'client_ip',
    'client_address',
    'remote_addr',
    'user_agent',
    'user_agent_original',
    'hashed_api_key',
    'api_key',
    'api_key_alias',
    'mcp_session_id',
    'jsonrpc_request_id',
    'url_full',
    'url_query',
  ].map(normal),
);

/** Whatever stands before these words (`user_prompt`, `lastQuestion`, `customer.email`), the value is text or a person. */
const TELLTALE_ENDING = /(?:prompt|completion|question|answer|messages?|transcript|email)$/i;

/** Labels that only look so: a database user or a thread of a process is bounded. */
const ALLOWED_METRICS = /^(node_|process_|pg_|mysql_|redis_|container_|kube_|go_|jvm_|nodejs_)/;

/** Whether the label must go from this metric. */
export function isIdentityLabel(metric: string, label: string): boolean {
  return (BANNED.has(normal(label)) || TELLTALE_ENDING.test(label)) && !ALLOWED_METRICS.test(metric);
}

/** One spelling for a label's name. */
export function normal(label: string): string {
  return label.toLowerCase().replace(/[._-]/g, '');
}
