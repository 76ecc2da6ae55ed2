import { stateOf, worstOf } from '../answer/limits.ts';
import { isPreallocated } from '../answer/lanes.ts';
import {
  gpuKey,
  gpusOf,
  memoryRatio,
  readGpus,
  readServers,
  type GpuFacts,
  type ServerFacts,
} from '../answer/servers.ts';
import { modelOf } from '../answer/server-metrics.ts';
import { chartValues, lastOf, maxKnown, sumKnown } from '../answer/values.ts';
import type { GpuRow, ModelRow, ServerRow, State } from '../contract.ts';
import type { GridSeries } from '../metrics-reader.ts';
import type { OverviewContext } from '../overview/context.ts';
import { modelExperiences } from '../overview/facts.ts';

/** Servers as lines of a table. A server that serves several models is one line with the sums. */
export async function serverRows(context: OverviewContext): Promise<ServerRow[]> {
  const { metrics } = context.now;
  const [drawn, servers, gpus, ttft, gap, preemptions, hits, queries, ratios, steps, requests] = await Promise.all([
    readServers(context.chart.metrics),
    readServers(metrics),
    readGpus(metrics),
    metrics.get('ttftByServer'),
    metrics.get('interTokenByServer'),
    metrics.get('preemptions'),
    metrics.get('prefixHits'),
    metrics.get('prefixQueries'),
    metrics.get('prefixRatio'),
    metrics.get('tokensPerStep'),
    metrics.get('requests'),
  ]);
  const instances = [...new Set(servers.map(({ instance }) => instance))];
  return instances.map((instance): ServerRow => {
    const own = servers.filter((server) => server.instance === instance);
    const { job } = own[0]!;
    const at = (series: readonly GridSeries[]): (number | null)[] =>
      series.filter(({ labels }) => labels['instance'] === instance).map(({ values }) => lastOf(values));
    const ownGpus = gpusOf(own[0]!, servers, gpus);
    const curve = drawn.find((server) => server.instance === instance && server.kvCache !== undefined)?.kvCache;
    const tokensPerSecond = sumKnown(own.map(({ outputTokens }) => lastOf(outputTokens)));
    const [hit, looked] = [sumKnown(at(hits)), sumKnown(at(queries))];
    const up = lastOf(own[0]!.up);
    const row = {
      instance,
      job,
      engine: own.find(({ engine }) => engine !== null)?.engine ?? null,
      models: own.map(({ model }) => model),
      up: up === null ? null : up === 1,
      running: sumKnown(own.map(({ running }) => lastOf(running))),
      waiting: sumKnown(own.map(({ waiting }) => lastOf(waiting))),
      kvCacheRatio: maxKnown(own.map(({ kvCache }) => lastOf(kvCache))),
      kvCacheSeries: curve === undefined ? context.axis.t.map(() => null) : chartValues(curve),
      tokensPerStep: maxKnown(at(steps)),
      gpuComputeRatio: maxKnown(ownGpus.map(({ compute }) => lastOf(compute))),
      gpuMemoryRatio: maxKnown(ownGpus.map((gpu) => lastOf(memoryRatio(gpu)))),
      gpus: ownGpus.length === 0 ? null : ownGpus.length,
      tokensPerSecond,
      tokensPerSecondPerGpu: tokensPerSecond === null || ownGpus.length === 0 ? null : tokensPerSecond / ownGpus.length,
      ttftP95Seconds: maxKnown(at(ttft)),
      interTokenP95Seconds: maxKnown(at(gap)),
      preemptionsPerMinute: sumKnown(at(preemptions)),
      prefixHitRatio: hit !== null && looked !== null && looked > 0 ? hit / looked : maxKnown(at(ratios)),
      requestsPerSecond: sumKnown(at(requests)),
    };
    const cellStates = serverStates(row, context);
    return { ...row, cellStates, state: row.up === false ? 'bad' : worstOf(Object.values(cellStates)) };
  });
}

