import { SondeError } from '../../model/errors.ts';
import type { ColumnSet, QueryLimits, StoreReader } from '../../store/index.ts';
import { bigAt, hexAt, numberAt, textAt, textsAt } from './column-values.ts';
import {
  traceFacetsSql,
  traceListSql,
  traceVolumeSql,
  type Statement,
  type TraceListQuery,
  type TraceSort,
} from './sql.ts';

export interface TraceSummary {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  /** False when the root never came: service and name are of the earliest span. */
  readonly rootKnown: boolean;
  readonly startUnixNano: bigint;
  readonly durationNano: bigint;
  readonly spans: number;
  readonly errors: number;
  readonly services: readonly string[];
  readonly models: readonly string[];
  readonly operations: readonly string[];
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly ttftSeconds: number | null;
}

export interface TracePage {
  readonly rows: readonly TraceSummary[];
  readonly nextCursor: string | null;
}

export interface TracePageRequest {
  readonly sort: TraceSort;
  readonly descending: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

/** Costs of one list: enough for some ten million spans; beyond, the engine says so and the user narrows the range. */
const LIMITS: QueryLimits = { timeoutMs: 15_000, rowsToRead: 100_000_000 };
/** Newest-first lists look at this share of the range before they look at all of it. */
const FIRST_LOOK = 32n;

/**
 * A page of the traces that begin in the range.
 * @throws SondeError `traces-bad-cursor`; those of the reader
 */
export async function listTraces(
  reader: StoreReader,
  query: TraceListQuery,
  request: TracePageRequest,
  signal: AbortSignal,
): Promise<TracePage> {
  const after = request.cursor === undefined ? undefined : parseCursor(request.cursor);
  const page = { ...request, limit: request.limit + 1, ...(after === undefined ? {} : { after }) };
  const run = async (part: TraceListQuery): Promise<ColumnSet> => ask(reader, traceListSql(part, page), signal);
  const look = firstLook(query, request, after?.key);
  let set = look === undefined ? undefined : await run(look);
  if (set === undefined || set.rows <= request.limit) set = await run(query);
  const rows = Array.from({ length: Math.min(set.rows, request.limit) }, (_, row) => summaryAt(set, row));
  const hasMore = set.rows > request.limit;
  const last = rows.length - 1;
  return {
    rows,
    nextCursor: hasMore ? `${bigAt(set.get('sort_key'), last)}.${rows[last]!.traceId}` : null,
  };
}

/** Traces per step of the range, those without and those with failed spans. */
export async function traceVolume(
  reader: StoreReader,
  query: TraceListQuery,
  stepMs: number,
  steps: number,
  signal: AbortSignal,
): Promise<{ ok: number[]; failed: number[] }> {
  const set = await ask(reader, traceVolumeSql(query, stepMs), signal);
  const ok = new Array<number>(steps).fill(0);
  const failed = new Array<number>(steps).fill(0);
  for (let row = 0; row < set.rows; row++) {
    const at = numberAt(set.get('bucket'), row)!;
    if (at >= steps) continue;
    ok[at] = numberAt(set.get('ok'), row)!;
    failed[at] = numberAt(set.get('failed'), row)!;
  }
  return { ok, failed };
}

/** Values to filter by: `service`, `model`, `operation`, `name` (of roots), `status`; most frequent first. */
export async function traceFacets(
  reader: StoreReader,
  query: TraceListQuery,
  valuesPerFacet: number,
  signal: AbortSignal,
): Promise<Map<string, { value: string; count: number }[]>> {
  const set = await ask(reader, traceFacetsSql(query, valuesPerFacet), signal);
  const facets = new Map<string, { value: string; count: number }[]>();
  for (let row = 0; row < set.rows; row++) {
    const key = textAt(set.get('facet'), row);
    const values = facets.get(key) ?? [];
    facets.set(key, values);
    values.push({ value: textAt(set.get('value'), row), count: numberAt(set.get('traces'), row)! });
  }
  return facets;
}

/** The newest part of the range, when rows come newest first: it usually holds a whole page. */
function firstLook(query: TraceListQuery, request: TracePageRequest, before?: bigint): TraceListQuery | undefined {
  if (request.sort !== 'start' || !request.descending) return undefined;
  const end = before === undefined || before + 1n > query.toUnixNano ? query.toUnixNano : before + 1n;
  const width = (query.toUnixNano - query.fromUnixNano) / FIRST_LOOK;
  const from = end - width;
  return from <= query.fromUnixNano ? undefined : { ...query, fromUnixNano: from, toUnixNano: end };
}

function summaryAt(set: ColumnSet, row: number): TraceSummary {
  const lo = bigAt(set.get('lo'), row);
  const known = (name: string, value: string): number | null =>
    numberAt(set.get(name), row) === 1 ? numberAt(set.get(value), row) : null;
  return {
    traceId: hexAt(set.get('trace_id'), row) ?? '0'.repeat(32),
    rootService: textAt(set.get('root_service'), row),
    rootName: textAt(set.get('root_name'), row),
    rootKnown: numberAt(set.get('root_known'), row) === 1,
    startUnixNano: lo,
    durationNano: bigAt(set.get('hi'), row) - lo,
    spans: numberAt(set.get('spans'), row)!,
    errors: numberAt(set.get('errors'), row)!,
    services: textsAt(set.get('services'), row),
    models: textsAt(set.get('models'), row),
    operations: textsAt(set.get('operations'), row),
    inputTokens: known('input_known', 'input_sum'),
    outputTokens: known('output_known', 'output_sum'),
    ttftSeconds: numberAt(set.get('ttft'), row),
  };
}

function parseCursor(cursor: string): { key: bigint; traceId: string } {
  const match = /^(-?[0-9]{1,19})\.([0-9a-f]{32})$/.exec(cursor);
  if (match !== null) return { key: BigInt(match[1]!), traceId: match[2]! };
  throw new SondeError('the cursor is not one that this list gave out', {
    kind: 'invalid',
    code: 'traces-bad-cursor',
    where: 'cursor',
    mend: 'hand back nextCursor of the page before as it is, or leave it out for the first page',
  });
}

async function ask(reader: StoreReader, { sql, params }: Statement, signal: AbortSignal): Promise<ColumnSet> {
  return reader.columns(sql, { params, signal, limits: LIMITS });
}
