import type { SpanKind } from '@opentelemetry/api';
import { SpanStatusCode, type Attributes, type Context, type Span, type Tracer } from '@opentelemetry/api';
import type { ChatMessage } from '../servers/tokens.ts';
import { CallError, type ChatCall, type ChatResult, type Upstream } from './model-client.ts';

/**
 * Makes spans as the GenAI conventions want them.
 * @see https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-spans.md
 */
export class GenAiSpans {
  private readonly tracer: Tracer;
  /** Opt-in of the conventions: whether messages, arguments, results and documents go into attributes. */
  private readonly captureContent: boolean;

  constructor(tracer: Tracer, captureContent: boolean) {
    this.tracer = tracer;
    this.captureContent = captureContent;
  }

  /** Runs `work` inside a span; a failure is written on it and thrown on. */
  async run<T>(
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    parent: Context,
    work: (span: Span) => Promise<T>,
  ): Promise<T> {
    const span = this.tracer.startSpan(name, { kind, attributes }, parent);
    try {
      return await work(span);
    } catch (error) {
      markFailed(span, error);
      throw error;
    } finally {
      span.end();
    }
  }

  /** Attributes that hold what people and models said; empty unless capture is on. */
  content(attributes: () => Attributes): Attributes {
    return this.captureContent ? attributes() : {};
  }

  chatRequest(call: ChatCall, upstream: Upstream, provider: string): Attributes {
    return {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': provider,
      'gen_ai.request.model': call.model,
      'gen_ai.request.max_tokens': call.maxTokens,
      'gen_ai.request.temperature': call.temperature,
      'server.address': upstream.name,
      'server.port': upstream.port,
      ...(call.stream ? { 'gen_ai.request.stream': true } : {}),
      ...this.content(() => ({
        'gen_ai.input.messages': JSON.stringify(call.messages.filter((m) => m.role !== 'system').map(asParts)),
        ...(call.messages[0]?.role === 'system'
          ? { 'gen_ai.system_instructions': JSON.stringify(asParts(call.messages[0]).parts) }
          : {}),
        ...(call.tools === undefined ? {} : { 'gen_ai.tool.definitions': JSON.stringify(call.tools) }),
      })),
    };
  }

  chatResponse(span: Span, call: ChatCall, result: ChatResult): void {
    span.setAttributes({
      'gen_ai.response.id': result.id,
      'gen_ai.response.model': call.model,
      'gen_ai.response.finish_reasons': [result.finishReason],
      'gen_ai.usage.input_tokens': result.inputTokens,
      'gen_ai.usage.output_tokens': result.outputTokens,
      'gen_ai.usage.cache_read.input_tokens': result.cachedTokens,
      ...(Number.isNaN(result.ttftSeconds) ? {} : { 'gen_ai.response.time_to_first_chunk': result.ttftSeconds }),
      ...this.content(() => {
        const message = { role: 'assistant', content: result.text, tool_calls: result.toolCalls };
        return {
          'gen_ai.output.messages': JSON.stringify([{ ...asParts(message), finish_reason: result.finishReason }]),
        };
      }),
    });
  }
}

/** A failed span: the class of the error, never text that might quote a prompt. */
export function markFailed(span: Span, error: unknown): void {
  const errorType = error instanceof CallError ? error.errorType : '_OTHER';
  span.setAttribute('error.type', errorType);
  span.setStatus({
    code: SpanStatusCode.ERROR,
    message: error instanceof CallError ? error.message : 'internal error',
  });
}

/** A message in the conventions' shape: role and parts. */
function asParts(message: ChatMessage): { role: string; parts: object[] } {
  const parts: object[] = [];
  if (message.role === 'tool') {
    parts.push({ type: 'tool_call_response', id: message.tool_call_id, response: message.content });
  } else if ((message.content ?? '') !== '') parts.push({ type: 'text', content: message.content });
  for (const call of message.tool_calls ?? []) {
    parts.push({ type: 'tool_call', id: call.id, name: call.function.name, arguments: call.function.arguments });
  }
  return { role: message.role, parts };
}
