import { spawnSync } from 'node:child_process';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasShared, readShared } from '../../../test/support/shared.ts';
import { realClock } from '../clock.ts';
import { CHAT_ENGINE, EMBEDDING_ENGINE, GUARD_ENGINE } from '../machines.ts';
import { makeRandom } from '../random.ts';
import { ServiceTelemetry } from '../telemetry.ts';
import { TOOLS } from '../app/deployment.ts';
import { guardBehaviour, supportBehaviour } from './behaviour.ts';
import { DcgmExporter } from './dcgm.ts';
import { TgiServer } from './tgi-server.ts';
import { VllmServer } from './vllm-server.ts';

const clock = realClock();
/** So fast that tests need not wait. */
const FAST = { baseMs: 1, perPrefillTokenMs: 0.001, perDecodeSequenceMs: 0, perKvTokenMs: 0 };
const telemetry = (name: string): ServiceTelemetry => new ServiceTelemetry(undefined, { 'service.name': name }, 'test');

const options = { faultRatio: 0, random: makeRandom(1), clock };
const vllm = new VllmServer({
  ...options,
  name: 'vllm-1',
  model: 'llama-3.1-70b',
  parameters: { ...CHAT_ENGINE, stepCost: FAST },
  behaviour: supportBehaviour(1, 40),
  telemetry: telemetry('vllm-1'),
});
const broken = new VllmServer({
  ...options,
  name: 'vllm-broken',
  model: 'llama-3.1-70b',
  parameters: { ...CHAT_ENGINE, stepCost: FAST },
  behaviour: supportBehaviour(1, 40),
  faultRatio: 1,
  telemetry: telemetry('vllm-broken'),
});
const embedder = new VllmServer({
  ...options,
  name: 'embed-1',
  model: 'bge-m3',
  parameters: { ...EMBEDDING_ENGINE, stepCost: FAST },
  behaviour: undefined,
  telemetry: telemetry('embed-1'),
});
const tgi = new TgiServer({
  ...options,
  name: 'tgi-1',
  model: 'llama-guard-3-8b',
  parameters: { ...GUARD_ENGINE, stepCost: FAST },
  behaviour: guardBehaviour(1, 0),
  telemetry: telemetry('tgi-1'),
});
const servers = { vllm, broken, embedder, tgi };
const url: Record<keyof typeof servers, string> = { vllm: '', broken: '', embedder: '', tgi: '' };

beforeAll(async () => {
  for (const name of Object.keys(servers) as (keyof typeof servers)[])
    url[name] = `http://${await servers[name].start(0)}`;
});
afterAll(async () => {
  for (const server of Object.values(servers)) await server.stop();
});

const client = (name: keyof typeof servers): OpenAI =>
  new OpenAI({ baseURL: `${url[name]}/v1`, apiKey: 'none', maxRetries: 0 });
const metricsOf = async (name: keyof typeof servers): Promise<string> => (await fetch(`${url[name]}/metrics`)).text();
const question = [{ role: 'user' as const, content: 'How does delivery work?' }];

