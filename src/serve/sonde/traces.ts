import {
  listTraces,
  traceFacets,
  traceVolume,
  type TraceFilter,
  type TraceListQuery,
} from '../../query/traces/index.ts';
import { panelOf } from './answer/panel.ts';
import type { Facet, ParsedParamsOf, TraceRow, TracesResponse } from './contract.ts';
import type { SondeDeps } from './deps.ts';
import { timeAxis } from './time-axis.ts';

const VALUES_PER_FACET = 50;
const FACETS = [
  { key: 'service', label: 'Service' },
  { key: 'model', label: 'Model' },
  { key: 'operation', label: 'Operation' },
  { key: 'name', label: 'Root span' },
  { key: 'status', label: 'Status' },
] as const;

/** The list of traces with its volume and the values one can filter by. */
export async function tracesAnswer(
  deps: SondeDeps,
  params: ParsedParamsOf<'traces'>,
  signal: AbortSignal,
): Promise<TracesResponse> {
  const startedMs = performance.now();
  const axis = timeAxis(params, deps.nowMs());
  const query: TraceListQuery = {
    tenant: params.tenant ?? deps.tenant,
    fromUnixNano: BigInt(Math.round(axis.fromMs)) * 1_000_000n,
    toUnixNano: BigInt(Math.round(axis.toMs)) * 1_000_000n,
    filter: filterOf(params),
  };
  const page = {
    sort: params.sort,
    descending: params.order === 'desc',
    limit: params.limit,
    ...(params.cursor === undefined ? {} : { cursor: params.cursor }),
  };
  const [list, volume, facets] = await Promise.all([
    listTraces(deps.reader, query, page, signal),
    panelOf(() => traceVolume(deps.reader, query, axis.stepMs, axis.steps, signal), deps.logger),
    panelOf(() => traceFacets(deps.reader, query, VALUES_PER_FACET, signal), deps.logger),
  ]);
  const failed = 'error' in volume;
  return {
    range: { fromUnixMs: axis.fromMs, toUnixMs: axis.toMs, stepMs: axis.stepMs },
    rows: list.rows.map((row): TraceRow => ({
      traceId: row.traceId,
      rootService: row.rootService,
      rootName: row.rootName,
      rootKnown: row.rootKnown,
      startUnixMs: Number(row.startUnixNano) / 1e6,
      durationMs: Number(row.durationNano) / 1e6,
      spans: row.spans,
      errors: row.errors,
      services: [...row.services],
      models: [...row.models],
      operations: [...row.operations],
      inputTokens: row.inputTokens,
      outputTokens: row.outputTokens,
      ttftSeconds: row.ttftSeconds,
    })),
    nextCursor: list.nextCursor,
    matched: failed ? null : sum(volume.ok) + sum(volume.failed),
    t: [...axis.t],
    volume: failed
      ? volume
      : {
          kind: 'bars',
          unit: 'count',
          series: [
            { name: 'without errors', role: 'outcome', key: 'ok', values: volume.ok },
            { name: 'with errors', role: 'outcome', key: 'error', values: volume.failed },
          ],
          limit: null,
          breaches: [],
          exemplars: [],
          query: null,
        },
    facets:
      facets instanceof Map
        ? FACETS.map(({ key, label }): Facet => ({ key, label, values: facets.get(key) ?? [] }))
        : facets,
    tookMs: performance.now() - startedMs,
  };
}

function filterOf(params: ParsedParamsOf<'traces'>): TraceFilter {
  const { service, name, model, operation, status, minDurationMs, maxDurationMs, minTtftMs, q } = params;
  return {
    ...(service === undefined ? {} : { services: service }),
    ...(name === undefined ? {} : { names: name }),
    ...(model === undefined ? {} : { models: model }),
    ...(operation === undefined ? {} : { operations: operation }),
    ...(status === undefined ? {} : { status }),
    ...(minDurationMs === undefined ? {} : { minDurationMs }),
    ...(maxDurationMs === undefined ? {} : { maxDurationMs }),
    ...(minTtftMs === undefined ? {} : { minTtftMs }),
    ...(q === undefined ? {} : { text: q }),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
