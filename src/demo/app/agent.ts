import { ROOT_CONTEXT, SpanKind, type Attributes, type Span } from '@opentelemetry/api';
import type { Clock } from '../clock.ts';
import { hashText } from '../random.ts';
import type { ChatMessage, ToolCall } from '../servers/tokens.ts';
import { traceparentOf, within, type ServiceTelemetry } from '../telemetry.ts';
import { buildPrompt, TOOLS, type Deployment } from './deployment.ts';
import { GenAiSpans } from './gen-ai-spans.ts';
import type { Hit, KnowledgeBase } from './knowledge-base.ts';
import { CallError, type ChatCall, type ChatResult, type ModelClient, type Upstream } from './model-client.ts';

const SLOW_FIRST_TOKEN_MS = 1200;
const MAX_CONVERSATIONS = 2000;
const REFUSAL = 'I cannot help with that.';

/** What the agent works with. */
export interface AgentParts {
  readonly clock: Clock;
  readonly client: ModelClient;
  readonly knowledgeBase: KnowledgeBase;
  readonly chatModel: string;
  readonly guardModel: string;
  readonly embeddingModel: string;
  readonly chatReplicas: readonly Upstream[];
  readonly guard: Upstream;
  readonly embedder: Upstream;
  readonly orders: Upstream;
  readonly captureContent: boolean;
}

export interface Question {
  readonly conversationId: string;
  readonly tenant: string;
  readonly text: string;
}

export interface AgentAnswer {
  readonly text: string;
  readonly refused: boolean;
  /** Of the whole conversation turn. */
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** One running version of the application: its prompts and its own telemetry resource. */
export interface Release {
  readonly deployment: Deployment;
  readonly telemetry: ServiceTelemetry;
}

/**
 * The support agent: filter the question, fetch context, ask the model, run the tool it wants, ask again, filter the
 * answer. Every step is a span; a call that breaks is tried once more on another replica.
 */
export class SupportAgent {
  private readonly parts: AgentParts;
  private readonly conversations = new Map<string, readonly ChatMessage[]>();
  private readonly inFlight = new Map<string, number>();

  constructor(parts: AgentParts) {
    this.parts = parts;
  }

  /** @throws CallError when a model or the knowledge base could not be reached, or `signal` fired */
  answer(
    release: Release,
    question: Question,
    signal: AbortSignal,
    onText: (text: string) => void,
  ): Promise<AgentAnswer> {
    const { telemetry } = release;
    const spans = new GenAiSpans(telemetry.tracer, this.parts.captureContent);
    const attributes = {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'support-agent',
      'gen_ai.agent.id': 'support-agent',
      'gen_ai.conversation.id': question.conversationId,
      tenant: question.tenant,
    };
    return spans.run('invoke_agent support-agent', SpanKind.INTERNAL, attributes, ROOT_CONTEXT, (root) =>
      new Turn(this.parts, release, spans, root, signal, (replica, delta) => this.count(replica, delta)).run(
        question,
        this.conversations.get(question.conversationId) ?? [],
        this.chooseReplicas(question.conversationId),
        onText,
        (messages) => this.remember(question.conversationId, messages),
      ),
    );
  }

  /** A conversation stays on its replica, where its prefix is cached, unless another has far less to do. */
  private chooseReplicas(conversationId: string): readonly Upstream[] {
    const { chatReplicas } = this.parts;
    const load = (replica: Upstream): number => this.inFlight.get(replica.name) ?? 0;
    const home = chatReplicas[hashText(conversationId) % chatReplicas.length]!;
    const byLoad = [...chatReplicas].sort((a, b) => load(a) - load(b));
    const first = load(home) - load(byLoad[0]!) > 8 ? byLoad[0]! : home;
    return [first, ...byLoad.filter((replica) => replica !== first)];
  }

  private count(replica: Upstream, delta: number): void {
    this.inFlight.set(replica.name, (this.inFlight.get(replica.name) ?? 0) + delta);
  }

  private remember(conversationId: string, messages: readonly ChatMessage[]): void {
    this.conversations.delete(conversationId);
    this.conversations.set(conversationId, messages);
    if (this.conversations.size > MAX_CONVERSATIONS) {
      this.conversations.delete(this.conversations.keys().next().value!);
    }
  }
}

/** One question on its way to its answer. */
class Turn {
  private readonly parts: AgentParts;
  private readonly release: Release;
  private readonly spans: GenAiSpans;
  private readonly root: Span;
  private readonly signal: AbortSignal;
  private readonly count: (replica: Upstream, delta: number) => void;
  private inputTokens = 0;
  private outputTokens = 0;