/** Models as lines of a table, with their servers; also models that only callers speak of. */
export async function modelRows(context: OverviewContext, servers: readonly ServerRow[]): Promise<ModelRow[]> {
  const { metrics, spans } = context.now;
  const [experiences, calls, output, input, hits, queries, ratios] = await Promise.all([
    modelExperiences(metrics, spans),
    spans.models(),
    metrics.get('outputTokens'),
    metrics.get('inputTokens'),
    metrics.get('prefixHits'),
    metrics.get('prefixQueries'),
    metrics.get('prefixRatio'),
  ]);
  const names = [
    ...new Set([...servers.flatMap(({ models }) => models), ...experiences.map(({ model }) => model)]),
  ].sort();
  return names.map((model): ModelRow => {
    const own = servers.filter(({ models }) => models.includes(model));
    const experience = experiences.find((one) => one.model === model);
    const call = calls.find((one) => one.model === model);
    const at = (series: readonly GridSeries[]): number | null =>
      sumKnown(series.filter(({ labels }) => modelOf(labels) === model).map(({ values }) => lastOf(values)));
    const [hit, looked] = [at(hits), at(queries)];
    const outputTokensPerSecond = at(output) ?? lastOf(call?.outputTokensPerSecond);
    const inputTokensPerSecond = at(input) ?? lastOf(call?.inputTokensPerSecond);
    const prefixHitRatio =
      hit !== null && looked !== null && looked > 0 ? hit / looked : (at(ratios) ?? lastOf(call?.cachedRatio));
    const row = {
      model,
      engines: [...new Set(own.map(({ engine }) => engine).filter((engine) => engine !== null))],
      servers: own,
      running: sumKnown(own.map(({ running }) => running)),
      waiting: sumKnown(own.map(({ waiting }) => waiting)),
      requestsPerSecond: lastOf(experience?.requestsPerSecond),
      errorRatio: lastOf(experience?.errorRatio),
      ttftP95Seconds: lastOf(experience?.ttftP95),
      interTokenP95Seconds: lastOf(experience?.interTokenP95),
      inputTokensPerSecond,
      outputTokensPerSecond,
      prefixHitRatio,
      usdPerMillionOutput: costOf(model, inputTokensPerSecond, outputTokensPerSecond, prefixHitRatio, context),
      basis: experience === undefined || experience.basis === 'sonde' ? ('server-metrics' as const) : experience.basis,
    };
    const { limits } = context;
    const cellStates: Record<string, State> = {
      ttftP95Seconds: stateOf(row.ttftP95Seconds, limits.ttft),
      errorRatio: stateOf(row.errorRatio, limits.errors),
      interTokenP95Seconds: stateOf(row.interTokenP95Seconds, limits.interToken),
    };
    return { ...row, cellStates, state: worstOf([...Object.values(cellStates), ...own.map(({ state }) => state)]) };
  });
}

export async function gpuRows(context: OverviewContext): Promise<GpuRow[]> {
  const { metrics } = context.now;
  const [servers, gpus, drawn, power, temperature] = await Promise.all([
    readServers(metrics),
    readGpus(metrics),
    readGpus(context.chart.metrics),
    metrics.get('gpuPower'),
    metrics.get('gpuTemperature'),
  ]);
  return gpus.map((gpu): GpuRow => {
    const at = (series: readonly GridSeries[]): number | null =>
      lastOf(series.find(({ labels }) => sameGpu(labels, gpu))?.values);
    const memory = memoryRatio(gpu);
    const range = drawn.find(({ uuid, host, index }) => uuid === gpu.uuid && host === gpu.host && index === gpu.index);
    const held = { resource: 'gpu-memory', values: memoryRatio(range ?? gpu) ?? new Float64Array() } as const;
    const allocated = isPreallocated({ ...held, subject: '', instance: null, model: null });
    return {
      gpu: gpu.index || gpu.uuid,
      host: gpu.host,
      product: gpu.product,
      server: serverOn(gpu, servers, gpus),
      computeRatio: lastOf(gpu.compute),
      memoryRatio: lastOf(memory),
      memoryUsedBytes: lastOf(gpu.memoryUsed),
      powerWatts: at(power),
      temperatureCelsius: at(temperature),
      state: allocated ? 'ok' : stateOf(lastOf(memory), context.limits.gpuMemory),
    };
  });
}

function sameGpu(labels: Readonly<Record<string, string>>, gpu: GpuFacts): boolean {
  return gpu.uuid === '' ? labels['gpu'] === gpu.index && gpuKey(labels) !== '' : labels['gpu_uuid'] === gpu.uuid;
}

/** The server that the GPU works for, where that can be told. */
function serverOn(gpu: GpuFacts, servers: readonly ServerFacts[], gpus: readonly GpuFacts[]): string | null {
  return servers.find((server) => gpusOf(server, servers, gpus).includes(gpu))?.instance ?? null;
}

function serverStates(
  row: Omit<ServerRow, 'cellStates' | 'state'>,
  { limits }: OverviewContext,
): Record<string, State> {
  return {
    kvCacheRatio: stateOf(row.kvCacheRatio, limits.kvCache),
    waiting: stateOf(row.waiting, limits.queue),
    ttftP95Seconds: stateOf(row.ttftP95Seconds, limits.ttft),
    interTokenP95Seconds: stateOf(row.interTokenP95Seconds, limits.interToken),
  };
}

/** US dollars for a million output tokens, input included. */
function costOf(
  model: string,
  input: number | null,
  output: number | null,
  cachedRatio: number | null,
  { prices }: OverviewContext,
): number | null {
  const price = prices.models.get(model);
  if (price === undefined || output === null || output <= 0) return null;
  const cached = cachedRatio ?? 0;
  const asked = (input ?? 0) * (cached * price.cachedInputUsd + (1 - cached) * price.inputUsd);
  return ((output * price.outputUsd + asked) / output) * 1e6;
}
