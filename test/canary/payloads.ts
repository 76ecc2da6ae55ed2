/** A value as OTLP carries it; objects and arrays stand for key-value lists and arrays. */
export type PayloadValue = string | number | boolean | readonly unknown[] | { readonly [key: string]: unknown };

export interface PayloadSpan {
  readonly name: string;
  readonly attributes: Readonly<Record<string, PayloadValue>>;
  readonly events?: readonly { readonly name: string; readonly attributes: Readonly<Record<string, PayloadValue>> }[];
  readonly links?: readonly { readonly attributes: Readonly<Record<string, PayloadValue>> }[];
  readonly statusMessage?: string;
}

export interface PayloadLog {
  readonly eventName?: string;
  readonly body: PayloadValue;
  readonly attributes?: Readonly<Record<string, PayloadValue>>;
}

/** What one SDK sends of one conversation, in every place where it puts content. */
export interface Payload {
  readonly dialect: string;
  readonly scope: string;
  readonly spans: readonly PayloadSpan[];
  readonly logs?: readonly PayloadLog[];
}

/**
 * Conversations with `canary` as prompt, completion, tool argument and result, document, embedding source, header and
 * exception text, in every dialect. Whoever stores these under the policy `drop` must not hold the word anywhere.
 */
export function canaryPayloads(canary: string): readonly Payload[] {
  const message = (role: string): unknown => ({ role, parts: [{ type: 'text', content: `please say ${canary}` }] });
  const messages = JSON.stringify([message('user'), message('assistant')]);
  const exception = {
    name: 'exception',
    attributes: {
      'exception.type': 'BadRequestError',
      'exception.message': `Invalid prompt: ${canary}`,
      'exception.stacktrace': `Traceback (most recent call last):\n  File "app.py", line 3, in ask\n    raise ValueError("${canary}")\nValueError: Invalid prompt: ${canary}`,
    },
  };
  return [
    {
      dialect: 'otel-genai',
      scope: 'opentelemetry.instrumentation.openai_v2',
      spans: [
        {
          name: 'chat gpt-4o',
          statusMessage: `Invalid prompt: ${canary}`,
          attributes: {
            'gen_ai.operation.name': 'chat',
            'gen_ai.provider.name': 'openai',
            'gen_ai.request.model': 'gpt-4o',
            'gen_ai.input.messages': messages,
            'gen_ai.output.messages': [message('assistant')],
            'gen_ai.system_instructions': [{ type: 'text', content: canary }],
            'gen_ai.tool.definitions': JSON.stringify([{ name: 'look', description: canary }]),
            'gen_ai.request.stop_sequences': [canary],
            'gen_ai.prompt.variable.topic': canary,
          },
          events: [
            exception,
            { name: 'gen_ai.content.prompt', attributes: { 'gen_ai.prompt': canary } },
            { name: 'gen_ai.content.completion', attributes: { 'gen_ai.completion': canary } },
            { name: 'gen_ai.user.message', attributes: { 'gen_ai.system': 'openai', content: canary } },
            {
              name: 'gen_ai.choice',
              attributes: { index: 0, finish_reason: 'stop', message: `{"content":"${canary}"}` },
            },
            {
              name: 'gen_ai.client.inference.operation.details',
              attributes: { 'gen_ai.input.messages': messages, 'gen_ai.output.messages': messages },
            },
          ],
          links: [{ attributes: { 'gen_ai.prompt': canary } }],
        },
        {
          name: 'execute_tool look',
          attributes: {
            'gen_ai.operation.name': 'execute_tool',
            'gen_ai.tool.name': 'look',
            'gen_ai.tool.description': canary,
            'gen_ai.tool.call.arguments': { q: canary },
            'gen_ai.tool.call.result': { answer: [canary] },
          },
        },
        {
          name: 'retrieval docs',
          attributes: {
            'gen_ai.operation.name': 'retrieval',
            'gen_ai.retrieval.query.text': canary,
            'gen_ai.retrieval.documents': [{ id: '1', score: 0.5, content: canary }],
            'gen_ai.memory.query.text': canary,
            'gen_ai.memory.records': [{ content: canary }],
            'url.full': `https://search.example/find?q=${canary}`,
            'db.query.text': `SELECT text FROM docs WHERE text LIKE '%${canary}%'`,
          },
        },
      ],
      logs: [
        { eventName: 'gen_ai.user.message', body: { content: canary }, attributes: { 'gen_ai.system': 'openai' } },
        { eventName: 'gen_ai.choice', body: { index: 0, message: { content: canary } } },
        {
          eventName: 'gen_ai.client.inference.operation.details',
          body: '',
          attributes: { 'gen_ai.input.messages': [message('user')], 'gen_ai.output.messages': [message('assistant')] },
        },
        {
          eventName: 'gen_ai.evaluation.result',
          body: '',
          attributes: { 'gen_ai.evaluation.name': 'relevance', 'gen_ai.evaluation.explanation': `because ${canary}` },
        },
        {
          eventName: 'gen_ai.client.operation.exception',
          body: '',
          attributes: exception.attributes,
        },
        { body: { level: 'info', 'gen_ai.prompt': canary, nested: { 'gen_ai.completion': canary } } },
      ],
    },
    {
      dialect: 'openinference',
      scope: 'openinference.instrumentation.langchain',
      spans: [
        {
          name: 'ChatOpenAI',
          attributes: {
            'openinference.span.kind': 'LLM',
            'llm.model_name': 'gpt-4o',
            'input.value': canary,
            'input.mime_type': 'text/plain',
            'output.value': JSON.stringify({ text: canary }),
            'llm.input_messages.0.message.role': 'user',
            'llm.input_messages.0.message.content': canary,
            'llm.input_messages.1.message.contents.0.message_content.text': canary,
            'llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments': `{"q":"${canary}"}`,
            'llm.output_messages.0.message.function_call_arguments_json': canary,
            'llm.prompts.0.prompt.text': canary,
            'llm.choices.0.completion.text': canary,
            'llm.prompt_template.template': canary,
            'llm.prompt_template.variables': `{"topic":"${canary}"}`,
            'llm.function_call': canary,
            'llm.tools.0.tool.json_schema': canary,
            metadata: JSON.stringify({ question: canary }),
          },
          events: [exception],
        },
        {
          name: 'Retriever',
          attributes: {
            'openinference.span.kind': 'RETRIEVER',
            'retrieval.documents.0.document.content': canary,
            'retrieval.documents.0.document.metadata': canary,
            'reranker.query': canary,
            'reranker.input_documents.0.document.content': canary,
            'reranker.output_documents.0.document.content': canary,
            'embedding.embeddings.0.embedding.text': canary,
            'embedding.text': canary,
            'document.content': canary,
            'image.url': `data:text/plain,${canary}`,
            'tool.parameters': canary,
            'tool.description': canary,
            'annotations.0.explanation': canary,
            'evaluation.quality.explanation': canary,
          },
        },
      ],
    },
    {
      dialect: 'openllmetry',
      scope: 'opentelemetry.instrumentation.openai.v1',
      spans: [
        {
          name: 'openai.chat',
          attributes: {
            'llm.request.type': 'chat',
            'gen_ai.system': 'OpenAI',
            'gen_ai.request.model': 'gpt-4o',
            'gen_ai.prompt.0.role': 'user',
            'gen_ai.prompt.0.content': canary,
            'gen_ai.prompt.1.tool_calls.0.arguments': `{"q":"${canary}"}`,
            'gen_ai.completion.0.content': canary,
            'gen_ai.completion.0.reasoning': canary,
            'gen_ai.completion.0.tool_calls.0.arguments': canary,
            'gen_ai.completion.0.finish_reason': 'stop',
            'llm.prompts': canary,
            'llm.completions.0.content': canary,
            'llm.request.functions.0.parameters': canary,
            'llm.headers': `Bearer ${canary}`,
            'gen_ai.request.structured_output_schema': canary,
          },
          events: [{ name: 'llm.content.completion.chunk', attributes: { 'llm.content.completion.chunk': canary } }],
        },
        {
          name: 'look.tool',
          attributes: {
            'traceloop.span.kind': 'tool',
            'traceloop.entity.name': 'look',
            'traceloop.entity.input': canary,
            'traceloop.entity.output': canary,
            'traceloop.prompt.template': canary,
            'traceloop.prompt.template_variables': canary,
            'traceloop.association.properties.session_id': canary,
            'db.query.result.0.document': canary,
            'pinecone.query.filter': canary,
          },
        },
      ],
    },
    {
      dialect: 'vercel-ai',
      scope: 'ai',
      spans: [
        {
          name: 'ai.generateText.doGenerate',
          attributes: {
            'operation.name': 'ai.generateText.doGenerate',
            'ai.operationId': 'ai.generateText.doGenerate',
            'ai.model.id': 'gpt-4o',
            'ai.model.provider': 'openai.chat',
            'ai.prompt': canary,
            'ai.prompt.messages': messages,
            'ai.prompt.tools': [canary],
            'ai.prompt.toolChoice': canary,
            'ai.response.text': canary,
            'ai.response.reasoning': canary,
            'ai.response.object': canary,
            'ai.response.toolCalls': canary,
            'ai.response.files': canary,
            'ai.response.providerMetadata': canary,
            'ai.result.text': canary,
            'ai.result.object': canary,
            'ai.request.headers.authorization': canary,
            'ai.telemetry.metadata.question': canary,
            'ai.settings.context.topic': canary,
            'ai.schema': canary,
          },
          events: [exception],
        },
        {
          name: 'ai.toolCall',
          attributes: {
            'ai.operationId': 'ai.toolCall',
            'ai.toolCall.name': 'look',
            'ai.toolCall.args': canary,
            'ai.toolCall.result': canary,
            'ai.value': canary,
            'ai.values': [canary],
            'ai.embedding': canary,
            'ai.embeddings': [canary],
            'ai.documents': canary,
            'ai.ranking': canary,
          },
        },
      ],
    },
    {
      dialect: 'langsmith',
      scope: 'langsmith',
      spans: [
        {
          name: 'ChatOpenAI',
          attributes: {
            'langsmith.span.kind': 'llm',
            'gen_ai.prompt': JSON.stringify({ messages: [{ content: canary }] }),
            'gen_ai.completion': JSON.stringify({ generations: [[{ text: canary }]] }),
            'gen_ai.prompt.0.content': canary,
            'gen_ai.completion.0.content': canary,
            'gen_ai.serialized.doc': canary,
            'langsmith.metadata.question': canary,
            'langsmith.request.headers': canary,
            'langsmith.attachments': canary,
            'gen_ai.request.extra_body': canary,
            'gen_ai.request.extra_query': canary,
          },
          events: [{ name: 'new_token', attributes: { token: canary } }, exception],
        },
      ],
    },
    {
      dialect: 'langfuse',
      scope: 'langfuse-sdk',
      spans: [
        {
          name: 'answer',
          attributes: {
            'langfuse.observation.type': 'generation',
            'langfuse.observation.input': canary,
            'langfuse.observation.output': canary,
            'langfuse.trace.input': canary,
            'langfuse.trace.output': canary,
            'langfuse.trace.metadata.question': canary,
            'langfuse.observation.metadata': canary,
            'langfuse.experiment.item.expected_output': canary,
            'langfuse.observation.status_message': canary,
          },
        },
      ],
    },
    {
      dialect: 'openlit',
      scope: 'openlit.otel.tracing',
      spans: [
        {
          name: 'chat gpt-4o',
          attributes: {
            'gen_ai.operation.name': 'chat',
            'gen_ai.content.prompt': canary,
            'gen_ai.content.completion': canary,
            'gen_ai.content.reasoning': canary,
            'gen_ai.content.revised_prompt': canary,
            'gen_ai.agent.instructions': canary,
            'gen_ai.agent.goal': canary,
            'gen_ai.agent.task': canary,
            'gen_ai.agent.action.tool_input': canary,
            'gen_ai.execution.input': canary,
            'gen_ai.browser.page_url': canary,
            'gen_ai.crawl.js_code': canary,
            'db.statement': `{"query": "${canary}"}`,
          },
        },
      ],
    },
    {
      dialect: 'mlflow',
      scope: 'mlflow.openai',
      spans: [
        {
          name: 'Completions',
          attributes: {
            'mlflow.spanType': '"CHAT_MODEL"',
            'mlflow.spanInputs': canary,
            'mlflow.spanOutputs': canary,
            'mlflow.chat.messages': canary,
            'mlflow.chat.tools': canary,
            'mlflow.traceInputs': canary,
            'mlflow.traceOutputs': canary,
          },
        },
      ],
    },
    {
      dialect: 'logfire',
      scope: 'pydantic-ai',
      spans: [
        {
          name: `please say ${canary} three times`,
          attributes: {
            'gen_ai.operation.name': 'chat',
            events: JSON.stringify([{ content: `please say ${canary} three times` }]),
            all_messages_events: canary,
            'pydantic_ai.all_messages': JSON.stringify([{ content: `please say ${canary} three times` }]),
            final_result: canary,
            tool_arguments: canary,
            tool_response: canary,
            request_data: canary,
            response_data: canary,
            model_request_parameters: canary,
            'logfire.msg': canary,
            'logfire.feedback.comment': canary,
            system_instructions: canary,
          },
        },
      ],
    },
    {
      dialect: 'google-adk',
      scope: 'gcp.vertex.agent',
      spans: [
        {
          name: 'call_llm',
          attributes: {
            'gcp.vertex.agent.llm_request': canary,
            'gcp.vertex.agent.llm_response': canary,
            'gcp.vertex.agent.tool_call_args': canary,
            'gcp.vertex.agent.tool_response': canary,
            'gcp.vertex.agent.data': canary,
          },
        },
      ],
    },
    {
      dialect: 'livekit',
      scope: 'livekit-agents',
      spans: [
        {
          name: 'llm_node',
          attributes: {
            'lk.user_input': canary,
            'lk.user_transcript': canary,
            'lk.input_text': canary,
            'lk.chat_ctx': canary,
            'lk.response.text': canary,
            'lk.function_tool.output': canary,
          },
        },
      ],
    },
    {
      dialect: 'unknown keys of a known dialect',
      scope: 'my-app',
      spans: [
        {
          name: 'chat gpt-4o',
          attributes: {
            'gen_ai.operation.name': 'chat',
            'gen_ai.some.invention': `${'x'.repeat(600)} ${canary}`,
          },
        },
      ],
    },
  ];
}