  constructor(
    parts: AgentParts,
    release: Release,
    spans: GenAiSpans,
    root: Span,
    signal: AbortSignal,
    count: (replica: Upstream, delta: number) => void,
  ) {
    this.parts = parts;
    this.release = release;
    this.spans = spans;
    this.root = root;
    this.signal = signal;
    this.count = count;
  }

  async run(
    question: Question,
    history: readonly ChatMessage[],
    replicas: readonly Upstream[],
    onText: (text: string) => void,
    remember: (messages: readonly ChatMessage[]) => void,
  ): Promise<AgentAnswer> {
    const category = await this.guard('input', question.text);
    if (category !== 'none') {
      this.root.setAttribute('gen_ai.response.finish_reasons', ['content_filter']);
      onText(REFUSAL);
      return this.done(REFUSAL, true);
    }
    const hits = await this.retrieve(question.text);
    const messages = buildPrompt(this.release.deployment, history, question.text, hits);
    let reply = await this.chat(messages, replicas, onText);
    for (const call of reply.toolCalls) {
      messages.push({ role: 'assistant', content: null, tool_calls: reply.toolCalls });
      messages.push({ role: 'tool', tool_call_id: call.id, content: await this.runTool(call) });
    }
    if (reply.toolCalls.length > 0) reply = await this.chat(messages, replicas, onText);
    await this.guard('output', reply.text);
    // The system message holds no memory; the next turn brings its own.
    remember([...messages.slice(1), { role: 'assistant', content: reply.text }]);
    this.log('info', 'request complete', {
      tenant: question.tenant,
      input_tokens: this.inputTokens,
      output_tokens: this.outputTokens,
      finish_reason: reply.finishReason,
    });
    return this.done(reply.text, false);
  }

  private done(text: string, refused: boolean): AgentAnswer {
    return { text, refused, inputTokens: this.inputTokens, outputTokens: this.outputTokens };
  }

  /** Asks the guard model; resolves to the category it objects to, or `none`. */
  private async guard(stage: 'input' | 'output', text: string): Promise<string> {
    const { guard, guardModel } = this.parts;
    const call: ChatCall = {
      model: guardModel,
      messages: [{ role: 'user', content: text }],
      maxTokens: 16,
      temperature: 0,
      stream: false,
    };
    const attributes = { ...this.spans.chatRequest(call, guard, 'huggingface'), 'app.filter.stage': stage };
    const result = await this.call(`chat ${guardModel}`, attributes, guard, call);
    const unsafe = /unsafe\s+(S\d+)/.exec(result.text);
    const category = unsafe?.[1] ?? 'none';
    if (unsafe === null) this.log('info', 'guard passed', { stage, category });
    else this.log('warn', 'guard refused', { stage, category });
    return category;
  }

  private retrieve(query: string): Promise<readonly Hit[]> {
    const { knowledgeBase, embedder, embeddingModel, client, clock } = this.parts;
    const { topK } = this.release.deployment;
    const attributes = {
      'gen_ai.operation.name': 'retrieval',
      'gen_ai.data_source.id': 'kb_support',
      'gen_ai.retrieval.top_k': topK,
      ...this.spans.content(() => ({ 'gen_ai.retrieval.query.text': query })),
    };
    return this.spans.run('retrieval kb_support', SpanKind.CLIENT, attributes, within(this.root), async (retrieval) => {
      const embedding = {
        'gen_ai.operation.name': 'embeddings',
        'gen_ai.provider.name': 'vllm',
        'gen_ai.request.model': embeddingModel,
        'server.address': embedder.name,
        'server.port': embedder.port,
      };
      const name = `embeddings ${embeddingModel}`;
      const vector = await this.spans.run(name, SpanKind.CLIENT, embedding, within(retrieval), async (span) => {
        const body = { model: embeddingModel, input: query };
        const reply = (await client.postJson(embedder, '/v1/embeddings', body, traceparentOf(span), this.signal)) as {
          readonly data: readonly [{ readonly embedding: readonly number[] }];
          readonly usage: { readonly prompt_tokens: number };
        };
        const values = reply.data[0].embedding;
        span.setAttributes({
          'gen_ai.response.model': embeddingModel,
          'gen_ai.usage.input_tokens': reply.usage.prompt_tokens,
          'gen_ai.embeddings.dimension.count': values.length,
        });
        return Float32Array.from(values);
      });
      const search = { 'db.system.name': 'qdrant', 'db.operation.name': 'search', 'db.collection.name': 'kb_support' };
      const hits = await this.spans.run(
        'search kb_support',
        SpanKind.CLIENT,
        search,
        within(retrieval),
        async (span) => {
          const found = knowledgeBase.search(vector, topK);
          await pause(clock, 12 + found.length * 2);
          span.setAttribute('db.response.returned_rows', found.length);
          return found;
        },
      );
      retrieval.setAttributes(
        this.spans.content(() => ({
          'gen_ai.retrieval.documents': JSON.stringify(
            hits.map((hit) => ({ id: hit.chunk.id, score: Number(hit.score.toFixed(4)), content: hit.chunk.text })),
          ),
        })),
      );
      const contextTokens = hits.reduce((sum, hit) => sum + Math.ceil(hit.chunk.text.length / 4), 0);
      this.log('info', `retrieved ${hits.length} chunks`, {
        top_k: topK,
        kb: 'kb_support',
        context_tokens: contextTokens,
      });
      return hits;
    });
  }

