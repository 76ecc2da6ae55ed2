import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Clock } from '../clock.ts';
import { EngineAccount, type EngineTruth } from '../engine/account.ts';
import { Engine } from '../engine/engine.ts';
import type { EngineParameters } from '../engine/parameters.ts';
import { phaseSeconds, type FinishReason, type Sequence } from '../engine/sequence.ts';
import type { Random } from '../random.ts';
import { contextFrom, type ServiceTelemetry } from '../telemetry.ts';
import type { Behaviour } from './behaviour.ts';
import { chatCompletions, openAiError } from './chat-completions.ts';
import { parseGenerateRequest } from './chat-request.ts';
import { generate, type Generator } from './generation.ts';
import { HttpService, type Exchange } from './http-service.ts';
import { TgiMetrics } from './tgi-metrics.ts';
import { CHARS_PER_TOKEN } from './tokens.ts';

export interface TgiServerOptions {
  readonly name: string;
  readonly model: string;
  readonly parameters: EngineParameters;
  readonly behaviour: Behaviour;
  readonly faultRatio: number;
  readonly random: Random;
  readonly clock: Clock;
  readonly telemetry: ServiceTelemetry;
}

/** A Hugging Face TGI server: its own API and the OpenAI route, `/metrics` and request spans, over one engine. */
export class TgiServer {
  readonly engine: Engine;
  private readonly options: TgiServerOptions;
  private readonly account: EngineAccount;
  private readonly metrics: TgiMetrics;
  private readonly service: HttpService;
  private readonly generator: Generator;
  private requests = 0;

  constructor(options: TgiServerOptions) {
    this.options = options;
    this.engine = new Engine(options.parameters, options.clock);
    this.account = new EngineAccount(this.engine);
    this.metrics = new TgiMetrics(this.engine);
    // TGI sends every token by itself.
    this.generator = { ...options, engine: this.engine, streamInterval: 1 };
    this.service = new HttpService(
      {
        'GET /health': (exchange) => exchange.sendText(200, '', 'text/plain'),
        'GET /info': (exchange) => exchange.send(200, this.info()),
        'GET /v1/models': (exchange) =>
          exchange.send(200, {
            object: 'list',
            data: [{ id: options.model, object: 'model', created: 0, owned_by: options.model }],
          }),
        'GET /metrics': (exchange) =>
          exchange.sendText(200, this.metrics.render(this.account), 'text/plain; charset=utf-8'),
        'POST /v1/chat/completions': (exchange) => this.chat(exchange),
        'POST /generate': (exchange) => this.generate(exchange, false),
        'POST /generate_stream': (exchange) => this.generate(exchange, true),
      },
      openAiError,
    );
  }

  start(port: number): Promise<string> {
    return this.service.listen(port);
  }

  async stop(): Promise<void> {
    this.engine.stop();
    await this.service.close();
  }

  get telemetry(): ServiceTelemetry {
    return this.options.telemetry;
  }

  truth(): EngineTruth {
    return this.account.truth(this.options.name, this.options.model);
  }

  private info(): unknown {
    const { model, parameters } = this.options;
    return {
      model_id: model,
      model_dtype: 'float16',
      version: '3.3.6',
      max_concurrent_requests: parameters.maxSequences,
      max_input_tokens: parameters.maxModelTokens - 1,
      max_total_tokens: parameters.maxModelTokens,
      router: 'text-generation-router',
    };
  }

  private async chat(exchange: Exchange): Promise<void> {
    await this.counted(() =>
      chatCompletions(exchange, this.generator, {
        model: this.options.model,
        nextId: () => this.nextId(),
        finished: (sequence, reason, _request, traceparent) =>
          this.endSpan('chat_completions', sequence, reason, traceparent),
      }),
    );
  }

  private async generate(exchange: Exchange, stream: boolean): Promise<void> {
    await this.counted(async () => {
      const body = parseGenerateRequest(await exchange.json());
      const traceparent = exchange.request.headers.traceparent;
      let text = '';
      const { response } = exchange;
      const generation = generate(this.generator, {
        id: this.nextId(),
        messages: [{ role: 'user', content: body.inputs }],
        tools: [],
        maxTokens: body.parameters?.max_new_tokens ?? undefined,
        onPiece: (piece, sequence) => {
          text += piece;
          if (!stream) return;
          if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
          const { answerTokens, maxTokens } = sequence.input;
          const last = sequence.generated >= Math.min(answerTokens, maxTokens);
          const event = {
            index: sequence.generated,
            token: { id: text.length / CHARS_PER_TOKEN, text: piece, logprob: -0.1, special: false },
            generated_text: last ? text : null,
            details: last ? this.details(sequence, sequence.generated >= answerTokens ? 'stop' : 'length') : null,
          };
          response.write(`data:${JSON.stringify(event)}\n\n`);
        },
        onFinish: (sequence, reason) => {
          if (reason === 'error') this.fail(exchange);
          else if (reason !== 'abort' && stream) response.end();
          else if (reason !== 'abort') {
            exchange.send(200, { generated_text: text, details: this.details(sequence, reason) });
          }
          const route = stream ? 'generate_stream' : 'generate';
          this.endSpan(route, sequence, reason, typeof traceparent === 'string' ? traceparent : undefined);
        },
      });
      response.on('close', () => this.engine.abort(generation.sequence));
    });
  }

  private fail(exchange: Exchange): void {
    const error = { error: 'Request failed during generation: Server error', error_type: 'generation' };
    if (!exchange.response.headersSent) exchange.send(424, error);
    else exchange.response.end(`data:${JSON.stringify(error)}\n\n`);
  }

  private details(sequence: Sequence, reason: FinishReason): object {
    const finish = reason === 'length' ? 'length' : 'eos_token';
    return { finish_reason: finish, generated_tokens: sequence.generated, input_length: sequence.input.promptTokens };
  }

  /** Counts the request and how long its check took; one that does not pass is a validation failure. */
  private async counted(work: () => Promise<void>): Promise<void> {
    const startMs = this.options.clock.now();
    try {
      await work();
    } catch (error) {
      this.metrics.failed('validation');
      throw error;
    } finally {
      this.metrics.received((this.options.clock.now() - startMs) / 1000);
    }
  }

  /** TGI's tracing writes durations as texts such as `12.3ms`. */
  private endSpan(name: string, sequence: Sequence, reason: FinishReason, traceparent: string | undefined): void {
    const seconds = phaseSeconds(sequence);
    const milliseconds = (value: number): string => `${(1000 * value).toFixed(3)}ms`;
    const span = this.options.telemetry.tracer.startSpan(
      name,
      {
        kind: SpanKind.SERVER,
        startTime: sequence.arrivedMs,
        attributes: {
          total_time: milliseconds(seconds.e2e),
          queue_time: milliseconds(seconds.queue),
          ...(Number.isNaN(seconds.inference)
            ? {}
            : {
                inference_time: milliseconds(seconds.inference),
                time_per_token: milliseconds(seconds.inference / Math.max(1, sequence.generated)),
              }),
        },
      },
      contextFrom(traceparent),
    );
    if (reason === 'error') span.setStatus({ code: SpanStatusCode.ERROR, message: 'generation' });
    span.end(sequence.finishedMs);
  }

  private nextId(): string {
    return `${this.options.name}-${(++this.requests).toString(36).padStart(6, '0')}`;
  }
}
