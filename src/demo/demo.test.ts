import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOtlpSink, type OtlpSink, type SinkSpan } from '../../test/demo/otlp-sink.ts';
import { silentLogger } from '../self/logger.ts';
import { realClock, type Clock } from './clock.ts';
import { startDemo, type Demo } from './demo.ts';

/** Ten seconds in one: the engines need not be waited for. */
function fastClock(factor: number): Clock {
  const real = realClock();
  const anchorMs = real.now();
  return {
    now: () => anchorMs + (real.now() - anchorMs) * factor,
    after: (delayMs, action) => real.after(delayMs / factor, action),
  };
}

let sink: OtlpSink;
let demo: Demo;

beforeAll(async () => {
  sink = await startOtlpSink();
  demo = await startDemo({
    otlpHttpUrl: sink.url,
    seed: 3,
    logger: silentLogger(),
    clock: fastClock(10),
    questionsPerSecond: 0,
  });
});
afterAll(async () => {
  await demo.stop();
  await demo.stop();
  await sink.close();
});

async function ask(conversation: string, question: string): Promise<Response> {
  return fetch(`${demo.appUrl}/ask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ conversation_id: conversation, tenant: 'acme', question }),
  });
}

/** The spans of the latest trace, and its root. */
async function traced(): Promise<{ root: SinkSpan; spans: SinkSpan[]; tree: string[] }> {
  await demo.flush();
  const root = sink.spans.filter((span) => span.name === 'invoke_agent support-agent').at(-1)!;
  const spans = sink.spans
    .filter((span) => span.traceId === root.traceId)
    .sort((a, b) => Number(a.startNano - b.startNano));
  const below = (parent: SinkSpan, depth: number): string[] => [
    `${'  '.repeat(depth)}${String(parent.resource['service.name'])}: ${parent.name}`,
    ...spans.filter((span) => span.parentSpanId === parent.spanId).flatMap((span) => below(span, depth + 1)),
  ];
  return { root, spans, tree: below(root, 0) };
}

describe('a question becomes one trace over all services', () => {
  test('with a tool call when it names an order', async () => {
    const response = await ask('conv-1', 'How does delivery work? It is about order 48213. I am jane@example.com.');
    expect(response.status).toBe(200);
    expect((await response.text()).length).toBeGreaterThan(20);
    const { root, spans, tree } = await traced();
    expect(tree.map((line) => line.replace(/70b-\d/, '70b-N'))).toEqual([
      'support-rag: invoke_agent support-agent',
      '  support-rag: chat llama-guard-3-8b',
      '    tgi-guard-1: chat_completions',
      '  support-rag: retrieval kb_support',
      '    support-rag: embeddings bge-m3',
      '      vllm-embed-1: llm_request',
      '    support-rag: search kb_support',
      '  support-rag: chat llama-3.1-70b',
      '    vllm-70b-N: llm_request',
      '  support-rag: execute_tool order_lookup',
      '    orders-api: GET /orders/{id}',
      '  support-rag: chat llama-3.1-70b',
      '    vllm-70b-N: llm_request',
      '  support-rag: chat llama-guard-3-8b',
      '    tgi-guard-1: chat_completions',
    ]);
    expect(root.attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'support-agent',
      'gen_ai.conversation.id': 'conv-1',
      tenant: 'acme',
    });
    expect(root.resource).toMatchObject({ 'service.version': '2026.11.17-3' });
    const [first, second] = spans.filter((span) => span.name === 'chat llama-3.1-70b');
    expect(first!.attributes['gen_ai.response.finish_reasons']).toEqual(['tool_calls']);
    expect(second!.attributes['gen_ai.response.finish_reasons']).toEqual(['stop']);
    for (const chat of [first!, second!]) {
      expect(chat.kind).toBe(3);
      expect(chat.attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
      const engine = spans.find((span) => span.parentSpanId === chat.spanId)!;
      expect(engine.attributes['gen_ai.usage.prompt_tokens']).toBe(chat.attributes['gen_ai.usage.input_tokens']);
      expect(engine.attributes['gen_ai.usage.completion_tokens']).toBe(chat.attributes['gen_ai.usage.output_tokens']);
      expect(engine.resource['service.name']).toBe(chat.attributes['server.address']);
      const phases = ['time_in_queue', 'time_in_model_prefill', 'time_in_model_decode'].map(
        (phase) => engine.attributes[`gen_ai.latency.${phase}`] as number,
      );
      expect(phases.reduce((a, b) => a + b, 0)).toBeCloseTo(engine.attributes['gen_ai.latency.e2e'] as number, 3);
      expect(Number(engine.endNano - engine.startNano) / 1e9).toBeCloseTo(
        engine.attributes['gen_ai.latency.e2e'] as number,
        2,
      );
    }
    // The second prompt continues the first, so its beginning is cached.
    expect(second!.attributes['gen_ai.usage.cache_read.input_tokens']).toBeGreaterThan(
      0.9 * (first!.attributes['gen_ai.usage.input_tokens'] as number),
    );
  });

  test('with content in the attributes of the conventions only', async () => {
    const { spans } = await traced();
    const holders = new Set<string>();
    for (const span of spans) {
      for (const [key, value] of Object.entries(span.attributes)) {
        if (String(value).includes('jane@example.com')) holders.add(key);
      }
    }
    expect([...holders].sort()).toEqual(['gen_ai.input.messages', 'gen_ai.retrieval.query.text']);
    const all = new Set(spans.flatMap((span) => Object.keys(span.attributes)));
    for (const key of [
      'gen_ai.output.messages',
      'gen_ai.system_instructions',
      'gen_ai.tool.definitions',
      'gen_ai.tool.call.arguments',
      'gen_ai.tool.call.result',
      'gen_ai.retrieval.documents',
    ]) {
      expect(all).toContain(key);
    }
  });

  test('with log lines of JSON that carry its ids', async () => {
    const { root, spans } = await traced();
    const lines = sink.logs.filter(
      (log) => log.traceId === root.traceId && log.resource['service.name'] === 'support-rag',
    );
    // On a busy machine the first token may be late, which is a warning of its own.
    const texts = lines
      .filter((line) => line.severity === 'INFO')
      .map((line) => (JSON.parse(String(line.body)) as { msg: string }).msg);
    expect(texts).toEqual(['guard passed', 'retrieved 4 chunks', 'guard passed', 'request complete']);
    expect(lines.every((line) => spans.some((span) => span.spanId === line.spanId))).toBe(true);
  });

  test('a follow-up finds its conversation in the cache', async () => {
    await (await ask('conv-1', 'And how does refund work?')).text();
    const { spans, tree } = await traced();
    expect(tree).toHaveLength(11);
    const chat = spans.find((span) => span.name === 'chat llama-3.1-70b')!;
    const { 'gen_ai.usage.cache_read.input_tokens': cached, 'gen_ai.usage.input_tokens': input } = chat.attributes;
    expect((cached as number) / (input as number)).toBeGreaterThan(0.4);
  });
});

test('a client that goes away aborts the request in the engine, and the spans say so', async () => {
  const gone = new AbortController();
  const response = await fetch(`${demo.appUrl}/ask`, {
    method: 'POST',
    body: JSON.stringify({ conversation_id: 'conv-2', tenant: 'acme', question: 'How does customs work?' }),
    signal: gone.signal,
  });
  gone.abort();
  await expect(response.text()).rejects.toThrow();
  await expect.poll(() => demo.truth().app.aborted).toBe(1);
  await expect.poll(() => demo.truth().engines.reduce((sum, engine) => sum + engine.finished.abort, 0)).toBe(1);
  const { spans } = await traced();
  expect(spans.find((span) => span.name === 'chat llama-3.1-70b')!.attributes['error.type']).toBe('canceled');
});

test('a question that is none is refused', async () => {
  const response = await fetch(`${demo.appUrl}/ask`, { method: 'POST', body: '{"question": ""}' });
  expect(response.status).toBe(400);
  expect(((await response.json()) as { error: string }).error).toContain('conversation_id');
});

test('the incident deploys a version with prompts 2.8 times as long, and ends with the rollback', async () => {
  const inputTokens = async (conversation: string): Promise<number> => {
    await (await ask(conversation, 'Hello, how does warranty work?')).text();
    const { root, spans } = await traced();
    expect(root.resource['service.version']).toBe(demo.truth().app.version);
    return spans.find((span) => span.name === 'chat llama-3.1-70b')!.attributes['gen_ai.usage.input_tokens'] as number;
  };
  const before = await inputTokens('conv-3');
  const started = await fetch(`${demo.controlUrl}/demo/incident`, { method: 'POST', body: '{"duration":"10m"}' });
  expect(await started.json()).toMatchObject({ active: true, count: 1 });
  const during = await inputTokens('conv-4');
  expect(during / before).toBeGreaterThan(2.8);
  expect(demo.truth().app.version).toBe('2026.11.24-1');
  await fetch(`${demo.controlUrl}/demo/incident`, { method: 'DELETE' });
  expect(demo.truth().incident.active).toBe(false);
  expect(await inputTokens('conv-5')).toBeLessThan(during / 2);
  const deploys = sink.logs.filter((log) => log.eventName === 'app.deployed');
  expect(deploys.map((log) => log.resource['service.version'])).toEqual(['2026.11.24-1', '2026.11.17-3']);
});

test('an incident that is not understood is refused', async () => {
  const response = await fetch(`${demo.controlUrl}/demo/incident`, { method: 'POST', body: '{"duration":"long"}' });
  expect(response.status).toBe(400);
});

test('what the far side got is what the demo says it sent', async () => {
  await demo.flush();
  const truth = demo.truth();
  for (const { service, spans, spansByName, logs } of truth.services) {
    const arrived = sink.spans.filter((span) => span.resource['service.name'] === service);
    expect(arrived.length).toBe(spans.ended);
    expect(spans).toMatchObject({ exported: spans.ended, failed: 0 });
    for (const [name, count] of Object.entries(spansByName)) {
      expect(`${name} ${arrived.filter((span) => span.name === name).length}`).toBe(`${name} ${count}`);
    }
    expect(sink.logs.filter((log) => log.resource['service.name'] === service).length).toBe(logs.ended);
  }
  const metrics = await Promise.all(
    demo.targets.map(async ({ address }) => (await fetch(`http://${address}/metrics`)).text()),
  );
  const generated = [...metrics.join('').matchAll(/^vllm:generation_tokens_total\{.*\} (.*)$/gm)].map((m) =>
    Number(m[1]),
  );
  const chatSpans = sink.spans.filter((span) => span.name === 'llm_request');
  expect(generated.reduce((a, b) => a + b, 0)).toBe(
    chatSpans.reduce((sum, span) => sum + (span.attributes['gen_ai.usage.completion_tokens'] as number), 0),
  );
});

test('its targets are named as the spans name them', () => {
  expect(demo.targets.map(({ job, labels }) => `${job} ${labels['instance']}`)).toEqual([
    'vllm vllm-70b-1:8000',
    'vllm vllm-70b-2:8000',
    'vllm vllm-embed-1:8000',
    'tgi tgi-guard-1:3000',
    'dcgm gpu-node-1:9400',
  ]);
});