  private async chat(
    messages: readonly ChatMessage[],
    replicas: readonly Upstream[],
    onText: (text: string) => void,
  ): Promise<ChatResult> {
    const { chatModel } = this.parts;
    const call: ChatCall = {
      model: chatModel,
      messages,
      tools: TOOLS,
      maxTokens: 1024,
      temperature: 0.3,
      stream: true,
    };
    let broken: unknown;
    for (const replica of replicas.slice(0, 2)) {
      let streamed = false;
      const attributes = this.spans.chatRequest(call, replica, 'vllm');
      try {
        return await this.call(`chat ${chatModel}`, attributes, replica, call, (text) => {
          streamed = true;
          onText(text);
        });
      } catch (error) {
        broken = error;
        // What the user has seen cannot be taken back, and nobody waits for what was canceled.
        if (streamed || this.signal.aborted) throw error;
        this.log('warn', 'model call failed, trying another replica', {
          replica: replica.name,
          error_type: error instanceof CallError ? error.errorType : '_OTHER',
        });
      }
    }
    throw broken;
  }

  /** One chat call in its span, with a log line when its first token is late. */
  private call(
    name: string,
    attributes: Attributes,
    upstream: Upstream,
    call: ChatCall,
    onText?: (text: string) => void,
  ): Promise<ChatResult> {
    const { client, clock } = this.parts;
    return this.spans.run(name, SpanKind.CLIENT, attributes, within(this.root), async (span) => {
      const calmed = clock.after(SLOW_FIRST_TOKEN_MS, () => {
        if (call.stream) {
          this.log(
            'warn',
            'model call slow, still waiting for first token',
            { waited_s: 1.2, server: upstream.name },
            span,
          );
        }
      });
      this.count(upstream, 1);
      try {
        const result = await client.chat(upstream, call, traceparentOf(span), this.signal, (text) => {
          calmed();
          onText?.(text);
        });
        this.spans.chatResponse(span, call, result);
        this.inputTokens += result.inputTokens;
        this.outputTokens += result.outputTokens;
        return result;
      } finally {
        calmed();
        this.count(upstream, -1);
      }
    });
  }

  /** Runs a tool; its failure is an answer too, which the model has to deal with. */
  private async runTool(call: ToolCall): Promise<string> {
    const { client, orders } = this.parts;
    const { name } = call.function;
    const attributes = {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': name,
      'gen_ai.tool.call.id': call.id,
      'gen_ai.tool.type': 'function',
      'gen_ai.agent.name': 'support-agent',
      ...this.spans.content(() => ({ 'gen_ai.tool.call.arguments': call.function.arguments })),
    };
    try {
      return await this.spans.run(
        `execute_tool ${name}`,
        SpanKind.INTERNAL,
        attributes,
        within(this.root),
        async (span) => {
          const { order_id: orderId } = JSON.parse(call.function.arguments) as { readonly order_id: string };
          const path = `/orders/${encodeURIComponent(orderId)}`;
          const result = JSON.stringify(await client.getJson(orders, path, traceparentOf(span), this.signal));
          span.setAttributes(this.spans.content(() => ({ 'gen_ai.tool.call.result': result })));
          return result;
        },
      );
    } catch (error) {
      if (this.signal.aborted) throw error;
      const errorType = error instanceof CallError ? error.errorType : '_OTHER';
      this.log('error', 'tool failed', { tool: name, error_type: errorType });
      return JSON.stringify({ error: 'the order service did not answer' });
    }
  }

  private log(severity: 'info' | 'warn' | 'error', message: string, fields: Attributes, span = this.root): void {
    this.release.telemetry.log(severity, message, fields, span);
  }
}

function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(milliseconds, () => resolve());
  });
}
