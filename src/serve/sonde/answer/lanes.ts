import type { Lane } from '../contract.ts';
import { gpuName, memoryRatio, type GpuFacts, type ServerFacts } from './servers.ts';
import { stateOf, type Limits } from './limits.ts';
import { chartValues, lastOf } from './values.ts';
import type { ServerMetrics } from './server-metrics.ts';

/** One resource of one server, GPU or machine. */
export interface ResourceUse {
  readonly resource: Lane['resource'];
  readonly subject: string;
  /** Server to link to; null for GPUs and machines. */
  readonly instance: string | null;
  readonly model: string | null;
  readonly values: Float64Array;
}

const LABELS = {
  'kv-cache': 'KV cache',
  queue: 'Queue',
  'gpu-memory': 'GPU memory',
  'gpu-compute': 'GPU compute',
  cpu: 'CPU',
} as const satisfies Record<Lane['resource'], string>;
export const LANE_ORDER = Object.keys(LABELS) as Lane['resource'][];

/** Below this spread over the range, memory is not used but allocated. */
const PREALLOCATED_SPREAD = 0.02;
const PREALLOCATED_SHARE = 0.2;
/** Colour of memory that is allocated: pale, since it says nothing of load. */
const PREALLOCATED_NEARNESS = 0.25;

/** Every resource that anything is known of. */
export async function resourceUses(
  metrics: ServerMetrics,
  servers: readonly ServerFacts[],
  gpus: readonly GpuFacts[],
): Promise<ResourceUse[]> {
  const [cpu, cpuFromSeconds] = await Promise.all([metrics.get('cpu'), metrics.get('cpuFromSeconds')]);
  const uses: ResourceUse[] = [];
  for (const { instance, model, kvCache, waiting } of servers) {
    if (kvCache !== undefined) uses.push({ resource: 'kv-cache', subject: instance, instance, model, values: kvCache });
    if (waiting !== undefined) uses.push({ resource: 'queue', subject: instance, instance, model, values: waiting });
  }
  for (const gpu of gpus) {
    const memory = memoryRatio(gpu);
    const common = { subject: gpuName(gpu), instance: null, model: null };
    if (memory !== undefined) uses.push({ resource: 'gpu-memory', ...common, values: memory });
    if (gpu.compute !== undefined) uses.push({ resource: 'gpu-compute', ...common, values: gpu.compute });
  }
  const told = new Set(cpu.map(({ labels }) => labels['instance']));
  for (const { labels, values } of [...cpu, ...cpuFromSeconds.filter(({ labels }) => !told.has(labels['instance']))]) {
    uses.push({ resource: 'cpu', subject: labels['instance'] ?? '', instance: null, model: null, values });
  }
  return uses.filter(({ values }) => values.some(isFinite));
}

export function limitOf(resource: Lane['resource'], limits: Limits): NonNullable<Lane['limit']> {
  switch (resource) {
    case 'kv-cache':
      return limits.kvCache;
    case 'queue':
      return limits.queue;
    case 'gpu-memory':
      return limits.gpuMemory;
    case 'gpu-compute':
      return limits.gpuCompute;
    case 'cpu':
      return limits.cpu;
  }
}

/** The fullest of each resource now, as lanes in their usual order. */
export function lanesOf(
  uses: readonly ResourceUse[],
  limits: Limits,
  query: (resource: Lane['resource']) => string,
): Lane[] {
  return LANE_ORDER.flatMap((resource) => {
    const fullest = fullestOf(uses.filter((use) => use.resource === resource));
    return fullest === undefined ? [] : [laneOf(fullest, limits, query(resource))];
  });
}

export function laneOf(use: ResourceUse, limits: Limits, query: string | null): Lane {
  const limit = limitOf(use.resource, limits);
  const allocated = isPreallocated(use);
  const now = lastOf(use.values);
  const nearness = allocated
    ? use.values.map((value) => (Number.isFinite(value) ? PREALLOCATED_NEARNESS : NaN))
    : use.values.map((value) => value / limit.value);
  return {
    resource: use.resource,
    label: LABELS[use.resource],
    subject: use.subject,
    unit: limit.unit,
    values: chartValues(use.values),
    nearness: chartValues(nearness),
    now,
    limit,
    state: allocated ? 'ok' : stateOfUse(use, limits),
    note: allocated ? 'pre-allocated' : null,
    query,
  };
}

/** A busy GPU is doing its work: only over its limit is it worth a word. */
export function stateOfUse(use: ResourceUse, limits: Limits): Lane['state'] {
  const state = isPreallocated(use) ? 'ok' : stateOf(lastOf(use.values), limitOf(use.resource, limits));
  return use.resource === 'gpu-compute' && state === 'warn' ? 'ok' : state;
}

export function fullestOf(uses: readonly ResourceUse[]): ResourceUse | undefined {
  return [...uses].sort((a, b) => (lastOf(b.values) ?? -1) - (lastOf(a.values) ?? -1))[0];
}

/** Memory that stays where it is, high: the server took it at start, it says nothing of load. */
export function isPreallocated({ resource, values }: ResourceUse): boolean {
  if (resource !== 'gpu-memory') return false;
  const known = values.filter(isFinite);
  if (known.length === 0) return false;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return low >= PREALLOCATED_SHARE && high - low <= PREALLOCATED_SPREAD;
}

/** PromQL behind a lane. */
export function laneQuery(metrics: ServerMetrics, resource: Lane['resource']): string {
  const names = {
    'kv-cache': 'kvCache',
    queue: 'waiting',
    'gpu-memory': 'gpuMemoryUsed',
    'gpu-compute': 'gpuCompute',
    cpu: 'cpuFromSeconds',
  } as const;
  return metrics.query(names[resource]);
}
