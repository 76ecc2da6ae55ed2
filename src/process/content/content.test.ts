import { describe, expect, test } from 'vitest';
import type { AttributeValue } from '../../model/attributes.ts';
import { makeResource } from '../../model/resource.ts';
import { Ledger } from '../../self/ledger.ts';
import { CONTEXT, logBatch, spanBatch, type SpanOptions } from '../batch.fixture.ts';
import { contentConfig } from '../config.ts';
import { Normaliser } from '../normalise/normalise.ts';
import { ContentPolicyProcessor } from './content.ts';

const CHAT = { 'gen_ai.operation.name': 'chat' };

function setUp(config: unknown): {
  run: (spans: readonly SpanOptions[]) => ReturnType<typeof spanBatch>;
  ledger: Ledger;
  content: ContentPolicyProcessor;
} {
  const ledger = new Ledger();
  const content = new ContentPolicyProcessor(contentConfig.parse(config), ledger);
  const normaliser = new Normaliser();
  const run = (spans: readonly SpanOptions[]): ReturnType<typeof spanBatch> => {
    const batch = spanBatch(spans);
    normaliser.spans(batch);
    content.spans(batch, CONTEXT);
    return batch;
  };
  return { run, ledger, content };
}

describe('the policies', () => {
  test.each([
    { policy: 'drop', want: undefined },
    { policy: 'keep', want: 'mail a@b.org' },
    { policy: 'redact', want: 'mail [email]' },
  ])('$policy', ({ policy, want }) => {
    const { run } = setUp({ policy });
    const batch = run([{ name: 'chat m', attributes: { ...CHAT, 'gen_ai.input.messages': 'mail a@b.org' } }]);
    expect(batch.attributes.toObject(0)['gen_ai.input.messages']).toBe(want);
  });

  test('hash: equal texts give equal marks, under one key only', () => {
    const span = {
      name: 'chat m',
      attributes: { ...CHAT, 'gen_ai.input.messages': 'same', 'gen_ai.completion': 'same' },
    };
    const attributes = setUp({ policy: 'hash', hash_key: 'k'.repeat(16) })
      .run([span])
      .attributes.toObject(0);
    expect(attributes['gen_ai.input.messages']).toMatch(/^hmac:[0-9a-f]{16}$/);
    expect(attributes['gen_ai.completion']).toBe(attributes['gen_ai.input.messages']);
    const other = setUp({ policy: 'hash' }).run([span]).attributes.toObject(0);
    expect(other['gen_ai.input.messages']).not.toBe(attributes['gen_ai.input.messages']);
  });

  test('a field may have a policy of its own, the longest pattern wins', () => {
    const { run } = setUp({ policy: 'drop', fields: { 'gen_ai.tool.*': 'keep', 'gen_ai.tool.call.result': 'drop' } });
    const batch = run([
      {
        name: 't',
        attributes: {
          ...CHAT,
          'gen_ai.tool.call.arguments': 'a',
          'gen_ai.tool.call.result': 'r',
          'gen_ai.prompt': 'p',
        },
      },
    ]);
    expect(batch.attributes.toObject(0)).toEqual({ ...CHAT, 'gen_ai.tool.call.arguments': 'a' });
  });

  test('redacted JSON stays JSON where it can', () => {
    const { run } = setUp({ policy: 'redact' });
    const batch = run([
      {
        name: 't',
        attributes: {
          ...CHAT,
          'gen_ai.tool.call.arguments': { to: 'a@b.org' },
          'gen_ai.tool.call.result': [4111111111111111],
        },
      },
    ]);
    expect(batch.attributes.toObject(0)).toEqual({
      ...CHAT,
      'gen_ai.tool.call.arguments': { json: '{"to":"[email]"}' },
      'gen_ai.tool.call.result': '[[card]]',
    });
  });

  test('the account: what, how often, how many bytes', () => {
    const { run, ledger } = setUp({});
    run([
      {
        name: 't',
        attributes: { ...CHAT, 'gen_ai.prompt.0.content': 'four', 'gen_ai.prompt.1.content': 'nine bytes' },
      },
      { name: 't', attributes: { ...CHAT, 'gen_ai.prompt': 'ü' } },
    ]);
    expect(ledger.totals()).toEqual([
      {
        tenant: 'default',
        signal: 'traces',
        outcome: 'changed',
        reason: 'content:gen_ai.prompt.N.*',
        source: 'test',
        count: 2,
        bytes: 14,
      },
      {
        tenant: 'default',
        signal: 'traces',
        outcome: 'changed',
        reason: 'content:gen_ai.prompt',
        source: 'test',
        count: 1,
        bytes: 2,
      },
    ]);
  });
});

describe('ids of people and conversations', () => {
  const span = { name: 't', attributes: { ...CHAT, 'gen_ai.conversation.id': 'c', 'user.id': 7 } };

  test('hashed, and the same in facts and attributes', () => {
    const batch = setUp({}).run([span]);
    const attributes = batch.attributes.toObject(0);
    expect(attributes['gen_ai.conversation.id']).toMatch(/^hmac:/);
    expect(batch.genAi[0]!.conversation).toBe(attributes['gen_ai.conversation.id']);
    expect(attributes['user.id']).toMatch(/^hmac:/);
  });

  test('kept', () => {
    const batch = setUp({ identity: 'keep' }).run([span]);
    expect(batch.attributes.toObject(0)).toEqual(span.attributes);
    expect(batch.genAi[0]!.conversation).toBe('c');
  });

  test('dropped', () => {
    const batch = setUp({ identity: 'drop' }).run([span]);
    expect(batch.attributes.toObject(0)).toEqual(CHAT);
    expect(batch.genAi[0]!.conversation).toBeUndefined();
  });
});