describe('the real OpenAI client', () => {
  test('lists models', async () => {
    const { data } = await client('vllm').models.list();
    expect(data.map((model) => model.id)).toEqual(['llama-3.1-70b']);
  });

  test.each(['vllm', 'tgi'] as const)('gets a whole answer with usage from %s', async (name) => {
    const model = servers[name].truth().model;
    const completion = await client(name).chat.completions.create({ model, messages: question });
    const { message, finish_reason } = completion.choices[0]!;
    expect(finish_reason).toBe('stop');
    expect(message.content!.length).toBeGreaterThan(3);
    expect(completion.usage!.completion_tokens).toBe(Math.ceil(message.content!.length / 4));
    expect(completion.usage!.total_tokens).toBe(completion.usage!.prompt_tokens + completion.usage!.completion_tokens);
  });

  test('streams the same answer that it gives whole', async () => {
    const request = { model: 'llama-3.1-70b', messages: question };
    const whole = await client('vllm').chat.completions.create(request);
    const stream = await client('vllm').chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let pieces = 0;
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      const piece = chunk.choices[0]?.delta.content ?? '';
      text += piece;
      if (piece !== '') pieces++;
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]!.message.content);
    expect(pieces).toBeGreaterThan(1);
    expect(usage!.completion_tokens).toBe(whole.usage!.completion_tokens);
    // The second request found the first one's blocks.
    expect(usage!.prompt_tokens_details!.cached_tokens! % 16).toBe(0);
  });

  test('calls a tool when an order is named, and answers from its result', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Where is order 48213?' }];
    const tools = TOOLS as unknown as OpenAI.ChatCompletionTool[];
    const runner = client('vllm').chat.completions.stream({ model: 'llama-3.1-70b', messages, tools });
    const first = (await runner.finalChatCompletion()).choices[0]!;
    expect(first.finish_reason).toBe('tool_calls');
    const call = first.message.tool_calls![0] as OpenAI.ChatCompletionMessageFunctionToolCall;
    expect(call.function.name).toBe('order_lookup');
    expect(JSON.parse(call.function.arguments)).toMatchObject({ order_id: '48213' });
    messages.push(first.message, { role: 'tool', tool_call_id: call.id, content: '{"state":"shipped"}' });
    const second = await client('vllm').chat.completions.create({ model: 'llama-3.1-70b', messages, tools });
    expect(second.choices[0]!.finish_reason).toBe('stop');
  });

  test('max_tokens cuts short', async () => {
    const completion = await client('vllm').chat.completions.create({
      model: 'llama-3.1-70b',
      messages: question,
      max_completion_tokens: 3,
    });
    expect([completion.choices[0]!.finish_reason, completion.usage!.completion_tokens]).toEqual(['length', 3]);
  });

  test('gets embeddings in both encodings, and near texts are near', async () => {
    const vectors = async (input: string[], encoding: 'float' | 'base64' | undefined): Promise<number[][]> =>
      (
        await client('embedder').embeddings.create({
          model: 'bge-m3',
          input,
          ...(encoding === undefined ? {} : { encoding_format: encoding }),
        })
      ).data.map((item) => item.embedding);
    const [a, b, c] = await vectors(['refund of an invoice', 'invoice and refund', 'bluetooth firmware'], 'float');
    const dot = (x: number[], y: number[]): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
    expect(dot(a!, b!)).toBeGreaterThan(dot(a!, c!) + 0.2);
    expect((await vectors(['refund of an invoice'], undefined))[0]).toEqual(a);
  });

  test.each([
    { name: 'an unknown model', model: 'gpt-x', content: 'hi', status: 404 },
    { name: 'a prompt longer than the model', model: 'llama-3.1-70b', content: 'x'.repeat(80_000), status: 400 },
  ])('is told about $name', async ({ model, content, status }) => {
    const request = client('vllm').chat.completions.create({ model, messages: [{ role: 'user', content }] });
    await expect(request).rejects.toMatchObject({ status });
  });

  test.each([true, false])('is told when the engine breaks (stream: %s)', async (stream) => {
    const run = async (): Promise<void> => {
      const reply = await client('broken').chat.completions.create({
        model: 'llama-3.1-70b',
        messages: question,
        stream,
      });
      if (Symbol.asyncIterator in reply) for await (const _ of reply) void _;
    };
    await expect(run()).rejects.toBeInstanceOf(OpenAI.APIError);
    expect(await metricsOf('broken')).toMatch(/request_success_total\{.*finished_reason="error"\} [12]\.0/);
  });

  test('aborts the request when it goes away', async () => {
    const controller = new AbortController();
    const stream = await client('vllm').chat.completions.create(
      { model: 'llama-3.1-70b', messages: question, stream: true },
      { signal: controller.signal },
    );
    for await (const _ of stream) {
      void _;
      controller.abort();
    }
    await expect.poll(async () => /finished_reason="abort"\} (\d+)/.exec(await metricsOf('vllm'))![1]).toBe('1');
    expect(vllm.truth().running).toBe(0);
  });
});

