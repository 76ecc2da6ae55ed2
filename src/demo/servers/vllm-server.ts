import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Clock } from '../clock.ts';
import { EngineAccount, type EngineTruth } from '../engine/account.ts';
import { Engine } from '../engine/engine.ts';
import type { EngineParameters } from '../engine/parameters.ts';
import { phaseSeconds, type FinishReason, type Sequence } from '../engine/sequence.ts';
import type { Random } from '../random.ts';
import { contextFrom, type ServiceTelemetry } from '../telemetry.ts';
import { embed, type Behaviour } from './behaviour.ts';
import { chatCompletions, openAiError } from './chat-completions.ts';
import { parseEmbeddingRequest } from './chat-request.ts';
import type { Generator } from './generation.ts';
import { HttpService, type Exchange } from './http-service.ts';
import { countTokens, hashBlocks, padded } from './tokens.ts';
import { VllmMetrics } from './vllm-metrics.ts';

const STATS_EVERY_MS = 10_000;

export interface VllmServerOptions {
  /** Name of the replica, its `service.name` and the host in `server.address`. */
  readonly name: string;
  readonly model: string;
  readonly parameters: EngineParameters;
  /** Undefined for a pooling model, which serves embeddings only. */
  readonly behaviour: Behaviour | undefined;
  readonly faultRatio: number;
  readonly random: Random;
  readonly clock: Clock;
  readonly telemetry: ServiceTelemetry;
}

/** The request parameters that vLLM writes on its span. */
interface SpanParameters {
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
}

/** A vLLM replica: OpenAI-compatible API, `/metrics`, request spans and log lines, over one simulated engine. */
export class VllmServer {
  readonly engine: Engine;
  private readonly options: VllmServerOptions;
  private readonly account: EngineAccount;
  private readonly metrics: VllmMetrics;
  private readonly service: HttpService;
  private readonly startedMs: number;
  private requests = 0;
  private logged = { promptTokens: 0, generationTokens: 0, preemptions: 0 };
  private cancelStats: (() => void) | undefined;

  constructor(options: VllmServerOptions) {
    this.options = options;
    this.startedMs = options.clock.now();
    this.engine = new Engine(options.parameters, options.clock);
    this.account = new EngineAccount(this.engine);
    this.metrics = new VllmMetrics(this.engine, this.account, options.model);
    const { behaviour } = options;
    const generator: Generator | undefined =
      behaviour === undefined ? undefined : { ...options, behaviour, engine: this.engine, streamInterval: 8 };
    this.service = new HttpService(
      {
        'GET /health': (exchange) => exchange.sendText(200, '', 'text/plain'),
        'GET /version': (exchange) => exchange.send(200, { version: '0.11.2' }),
        'GET /v1/models': (exchange) => exchange.send(200, this.models()),
        'GET /metrics': (exchange) =>
          exchange.sendText(200, this.metrics.render(), 'text/plain; version=0.0.4; charset=utf-8'),
        ...(generator === undefined
          ? { 'POST /v1/embeddings': (exchange: Exchange) => this.embeddings(exchange) }
          : {
              'POST /v1/chat/completions': (exchange: Exchange) =>
                chatCompletions(exchange, generator, {
                  model: options.model,
                  nextId: () => this.nextId('chatcmpl'),
                  finished: (sequence, reason, request, traceparent) =>
                    this.endSpan(sequence, reason, traceparent, request),
                }),
            }),
      },
      openAiError,
    );
  }

  /** Resolves to the address it listens on. */
  start(port: number): Promise<string> {
    this.cancelStats = this.options.clock.after(STATS_EVERY_MS, () => this.logStats());
    return this.service.listen(port);
  }

  async stop(): Promise<void> {
    this.cancelStats?.();
    this.engine.stop();
    await this.service.close();
  }

  get telemetry(): ServiceTelemetry {
    return this.options.telemetry;
  }

  truth(): EngineTruth {
    return this.account.truth(this.options.name, this.options.model);
  }

  private models(): unknown {
    const { model, parameters } = this.options;
    const created = Math.floor(this.startedMs / 1000);
    const one = {
      id: model,
      object: 'model',
      created,
      owned_by: 'vllm',
      root: model,
      max_model_len: parameters.maxModelTokens,
    };
    return { object: 'list', data: [one] };
  }

