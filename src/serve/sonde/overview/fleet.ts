import { stateOf, worstOf, type Limits } from '../answer/limits.ts';
import { isPreallocated, limitOf, resourceUses, type ResourceUse } from '../answer/lanes.ts';
import { gpuName, gpusOf, readGpus, readServers, type GpuFacts, type ServerFacts } from '../answer/servers.ts';
import { lastOf, sumKnown } from '../answer/values.ts';
import type { Fleet, FleetCell, FleetRow, FleetServer, State } from '../contract.ts';
import type { OverviewContext } from './context.ts';
import { modelExperiences } from './facts.ts';

/** Models with their servers and GPUs: the unhealthy first, then by load. */
export async function fleetOf(context: OverviewContext): Promise<Fleet> {
  const { metrics, spans } = context.now;
  const [servers, gpus, models, calls] = await Promise.all([
    readServers(metrics),
    readGpus(metrics),
    modelExperiences(metrics, spans),
    spans.models(),
  ]);
  const uses = await resourceUses(metrics, servers, gpus);
  const { limits } = context;
  const names = new Set([...servers.map(({ model }) => model), ...models.map(({ model }) => model)]);
  const rows = [...names].map((model): FleetRow => {
    const own = servers.filter((server) => server.model === model);
    const experience = models.find((one) => one.model === model);
    const fleetServers = own.map((server) => serverOf(server, servers, gpus, uses, limits));
    const ttft = lastOf(experience?.ttftP95);
    const ttftState = stateOf(ttft, limits.ttft);
    const tokens = sumKnown(own.map(({ outputTokens }) => lastOf(outputTokens)));
    const ownGpus = own.flatMap((server) => gpusOf(server, servers, gpus)).length;
    return {
      model,
      state: worstOf([
        ttftState,
        stateOf(lastOf(experience?.errorRatio), limits.errors),
        ...fleetServers.map(stateOfServer),
      ]),
      engine: own.find(({ engine }) => engine !== null)?.engine ?? null,
      servers: fleetServers,
      running: sumKnown(own.map(({ running }) => lastOf(running))),
      waiting: sumKnown(own.map(({ waiting }) => lastOf(waiting))),
      ttftP95Seconds: ttft,
      ttftState,
      tokensPerSecond: tokens ?? lastOf(calls.find((one) => one.model === model)?.outputTokensPerSecond),
      tokensPerSecondPerGpu: tokens === null || ownGpus === 0 ? null : tokens / ownGpus,
      headroom: null,
      basis: own.length > 0 ? 'server-metrics' : (experience?.basis ?? 'client-spans'),
    };
  });
  return {
    models: names.size,
    servers: new Set(servers.map(({ instance }) => instance)).size,
    gpus: gpus.length === 0 ? null : gpus.length,
    rows: rows.sort((a, b) => rank(b.state) - rank(a.state) || load(b) - load(a) || (a.model < b.model ? -1 : 1)),
  };
}

/** A server's GPUs as cells where they are known to be its own, else one cell for the whole server. */
function serverOf(
  server: ServerFacts,
  servers: readonly ServerFacts[],
  gpus: readonly GpuFacts[],
  uses: readonly ResourceUse[],
  limits: Limits,
): FleetServer {
  const own = gpusOf(server, servers, gpus);
  const ofServer = uses.filter(({ instance, model }) => instance === server.instance && model === server.model);
  const cells =
    own.length === 0
      ? [cellOf(server.instance, ofServer, limits)]
      : own.map((gpu) => {
          const name = gpuName(gpu);
          // What the server says of itself (KV cache, queue) holds for each of its GPUs.
          return cellOf(
            name,
            [...uses.filter(({ instance, subject }) => instance === null && subject === name), ...ofServer],
            limits,
          );
        });
  const up = lastOf(server.up);
  return {
    instance: server.instance,
    name: server.instance,
    up: up === null ? null : up === 1,
    cellsAre: own.length === 0 ? 'server' : 'gpu',
    cells,
  };
}

function cellOf(name: string, uses: readonly ResourceUse[], limits: Limits): FleetCell {
  let fullest: FleetCell = { name, nearness: null, value: null, unit: 'ratio', resource: null, overLimit: false };
  for (const use of uses) {
    const value = lastOf(use.values);
    if (value === null || isPreallocated(use)) continue;
    const limit = limitOf(use.resource, limits);
    const nearness = value / limit.value;
    if (nearness <= (fullest.nearness ?? -1)) continue;
    fullest = { name, nearness, value, unit: limit.unit, resource: use.resource, overLimit: nearness > 1 };
  }
  return fullest;
}

function stateOfServer({ up, cells }: FleetServer): State {
  if (up === false || cells.some(({ overLimit }) => overLimit)) return 'bad';
  if (cells.every(({ nearness }) => nearness === null)) return 'unknown';
  return cells.some(({ nearness }) => (nearness ?? 0) >= 0.9) ? 'warn' : 'ok';
}

const RANKS = { ok: 0, unknown: 1, warn: 2, bad: 3 } as const satisfies Record<State, number>;
const rank = (state: State): number => RANKS[state];
const load = ({ running, waiting, tokensPerSecond }: FleetRow): number =>
  (running ?? 0) + (waiting ?? 0) + (tokensPerSecond ?? 0) / 1e6;