test('TGI answers on its own routes, whole and streamed', async () => {
  const post = (path: string): Promise<Response> =>
    fetch(`${url.tgi}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: 'Is this fine?', parameters: { max_new_tokens: 16 } }),
    });
  const whole = (await (await post('/generate')).json()) as {
    generated_text: string;
    details: { generated_tokens: number };
  };
  expect(whole.generated_text.trim()).toBe('safe');
  const events = (await (await post('/generate_stream')).text())
    .split('\n\n')
    .filter((line) => line !== '')
    .map(
      (line) => JSON.parse(line.slice('data:'.length)) as { token: { text: string }; generated_text: string | null },
    );
  expect(events.length).toBe(whole.details.generated_tokens);
  expect(events.map((event) => event.token.text).join('')).toBe(whole.generated_text);
  expect(events.at(-1)!.generated_text).toBe(whole.generated_text);
  const refused = await fetch(`${url.tgi}/generate`, { method: 'POST', body: '{"inputs":""}' });
  expect(refused.status).toBe(400);
  expect(await metricsOf('tgi')).toContain('tgi_request_failure{err="validation"} 1\n');
});

const familiesOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => [match[1]!, match[2]!]));
/** Families without which pages and doctor have nothing to show. */
const NEEDED = {
  vllm: ['num_requests_running', 'num_requests_waiting', 'kv_cache_usage_perc', 'time_to_first_token_seconds'],
  tgi: ['request_duration', 'request_queue_duration', 'queue_size', 'batch_current_size', 'request_failure'],
} as const;

describe('the answers of /metrics', () => {
  const dcgm = new DcgmExporter(
    [
      {
        engine: vllm.engine,
        pod: 'p',
        container: 'c',
        gpus: 2,
        modelName: 'H100',
        memoryMiB: 81_559,
        reservedMiB: 70_000,
        idleWatts: 70,
        limitWatts: 700,
      },
    ],
    'node',
    clock,
  );

  test('have the families that matter', async () => {
    const vllmFamilies = [...familiesOf(await metricsOf('vllm')).keys()];
    for (const name of NEEDED.vllm) expect(vllmFamilies).toContain(`vllm:${name}`);
    const tgiFamilies = [...familiesOf(await metricsOf('tgi')).keys()];
    for (const name of NEEDED.tgi) expect(tgiFamilies).toContain(`tgi_${name}`);
  });

  test.skipIf(!hasShared)('use names and types of the captured answers (needs the shared fixtures)', async () => {
    for (const [text, fixture, prefix] of [
      [await metricsOf('vllm'), 'vllm', /^vllm:/],
      [dcgm.render(), 'dcgm', /^DCGM_FI_DEV/],
    ] as const) {
      const captured = familiesOf(readShared(`fixtures/exposition/${fixture}.prom`).toString());
      for (const [name, type] of familiesOf(text)) {
        if (prefix.test(name)) expect(`${name} ${captured.get(name)}`).toBe(`${name} ${type}`);
      }
    }
  });

  test.skipIf(!hasShared)('use the buckets of the captured TGI answer (needs the shared fixtures)', async () => {
    const bounds = (text: string): string[] =>
      [...text.matchAll(/^tgi_request_inference_duration_bucket\{le="([^"]+)"\}/gm)].map((match) => match[1]!);
    const captured = bounds(readShared('fixtures/exposition/tgi.prom').toString());
    expect(bounds(await metricsOf('tgi')).map(Number)).toEqual(captured.map(Number));
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  test.skipIf(!promtool)('are accepted by promtool (needs Prometheus)', async () => {
    for (const text of [await metricsOf('vllm'), await metricsOf('embedder'), await metricsOf('tgi'), dcgm.render()]) {
      const result = spawnSync('promtool', ['check', 'metrics'], { input: text });
      // It also lints names, which are the originals' and not ours to mend; parse errors are status 1.
      expect(result.stderr.toString()).not.toContain('error while linting');
      expect(result.status).not.toBe(1);
    }
  });

  test('agree with each other and with the truth', async () => {
    const text = await metricsOf('vllm');
    const truth = vllm.truth();
    const value = (name: string): number => Number(new RegExp(`^vllm:${name}\\{[^}]*\\} (.*)$`, 'm').exec(text)![1]);
    expect(value('generation_tokens_total')).toBe(truth.generationTokens);
    expect(value('prompt_tokens_total')).toBe(truth.promptTokens);
    expect(value('time_to_first_token_seconds_count')).toBe(truth.ttftSeconds.count);
    expect(value('time_to_first_token_seconds_sum')).toBeCloseTo(truth.ttftSeconds.sum, 9);
    expect(text).toContain(
      `vllm:request_success_total{engine="0",model_name="llama-3.1-70b",finished_reason="stop"} ${truth.finished.stop}.0`,
    );
  });
});
