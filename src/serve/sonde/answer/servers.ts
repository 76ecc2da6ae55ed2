import { METRIC_TABLES } from '../../../vocabulary/catalogue.ts';
import type { GridSeries } from '../metrics-reader.ts';
import { modelOf, type ServerMetrics } from './server-metrics.ts';

/** One server process and one model it serves, on the axis of the metrics it was made from. NaN = no value. */
export interface ServerFacts {
  readonly job: string;
  readonly instance: string;
  readonly model: string;
  /** `vLLM`; null when it does not say what it is. */
  readonly engine: string | null;
  readonly up: Float64Array | undefined;
  readonly running: Float64Array | undefined;
  readonly waiting: Float64Array | undefined;
  readonly kvCache: Float64Array | undefined;
  readonly outputTokens: Float64Array | undefined;
}

/** A GPU of an exporter. */
export interface GpuFacts {
  readonly uuid: string;
  readonly index: string;
  /** Name of the machine, or of the exporter's address. */
  readonly host: string;
  readonly product: string | null;
  /** Kubernetes pod that holds the GPU, as the exporter says; '' when it does not. */
  readonly pod: string;
  readonly compute: Float64Array | undefined;
  readonly memoryUsed: Float64Array | undefined;
  readonly memoryTotal: Float64Array | undefined;
}

const TITLES = new Map(METRIC_TABLES.map(({ system, title }) => [system, title]));

/** All servers of the scope, by model and instance. */
export async function readServers(metrics: ServerMetrics): Promise<ServerFacts[]> {
  const [running, waiting, kvCache, outputTokens, up] = await Promise.all([
    metrics.get('running'),
    metrics.get('waiting'),
    metrics.get('kvCache'),
    metrics.get('outputTokens'),
    metrics.get('up'),
  ]);
  const servers = new Map<string, Writable<ServerFacts>>();
  const upOf = new Map(up.map(({ labels, values }) => [`${labels['job']}\0${labels['instance']}`, values]));
  const add = (series: readonly GridSeries[], field: 'running' | 'waiting' | 'kvCache' | 'outputTokens'): void => {
    for (const { labels, values } of series) {
      const job = labels['job'] ?? '';
      const instance = labels['instance'] ?? '';
      const key = `${job}\0${instance}\0${modelOf(labels)}`;
      let server = servers.get(key);
      if (server === undefined) {
        server = { ...NO_FACTS, job, instance, model: modelOf(labels), up: upOf.get(`${job}\0${instance}`) };
        servers.set(key, server);
      }
      server.engine ??= engineOf(labels['gen_ai_provider_name']);
      server[field] = server[field] === undefined ? values : server[field].map((value, i) => value + values[i]!);
    }
  };
  add(running, 'running');
  add(waiting, 'waiting');
  add(kvCache, 'kvCache');
  add(outputTokens, 'outputTokens');
  return [...servers.values()].sort((a, b) => compare(a.model, b.model) || compare(a.instance, b.instance));
}

export async function readGpus(metrics: ServerMetrics): Promise<GpuFacts[]> {
  const [compute, used, total] = await Promise.all([
    metrics.get('gpuCompute'),
    metrics.get('gpuMemoryUsed'),
    metrics.get('gpuMemoryTotal'),
  ]);
  const gpus = new Map<string, Writable<GpuFacts>>();
  const add = (series: readonly GridSeries[], field: 'compute' | 'memoryUsed' | 'memoryTotal'): void => {
    for (const { labels, values } of series) {
      const key = gpuKey(labels);
      let gpu = gpus.get(key);
      if (gpu === undefined) {
        gpu = {
          uuid: labels['gpu_uuid'] ?? '',
          index: labels['gpu'] ?? '',
          host: labels['host_name'] || hostOf(labels['instance'] ?? ''),
          product: labels['gpu_model'] || null,
          pod: labels['exported_pod'] || labels['pod'] || '',
          compute: undefined,
          memoryUsed: undefined,
          memoryTotal: undefined,
        };
        gpus.set(key, gpu);
      }
      gpu[field] = values;
    }
  };
  add(compute, 'compute');
  add(used, 'memoryUsed');
  add(total, 'memoryTotal');
  return [...gpus.values()].sort((a, b) => compare(a.host, b.host) || compare(a.index, b.index));
}

/** Identity of a GPU among exporters. */
export function gpuKey(labels: Readonly<Record<string, string>>): string {
  return labels['gpu_uuid'] || `${labels['instance']}\0${labels['gpu']}`;
}

/**
 * GPUs of a server: those whose pod is the server's, else those of its machine if no other server runs there; else
 * nobody can tell.
 */
export function gpusOf(server: ServerFacts, servers: readonly ServerFacts[], gpus: readonly GpuFacts[]): GpuFacts[] {
  const host = hostOf(server.instance);
  const hosts = new Set(servers.map(({ instance }) => hostOf(instance)));
  const byPod = gpus.filter(({ pod }) => pod !== '' && longestName(pod, hosts) === host);
  if (byPod.length > 0) return byPod;
  const shared = servers.some((other) => other.instance !== server.instance && hostOf(other.instance) === host);
  return shared ? [] : gpus.filter((gpu) => gpu.host === host);
}

/** Of the servers' names the one the pod is called after: a service `vllm-1` has pods `vllm-1-0`, `vllm-1-7d4f-x2x`. */
function longestName(pod: string, hosts: ReadonlySet<string>): string | undefined {
  let found: string | undefined;
  for (const host of hosts) {
    const name = host.split('.', 1)[0]!;
    if (pod !== name && !pod.startsWith(`${name}-`)) continue;
    if (found === undefined || host.length > found.length) found = host;
  }
  return found;
}

/** Share of a GPU's memory in use, point by point. */
export function memoryRatio(gpu: GpuFacts): Float64Array | undefined {
  const { memoryUsed, memoryTotal } = gpu;
  if (memoryUsed === undefined || memoryTotal === undefined) return undefined;
  return memoryUsed.map((used, i) => used / memoryTotal[i]!);
}

export function gpuName(gpu: GpuFacts): string {
  return gpu.index === '' ? gpu.uuid.slice(0, 12) || gpu.host : `${gpu.host} GPU ${gpu.index}`;
}

/** `10.0.0.7` of `10.0.0.7:8000`. */
export function hostOf(instance: string): string {
  return instance.replace(/:[0-9]+$/, '').replace(/^\[|\]$/g, '');
}

const NO_FACTS = {
  engine: null,
  up: undefined,
  running: undefined,
  waiting: undefined,
  kvCache: undefined,
  outputTokens: undefined,
} as const;

function engineOf(provider: string | undefined): string | null {
  return provider === undefined || provider === '' ? null : (TITLES.get(provider) ?? provider);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
