import { describe, expect, test } from 'vitest';
import { gpusOf, hostOf, type GpuFacts, type ServerFacts } from './servers.ts';

const server = (instance: string): ServerFacts => ({
  job: 'vllm',
  instance,
  model: 'llama',
  engine: null,
  up: undefined,
  running: undefined,
  waiting: undefined,
  kvCache: undefined,
  outputTokens: undefined,
});
const gpu = (index: string, host: string, pod = ''): GpuFacts => ({
  uuid: `GPU-${host}-${index}`,
  index,
  host,
  product: null,
  pod,
  compute: undefined,
  memoryUsed: undefined,
  memoryTotal: undefined,
});

describe('gpusOf', () => {
  test.each<{ name: string; servers: string[]; gpus: GpuFacts[]; of: string; want: string[] }>([
    {
      name: 'the only server of a machine has its GPUs',
      servers: ['node-1:8000', 'node-2:8000'],
      gpus: [gpu('0', 'node-1'), gpu('0', 'node-2')],
      of: 'node-1:8000',
      want: ['GPU-node-1-0'],
    },
    {
      name: 'two servers on a machine: nobody can tell',
      servers: ['127.0.0.1:8000', '127.0.0.1:8001'],
      gpus: [gpu('0', '127.0.0.1')],
      of: '127.0.0.1:8000',
      want: [],
    },
    {
      name: 'the pod tells, the longest name wins',
      servers: ['vllm-70b:8000', 'vllm-70b-1:8000'],
      gpus: [gpu('0', 'node-1', 'vllm-70b-1-0'), gpu('1', 'node-1', 'vllm-70b-x')],
      of: 'vllm-70b-1:8000',
      want: ['GPU-node-1-0'],
    },
    {
      name: 'a service with a domain',
      servers: ['vllm-0.vllm.svc.cluster.local:8000'],
      gpus: [gpu('3', 'node-9', 'vllm-0')],
      of: 'vllm-0.vllm.svc.cluster.local:8000',
      want: ['GPU-node-9-3'],
    },
  ])('$name', ({ servers, gpus, of, want }) => {
    const all = servers.map(server);
    expect(
      gpusOf(
        all.find(({ instance }) => instance === of)!,
        all,
        gpus,
      ).map(({ uuid }) => uuid),
    ).toEqual(want);
  });

  test.each([
    { instance: '10.0.0.7:8000', want: '10.0.0.7' },
    { instance: '[::1]:8000', want: '::1' },
    { instance: 'http-less', want: 'http-less' },
  ])('hostOf $instance', ({ instance, want }) => {
    expect(hostOf(instance)).toBe(want);
  });
});