  private async embeddings(exchange: Exchange): Promise<void> {
    const body = parseEmbeddingRequest(await exchange.json());
    const { model } = this.options;
    if (body.model !== model) {
      exchange.send(404, openAiError(`The model \`${body.model.slice(0, 80)}\` does not exist.`, 404));
      return;
    }
    const texts = typeof body.input === 'string' ? [body.input] : body.input;
    const traceparent = exchange.request.headers.traceparent;
    const id = this.nextId('embd');
    const sequences = texts.map((text, index) => {
      const tokens = padded(text === '' ? ' ' : text);
      return this.engine.submit({
        id: `${id}-${index}`,
        promptTokens: countTokens(tokens),
        answerTokens: 0,
        maxTokens: 0,
        blockHashes: hashBlocks(tokens, this.options.parameters.blockTokens),
        onFinish: (sequence, reason) => {
          if (--pending === 0 && reason !== 'abort') reply();
          this.endSpan(sequence, reason, typeof traceparent === 'string' ? traceparent : undefined, {});
        },
      });
    });
    let pending = sequences.length;
    const reply = (): void => {
      const promptTokens = sequences.reduce((sum, s) => sum + s.input.promptTokens, 0);
      const data = texts.map((text, index) => {
        const vector = embed(text);
        const embedding =
          body.encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : Array.from(vector);
        return { object: 'embedding', index, embedding };
      });
      const usage = { prompt_tokens: promptTokens, total_tokens: promptTokens };
      exchange.send(200, {
        id,
        object: 'list',
        created: Math.floor(this.options.clock.now() / 1000),
        model,
        data,
        usage,
      });
    };
    exchange.response.on('close', () => {
      for (const sequence of sequences) this.engine.abort(sequence);
    });
  }

  /** vLLM makes its span when the request has ended. @see https://docs.vllm.ai/en/latest/examples/online_serving/opentelemetry.html */
  private endSpan(
    sequence: Sequence,
    reason: FinishReason,
    traceparent: string | undefined,
    parameters: SpanParameters,
  ): void {
    const seconds = phaseSeconds(sequence);
    const span = this.options.telemetry.tracer.startSpan(
      'llm_request',
      {
        kind: SpanKind.SERVER,
        startTime: sequence.arrivedMs,
        attributes: {
          'gen_ai.request.id': sequence.input.id,
          'gen_ai.response.model': this.options.model,
          'gen_ai.usage.prompt_tokens': sequence.input.promptTokens,
          'gen_ai.usage.completion_tokens': sequence.generated,
          'gen_ai.latency.e2e': seconds.e2e,
          'gen_ai.latency.time_in_queue': seconds.queue,
          ...(sequence.input.maxTokens > 0 ? { 'gen_ai.request.max_tokens': sequence.input.maxTokens } : {}),
          ...(parameters.temperature == null ? {} : { 'gen_ai.request.temperature': parameters.temperature }),
          ...(parameters.top_p == null ? {} : { 'gen_ai.request.top_p': parameters.top_p }),
        },
      },
      contextFrom(traceparent),
    );
    if (!Number.isNaN(sequence.firstTokenMs)) {
      span.setAttributes({
        'gen_ai.latency.time_to_first_token': seconds.ttft,
        'gen_ai.latency.time_in_model_prefill': seconds.prefill,
        'gen_ai.latency.time_in_model_decode': seconds.decode,
        'gen_ai.latency.time_in_model_inference': seconds.inference,
      });
    }
    if (reason === 'error') span.setStatus({ code: SpanStatusCode.ERROR, message: 'EngineCore encountered an issue.' });
    span.end(sequence.finishedMs);
    if (reason === 'error') {
      this.options.telemetry.log('error', 'request failed in EngineCore', { request_id: sequence.input.id }, span);
    }
  }

  /** The line vLLM logs every ten seconds, and a warning when requests were preempted since the last. */
  private logStats(): void {
    const { telemetry, clock } = this.options;
    const { promptTokens, generationTokens, preemptions } = this.account;
    const seconds = STATS_EVERY_MS / 1000;
    const percent = (ratio: number): string => `${(100 * ratio).toFixed(1)}%`;
    telemetry.log(
      'info',
      `Engine 000: Avg prompt throughput: ${((promptTokens - this.logged.promptTokens) / seconds).toFixed(1)} tokens/s, ` +
        `Avg generation throughput: ${((generationTokens - this.logged.generationTokens) / seconds).toFixed(1)} tokens/s, ` +
        `Running: ${this.engine.runningCount} reqs, Waiting: ${this.engine.waitingCount} reqs, ` +
        `GPU KV cache usage: ${percent(this.engine.kvUsageRatio)}, ` +
        `Prefix cache hit rate: ${percent(this.account.prefixHitTokens / Math.max(1, this.account.prefixQueryTokens))}`,
      {},
    );
    const preempted = preemptions - this.logged.preemptions;
    if (preempted > 0) {
      const reason = 'not_enough_kv_blocks';
      telemetry.log('warn', 'requests preempted by recompute', { preempted, reason, total: preemptions });
    }
    this.logged = { promptTokens, generationTokens, preemptions };
    this.cancelStats = clock.after(STATS_EVERY_MS, () => this.logStats());
  }

  private nextId(prefix: string): string {
    return `${prefix}-${this.options.name}-${(++this.requests).toString(36).padStart(6, '0')}`;
  }
}
