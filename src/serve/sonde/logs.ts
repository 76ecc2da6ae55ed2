import { listLogs, logFacets, logVolume, SEVERITIES, type LogQuery, type StoredLog } from '../../query/logs/index.ts';
import { SondeError } from '../../model/errors.ts';
import { quoted } from '../../util/quoted.ts';
import { panelOf } from './answer/panel.ts';
import type { LogRow, LogsResponse, LogVolumeResponse, ParsedParamsOf, Severity } from './contract.ts';
import type { SondeDeps } from './deps.ts';
import { timeAxis, type TimeAxis } from './time-axis.ts';

const VALUES_PER_FACET = 50;
/** Worst on top of a stack. */
const STACKED: readonly Severity[] = ['unknown', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** A page of log records. */
export async function logsAnswer(
  deps: SondeDeps,
  params: ParsedParamsOf<'logs'>,
  signal: AbortSignal,
): Promise<LogsResponse> {
  const startedMs = performance.now();
  const axis = timeAxis(params, deps.nowMs());
  const { rows, nextCursor } = await listLogs(
    deps.reader,
    queryOf(deps, params, axis),
    {
      newestFirst: params.direction === 'backward',
      limit: params.limit,
      ...(params.cursor === undefined ? {} : { cursor: params.cursor }),
    },
    signal,
  );
  return {
    range: { fromUnixMs: axis.fromMs, toUnixMs: axis.toMs, stepMs: axis.stepMs },
    rows: rows.map(rowOf),
    nextCursor,
    tookMs: performance.now() - startedMs,
  };
}

/** Records over time by severity, and the values one can filter by. */
export async function logVolumeAnswer(
  deps: SondeDeps,
  params: ParsedParamsOf<'logVolume'>,
  signal: AbortSignal,
): Promise<LogVolumeResponse> {
  const startedMs = performance.now();
  const axis = timeAxis(params, deps.nowMs());
  const query = queryOf(deps, params, axis);
  const [volume, facets] = await Promise.all([
    logVolume(deps.reader, query, axis.stepMs, axis.steps, signal),
    panelOf(() => logFacets(deps.reader, query, VALUES_PER_FACET, signal), deps.logger),
  ]);
  const totals = STACKED.map((severity) => ({
    severity,
    total: volume[severity].reduce((a, b) => a + b, 0),
  })).filter(({ total }) => total > 0);
  return {
    range: { fromUnixMs: axis.fromMs, toUnixMs: axis.toMs, stepMs: axis.stepMs },
    t: [...axis.t],
    total: totals.reduce((sum, { total }) => sum + total, 0),
    chart: {
      kind: 'bars',
      unit: 'records',
      series: totals.map(({ severity }) => ({
        name: severity,
        role: 'outcome',
        key: severity,
        values: volume[severity],
      })),
      limit: null,
      breaches: [],
      exemplars: [],
      query: null,
    },
    facets:
      facets instanceof Map
        ? [
            { key: 'service', label: 'Service', values: facets.get('service') ?? [] },
            {
              key: 'severity',
              label: 'Severity',
              values: [...totals].reverse().map(({ severity, total }) => ({ value: severity, count: total })),
            },
            { key: 'event', label: 'Event', values: facets.get('event') ?? [] },
          ]
        : facets,
    tookMs: performance.now() - startedMs,
  };
}

/** @throws SondeError `logs-bad-severity`, `trace-bad-id` */
function queryOf(deps: SondeDeps, params: ParsedParamsOf<'logVolume'>, axis: TimeAxis): LogQuery {
  const severities = params.severity?.map((name) => {
    const found = SEVERITIES.find((severity) => severity === name);
    if (found !== undefined) return found;
    throw new SondeError(`${quoted(name, 40)} is not a severity`, {
      kind: 'invalid',
      code: 'logs-bad-severity',
      where: 'severity',
      mend: `write one of ${SEVERITIES.join(', ')}`,
    });
  });
  return {
    tenant: params.tenant ?? deps.tenant,
    fromUnixNano: BigInt(Math.round(axis.fromMs)) * 1_000_000n,
    toUnixNano: BigInt(Math.round(axis.toMs)) * 1_000_000n,
    ...(params.service === undefined ? {} : { services: params.service }),
    ...(severities === undefined ? {} : { severities }),
    ...(params.text === undefined ? {} : { text: params.text }),
    ...(params.traceId === undefined ? {} : { traceId: hexId(params.traceId, 32, 'traceId') }),
    ...(params.spanId === undefined ? {} : { spanId: hexId(params.spanId, 16, 'spanId') }),
  };
}

function hexId(id: string, digits: number, where: string): string {
  if (/^[0-9a-fA-F]+$/.test(id) && id.length <= digits) return id.toLowerCase().padStart(digits, '0');
  throw new SondeError(`${quoted(id, 40)} is not an id`, {
    kind: 'invalid',
    code: 'trace-bad-id',
    where,
    mend: `give ${digits} hexadecimal digits`,
  });
}

function rowOf(log: StoredLog): LogRow {
  return {
    id: `${log.timeUnixNano}.${log.hash}`,
    timeUnixMs: Number(log.timeUnixNano) / 1e6,
    timeUnixNano: String(log.timeUnixNano),
    observedUnixMs: log.observedUnixNano === 0n ? null : Number(log.observedUnixNano) / 1e6,
    service: log.service,
    severity: log.severity,
    severityNumber: log.severityNumber,
    severityText: log.severityText,
    body: log.body,
    bodyIsJson: log.bodyIsJson,
    bodyCut: log.bodyCut,
    eventName: log.eventName,
    traceId: log.traceId,
    spanId: log.spanId,
    scopeName: log.scopeName,
    attributes: { ...log.attributes },
    resource: { ...log.resource },
    dropped: log.dropped.map(({ field, bytes }) => ({ field, bytes })),
  };
}