describe('spans around', () => {
  const failed = {
    name: 'POST /chat',
    traceId: 9,
    attributes: {
      'http.route': '/chat',
      'url.full': 'https://x/chat?q=secret',
      'db.statement': "SELECT 'secret'",
      metadata: 'ours',
    },
    statusMessage: 'failed: secret',
    events: [{ name: 'exception', attributes: { 'exception.type': 'E', 'exception.message': 'secret' } }],
  };

  test('an exception in a trace with GenAI spans is treated like theirs, also when it comes later', () => {
    const { run } = setUp({});
    run([{ name: 'chat m', traceId: 9, attributes: CHAT }]);
    const batch = run([failed]);
    expect(batch.events.attributes.toObject(0)).toEqual({ 'exception.type': 'E' });
    expect(batch.statusMessage.get(0)).toBe('');
  });

  test('in other traces exceptions stay; values in URLs and statements go', () => {
    const batch = setUp({}).run([failed]);
    expect(batch.events.attributes.toObject(0)).toEqual({ 'exception.type': 'E', 'exception.message': 'secret' });
    expect(batch.statusMessage.get(0)).toBe('failed: secret');
    expect(batch.attributes.toObject(0)).toEqual({
      'http.route': '/chat',
      'url.full': 'https://x/chat?q=REMOVED',
      'db.statement': 'SELECT ?',
      metadata: 'ours',
    });
  });
});

describe('names of spans', () => {
  test.each([
    { name: 'chat gpt-4o', prompt: 'chat gpt-4o', want: 'chat gpt-4o' },
    { name: 'tell me a secret', prompt: 'please tell me a secret!', want: 'chat' },
    { name: 'run the whole plan', prompt: 'something else', want: 'run the whole plan' },
    { name: 'two\nlines', prompt: '', want: 'chat' },
    { name: 'x'.repeat(121), prompt: '', want: 'chat' },
  ])('$name', ({ name, prompt, want }) => {
    const batch = setUp({}).run([{ name, attributes: { ...CHAT, 'gen_ai.prompt': prompt } }]);
    expect(batch.name.get(0)).toBe(want);
  });
});

test('resources lose credentials and content, once and for all batches', () => {
  const { run, ledger } = setUp({});
  const batch = spanBatch([{ name: 's', attributes: {} }]);
  const resource = makeResource(
    new Map<string, AttributeValue>([
      ['service.name', 'app'],
      ['gen_ai.system_instructions', 'secret'],
      ['http.request.header.authorization', 'secret'],
      ['process.command_args', { json: '["vllm","--api-key","secret","--port","8000","--hf-token=secret"]' }],
      ['process.command_line', 'serve --password secret --model m'],
    ]),
  );
  batch.resources[0] = resource;
  const content = new ContentPolicyProcessor(contentConfig.parse({}), ledger);
  content.spans(batch, CONTEXT);
  expect(Object.fromEntries(batch.resources[0].attributes)).toEqual({
    'service.name': 'app',
    'process.command_args': { json: '["vllm","--api-key","[key]","--port","8000","--hf-token=[key]"]' },
    'process.command_line': 'serve --password [key] --model m',
  });
  const cleaned = batch.resources[0];
  batch.resources[0] = resource;
  content.spans(batch, CONTEXT);
  expect(batch.resources[0]).toBe(cleaned);
  expect(run([{ name: 's', attributes: {} }]).resources[0]!.serviceName).toBe('app');
});

describe('log records', () => {
  test.each([
    {
      name: 'a message event',
      log: { eventName: 'gen_ai.user.message', body: { content: 'secret' } },
      body: '',
      attributes: {},
    },
    {
      name: 'a message event named by an attribute',
      log: { body: 'secret', attributes: { 'event.name': 'gen_ai.choice', index: 0, text: 'secret' } },
      body: '',
      attributes: { 'event.name': 'gen_ai.choice', index: 0 },
    },
    {
      name: 'any other record',
      log: { body: 'order 7 shipped', attributes: { message: 'm' } },
      body: 'order 7 shipped',
      attributes: { message: 'm' },
    },
    {
      name: 'a structured record with GenAI fields',
      log: { body: { level: 'info', gen_ai: { prompt: 'secret', system: 'openai' } } },
      body: '{"level":"info","gen_ai":{"system":"openai"}}',
      attributes: {},
    },
    {
      name: 'a structured record without',
      log: { body: { prompt: 'ours' } },
      body: '{"prompt":"ours"}',
      attributes: {},
    },
  ])('$name', ({ log, body, attributes }) => {
    const { content } = setUp({});
    const batch = logBatch([log]);
    content.logs(batch, CONTEXT);
    expect(batch.body.get(0)).toBe(body);
    expect(batch.attributes.toObject(0)).toEqual(attributes);
  });
});
