import type { ServerResponse } from 'node:http';
import type { FinishReason, Sequence } from '../engine/sequence.ts';
import { parseChatRequest, type ChatRequest } from './chat-request.ts';
import { generate, type Generator } from './generation.ts';
import { sendJson, type Exchange } from './http-service.ts';
import type { ToolCall } from './tokens.ts';

/** What a server wants to know about the requests of this route. */
export interface ChatHooks {
  readonly model: string;
  nextId(): string;
  finished(sequence: Sequence, reason: FinishReason, request: ChatRequest, traceparent: string | undefined): void;
}

export function openAiError(message: string, status: number): unknown {
  const type = status === 404 ? 'NotFoundError' : status < 500 ? 'BadRequestError' : 'InternalServerError';
  return { error: { message, type, param: null, code: status } };
}

/**
 * `POST /v1/chat/completions`: whole or as server-sent events, with usage and tool calls.
 * A client that goes away aborts its request.
 *
 * @see https://platform.openai.com/docs/api-reference/chat
 */
export async function chatCompletions(exchange: Exchange, generator: Generator, hooks: ChatHooks): Promise<void> {
  const body = parseChatRequest(await exchange.json());
  if (body.model !== hooks.model) {
    exchange.send(404, openAiError(`The model \`${body.model.slice(0, 80)}\` does not exist.`, 404));
    return;
  }
  const reply = new Reply(exchange.response, body, hooks.nextId(), generator.clock.now());
  const traceparent = exchange.request.headers.traceparent;
  const generation = generate(generator, {
    id: reply.id,
    messages: body.messages,
    tools: body.tools ?? [],
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    onPiece: (text) => reply.piece(text),
    onFinish(sequence, reason) {
      // The route's answer first, so that the client never waits for telemetry.
      if (reason !== 'abort') reply.finish(sequence, reason);
      hooks.finished(sequence, reason, body, typeof traceparent === 'string' ? traceparent : undefined);
    },
  });
  reply.toolCalls = generation.answer.toolCalls;
  exchange.response.on('close', () => generator.engine.abort(generation.sequence));
}

class Reply {
  readonly id: string;
  toolCalls: readonly ToolCall[] = [];
  private readonly response: ServerResponse;
  private readonly request: ChatRequest;
  private readonly createdSeconds: number;
  private text = '';
  private started = false;

  constructor(response: ServerResponse, request: ChatRequest, id: string, nowMs: number) {
    this.response = response;
    this.request = request;
    this.id = id;
    this.createdSeconds = Math.floor(nowMs / 1000);
  }

  piece(text: string): void {
    this.text += text;
    if (this.request.stream !== true) return;
    this.begin();
    if (this.toolCalls.length === 0) this.event({ content: text }, null);
  }

  finish(sequence: Sequence, reason: FinishReason): void {
    if (reason === 'error') this.fail();
    else if (this.request.stream === true) this.finishStream(sequence, reason);
    else this.finishWhole(sequence, reason);
  }

  private begin(): void {
    if (this.started) return;
    this.started = true;
    this.response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    this.event({ role: 'assistant', content: '' }, null);
  }

  private finishStream(sequence: Sequence, reason: FinishReason): void {
    const tools = this.callsTools(reason);
    if (tools) this.event({ tool_calls: this.toolCalls.map((call, index) => ({ index, ...call })) }, null);
    this.event({}, tools ? 'tool_calls' : reason);
    if (this.request.stream_options?.include_usage === true) {
      this.write({ ...this.envelope('chat.completion.chunk'), choices: [], usage: usage(sequence) });
    }
    this.response.end('data: [DONE]\n\n');
  }

  private finishWhole(sequence: Sequence, reason: FinishReason): void {
    const tools = this.callsTools(reason);
    const message = tools
      ? { role: 'assistant', content: null, tool_calls: this.toolCalls }
      : { role: 'assistant', content: this.text };
    sendJson(this.response, 200, {
      ...this.envelope('chat.completion'),
      choices: [{ index: 0, message, logprobs: null, finish_reason: tools ? 'tool_calls' : reason }],
      usage: usage(sequence),
    });
  }

  private fail(): void {
    const error = openAiError('EngineCore encountered an issue.', 500);
    if (!this.started) sendJson(this.response, 500, error);
    else {
      this.write(error);
      this.response.end('data: [DONE]\n\n');
    }
  }

  /** A call that was cut off by `max_tokens` is no call. */
  private callsTools(reason: FinishReason): boolean {
    return this.toolCalls.length > 0 && reason === 'stop';
  }

  private event(delta: unknown, finishReason: string | null): void {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }];
    this.write({ ...this.envelope('chat.completion.chunk'), choices });
  }

  private write(value: unknown): void {
    this.response.write(`data: ${JSON.stringify(value)}\n\n`);
  }

  private envelope(object: string): object {
    return { id: this.id, object, created: this.createdSeconds, model: this.request.model };
  }
}

function usage(sequence: Sequence): object {
  const { promptTokens } = sequence.input;
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + sequence.generated,
    completion_tokens: sequence.generated,
    prompt_tokens_details: { cached_tokens: sequence.cachedTokens },
  };
}
