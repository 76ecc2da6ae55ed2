import { describe, expect, test } from 'vitest';
import type { TraceSpan } from '../../query/traces/index.ts';
import type { ServerFacts } from './answer/servers.ts';
import { matchServer } from './trace-engine.ts';

const call = (model: string | null, attributes: TraceSpan['attributes'] = {}): TraceSpan =>
  ({ requestModel: model, responseModel: null, attributes, durationNano: 1n }) as unknown as TraceSpan;
const server = (instance: string, model: string): ServerFacts => ({ instance, model }) as ServerFacts;

describe('matchServer', () => {
  test.each<{ name: string; spans: TraceSpan[]; servers: ServerFacts[]; by: string; instance: string | null }>([
    {
      name: 'address and port',
      spans: [call('llama', { 'server.address': 'vllm-2', 'server.port': 8000 })],
      servers: [server('vllm-1:8000', 'llama'), server('vllm-2:8000', 'llama')],
      by: 'server-address',
      instance: 'vllm-2:8000',
    },
    {
      name: 'another port of a host with one server',
      spans: [call('llama', { 'server.address': 'triton-1', 'server.port': 8000 })],
      servers: [server('triton-1:8002', 'llama')],
      by: 'server-address',
      instance: 'triton-1:8002',
    },
    {
      name: 'localhost is 127.0.0.1',
      spans: [call('llama', { 'server.address': 'localhost', 'server.port': 8001 })],
      servers: [server('127.0.0.1:8000', 'llama'), server('127.0.0.1:8001', 'llama')],
      by: 'server-address',
      instance: '127.0.0.1:8001',
    },
    {
      name: 'the only server of the model',
      spans: [call('llama', { 'server.address': 'gateway' })],
      servers: [server('vllm-1:8000', 'llama'), server('tgi-1:80', 'guard')],
      by: 'model',
      instance: 'vllm-1:8000',
    },
    {
      name: 'several servers of the model: all of them, said so',
      spans: [call('llama')],
      servers: [server('vllm-1:8000', 'llama'), server('vllm-2:8000', 'llama')],
      by: 'several-servers-of-model',
      instance: null,
    },
    {
      name: 'a model nobody here runs',
      spans: [call('gpt', { 'server.address': 'api.openai.com', 'server.port': 443 })],
      servers: [server('vllm-1:8000', 'llama')],
      by: 'none',
      instance: null,
    },
    {
      name: 'no model call',
      spans: [call(null)],
      servers: [server('vllm-1:8000', 'llama')],
      by: 'none',
      instance: null,
    },
    { name: 'no server', spans: [call('llama')], servers: [], by: 'none', instance: null },
  ])('$name', ({ spans, servers, by, instance }) => {
    const match = matchServer(spans, servers);
    expect([match.matchedBy, match.instance]).toEqual([by, instance]);
    expect(match.reason === null).toBe(instance !== null);
  });
});
