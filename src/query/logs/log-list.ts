import { SondeError } from '../../model/errors.ts';
import type { ColumnSet, QueryLimits, StoreReader } from '../../store/index.ts';
import {
  attributesAt,
  bigAt,
  droppedAt,
  hexAt,
  numberAt,
  textAt,
  textMapAt,
  type AttributeValue,
} from '../traces/index.ts';
import {
  logFacetsSql,
  logListSql,
  logsOfTraceSql,
  logVolumeSql,
  SEVERITIES,
  type LogPosition,
  type LogQuery,
  type Severity,
  type Statement,
} from './sql.ts';

export interface StoredLog {
  readonly timeUnixNano: bigint;
  readonly observedUnixNano: bigint;
  readonly service: string;
  readonly severityNumber: number;
  readonly severity: Severity;
  readonly severityText: string;
  /** At most `LISTED_BODY_LENGTH` characters; `bodyCut` when there are more. */
  readonly body: string;
  readonly bodyCut: boolean;
  readonly bodyIsJson: boolean;
  readonly eventName: string | null;
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly scopeName: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly dropped: readonly { readonly field: string; readonly bytes: number }[];
  readonly hash: bigint;
}

export interface LogPage {
  readonly rows: readonly StoredLog[];
  readonly nextCursor: string | null;
}

const LIMITS: QueryLimits = { timeoutMs: 15_000, rowsToRead: 500_000_000 };
/** A list first looks at this share of the range, at the end where its rows are. */
const FIRST_LOOK = 24n;

/**
 * A page of records in order of time.
 * @throws SondeError `logs-bad-cursor`; those of the reader
 */
export async function listLogs(
  reader: StoreReader,
  query: LogQuery,
  page: { readonly newestFirst: boolean; readonly limit: number; readonly cursor?: string },
  signal: AbortSignal,
): Promise<LogPage> {
  const after = page.cursor === undefined ? undefined : parseCursor(page.cursor);
  const run = async (part: LogQuery): Promise<ColumnSet> =>
    ask(reader, logListSql(part, page.newestFirst, page.limit + 1, after), signal);
  let set = await run(firstLook(query, page.newestFirst, after?.timeUnixNano));
  if (set.rows <= page.limit) set = await run(query);
  const rows = Array.from({ length: Math.min(set.rows, page.limit) }, (_, row) => logAt(set, row));
  const last = rows.at(-1);
  const hasMore = set.rows > page.limit && last !== undefined;
  return { rows, nextCursor: hasMore ? `${last.timeUnixNano}.${last.hash}` : null };
}

/** Records per step of the range by severity; all of `SEVERITIES`, absent ones as zeros. */
export async function logVolume(
  reader: StoreReader,
  query: LogQuery,
  stepMs: number,
  steps: number,
  signal: AbortSignal,
): Promise<Record<Severity, number[]>> {
  const set = await ask(reader, logVolumeSql(query, stepMs), signal);
  const volume = Object.fromEntries(
    SEVERITIES.map((severity) => [severity, new Array<number>(steps).fill(0)]),
  ) as Record<Severity, number[]>;
  for (let row = 0; row < set.rows; row++) {
    const at = numberAt(set.get('bucket'), row)!;
    const severity = SEVERITIES[numberAt(set.get('severity'), row)!] ?? 'unknown';
    if (at < steps) volume[severity][at]! += numberAt(set.get('records'), row)!;
  }
  return volume;
}

/** Values of `service` and `event` with their records, most frequent first. */
export async function logFacets(
  reader: StoreReader,
  query: LogQuery,
  valuesPerFacet: number,
  signal: AbortSignal,
): Promise<Map<string, { value: string; count: number }[]>> {
  const set = await ask(reader, logFacetsSql(query, valuesPerFacet), signal);
  const facets = new Map<string, { value: string; count: number }[]>();
  for (let row = 0; row < set.rows; row++) {
    const key = textAt(set.get('facet'), row);
    const values = facets.get(key) ?? [];
    facets.set(key, values);
    values.push({ value: textAt(set.get('value'), row), count: numberAt(set.get('records'), row)! });
  }
  return facets;
}

/** How many records a trace has, by service. */
export async function logsOfTrace(
  reader: StoreReader,
  query: LogQuery & { readonly traceId: string },
  signal: AbortSignal,
): Promise<{ service: string; count: number }[]> {
  const set = await ask(reader, logsOfTraceSql(query), signal);
  return Array.from({ length: set.rows }, (_, row) => ({
    service: textAt(set.get('service'), row),
    count: numberAt(set.get('records'), row)!,
  }));
}

function firstLook(query: LogQuery, newestFirst: boolean, from?: bigint): LogQuery {
  const width = (query.toUnixNano - query.fromUnixNano) / FIRST_LOOK;
  if (newestFirst) {
    const end = from === undefined || from >= query.toUnixNano ? query.toUnixNano : from + 1n;
    return { ...query, toUnixNano: end, fromUnixNano: max(query.fromUnixNano, end - width) };
  }
  const begin = from === undefined || from < query.fromUnixNano ? query.fromUnixNano : from;
  const end = begin + width;
  return { ...query, fromUnixNano: begin, toUnixNano: end < query.toUnixNano ? end : query.toUnixNano };
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function logAt(set: ColumnSet, row: number): StoredLog {
  const text = (name: string): string => textAt(set.get(name), row);
  const severityNumber = numberAt(set.get('severity_number'), row)!;
  return {
    timeUnixNano: bigAt(set.get('time_ns'), row),
    observedUnixNano: bigAt(set.get('observed_ns'), row),
    service: text('service'),
    severityNumber,
    severity: SEVERITIES[severityNumber === 0 ? 0 : Math.floor((severityNumber - 1) / 4) + 1] ?? 'unknown',
    severityText: text('severity_text'),
    body: text('body_text'),
    bodyCut: numberAt(set.get('body_cut'), row) === 1,
    bodyIsJson: numberAt(set.get('body_is_json'), row) === 1,
    eventName: text('event_name') || null,
    traceId: hexAt(set.get('trace_id'), row),
    spanId: hexAt(set.get('span_id'), row),
    scopeName: text('scope_name'),
    attributes: attributesAt(set, row),
    resource: textMapAt(set.get('resource'), row),
    dropped: droppedAt(set, row),
    hash: bigAt(set.get('hash'), row),
  };
}

function parseCursor(cursor: string): LogPosition {
  const match = /^([0-9]{1,19})\.([0-9]{1,20})$/.exec(cursor);
  if (match !== null) return { timeUnixNano: BigInt(match[1]!), hash: BigInt(match[2]!) };
  throw new SondeError('the cursor is not one that this list gave out', {
    kind: 'invalid',
    code: 'logs-bad-cursor',
    where: 'cursor',
    mend: 'hand back nextCursor of the page before as it is, or leave it out for the first page',
  });
}

async function ask(reader: StoreReader, { sql, params }: Statement, signal: AbortSignal): Promise<ColumnSet> {
  return reader.columns(sql, { params, signal, limits: LIMITS });
}
