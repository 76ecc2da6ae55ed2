import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';
import type { ChatMessage, ToolCall } from '../servers/tokens.ts';

/** A server the application calls: where it really is, and what it is called in telemetry. */
export interface Upstream {
  readonly name: string;
  readonly address: string;
  /** Port in the system that the demo plays, such as 8000 for vLLM. */
  readonly port: number;
}

export interface ChatCall {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly unknown[];
  readonly maxTokens: number;
  readonly temperature: number;
  readonly stream: boolean;
}

export interface ChatResult {
  readonly id: string;
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  /** Seconds until the first piece of a stream; NaN without streaming. */
  readonly ttftSeconds: number;
}

/** A call that failed; `errorType` is fit for the attribute `error.type`. */
export class CallError extends Error {
  readonly errorType: string;

  constructor(errorType: string, message: string) {
    super(message);
    this.errorType = errorType;
  }
}

interface Choice {
  readonly delta?: { readonly content?: string | null; readonly tool_calls?: readonly ToolCall[] };
  readonly message?: { readonly content?: string | null; readonly tool_calls?: readonly ToolCall[] };
  readonly finish_reason?: string | null;
}
interface ChatBody {
  readonly id?: string;
  readonly choices?: readonly Choice[];
  readonly usage?: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number };
  };
  readonly error?: unknown;
}

/** A lean client of OpenAI-compatible servers over kept connections. */
export class ModelClient {
  private readonly agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  close(): void {
    this.agent.destroy();
  }

  /** @throws CallError when the server refuses, breaks off, or `signal` fires */
  async chat(
    upstream: Upstream,
    call: ChatCall,
    traceparent: string,
    signal: AbortSignal,
    onText?: (text: string) => void,
  ): Promise<ChatResult> {
    const startMs = this.clock.now();
    const body = {
      model: call.model,
      messages: call.messages,
      max_tokens: call.maxTokens,
      temperature: call.temperature,
      ...(call.tools === undefined ? {} : { tools: call.tools }),
      ...(call.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    };
    const response = await this.send(upstream, '/v1/chat/completions', body, traceparent, signal);
    const gathered = new Gathered();
    let ttftSeconds = NaN;
    if (!call.stream) gathered.add(JSON.parse(await readAll(response)) as ChatBody);
    else {
      for await (const event of events(response)) {
        if (Number.isNaN(ttftSeconds) && hasContent(event)) ttftSeconds = (this.clock.now() - startMs) / 1000;
        const text = gathered.add(event);
        if (text !== '') onText?.(text);
      }
    }
    return gathered.result(ttftSeconds);
  }

  /** One JSON request; the reply parsed. @throws CallError */
  async postJson(
    upstream: Upstream,
    path: string,
    body: unknown,
    traceparent: string,
    signal: AbortSignal,
  ): Promise<unknown> {
    return JSON.parse(await readAll(await this.send(upstream, path, body, traceparent, signal)));
  }

  /** @throws CallError */
  async getJson(upstream: Upstream, path: string, traceparent: string, signal: AbortSignal): Promise<unknown> {
    return JSON.parse(await readAll(await this.send(upstream, path, undefined, traceparent, signal)));
  }

  private send(
    upstream: Upstream,
    path: string,
    body: unknown,
    traceparent: string,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const [host, port] = upstream.address.split(':');
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        traceparent,
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      };
      const request = httpRequest(
        { host, port, path, method: text === undefined ? 'GET' : 'POST', headers, agent: this.agent, signal },
        (response) => {
          const status = response.statusCode ?? 0;
          if (status < 400) resolve(response);
          else {
            response.resume();
            reject(new CallError(`${status}`, `${upstream.name} answered ${status}`));
          }
        },
      );
      request.on('error', (error) => reject(asCallError(error, upstream)));
      request.end(text);
    });
  }
}

function asCallError(error: Error & { readonly code?: string }, upstream: Upstream): CallError {
  const gone = error.name === 'AbortError';
  return new CallError(gone ? 'canceled' : (error.code ?? error.name), `call to ${upstream.name} ended: ${error.name}`);
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    throw new CallError('canceled', 'the answer was cut off');
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Server-sent events of a chat stream. Pieces are ASCII or whole JSON lines, so a line is whole when its end is. */
async function* events(response: IncomingMessage): AsyncGenerator<ChatBody> {
  let rest = '';
  response.setEncoding('utf8');
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        if (line.startsWith('data: {')) yield JSON.parse(line.slice(6)) as ChatBody;
      }
    }
  } catch (error) {
    if (error instanceof CallError) throw error;
    throw new CallError('canceled', 'the stream was cut off');
  }
}

function hasContent(event: ChatBody): boolean {
  const delta = event.choices?.[0]?.delta;
  return delta !== undefined && ((delta.content ?? '') !== '' || delta.tool_calls !== undefined);
}

class Gathered {
  private id = '';
  private text = '';
  private toolCalls: readonly ToolCall[] = [];
  private finishReason = '';
  private usage: ChatBody['usage'];

  add(body: ChatBody): string {
    if (body.error !== undefined) throw new CallError('server_error', 'the engine broke while generating');
    this.id = body.id ?? this.id;
    this.usage = body.usage ?? this.usage;
    const choice = body.choices?.[0];
    if (choice === undefined) return '';
    this.finishReason = choice.finish_reason ?? this.finishReason;
    const part = choice.delta ?? choice.message;
    if (part?.tool_calls !== undefined) this.toolCalls = part.tool_calls;
    const text = part?.content ?? '';
    this.text += text;
    return text;
  }

  result(ttftSeconds: number): ChatResult {
    if (this.finishReason === '') throw new CallError('canceled', 'the stream ended early');
    return {
      id: this.id,
      text: this.text,
      toolCalls: this.toolCalls.map(({ id, type, function: f }) => ({ id, type, function: f })),
      finishReason: this.finishReason,
      inputTokens: this.usage?.prompt_tokens ?? 0,
      outputTokens: this.usage?.completion_tokens ?? 0,
      cachedTokens: this.usage?.prompt_tokens_details?.cached_tokens ?? 0,
      ttftSeconds,
    };
  }
}
