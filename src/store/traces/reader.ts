import type { GenAiFacts } from '../../model/gen-ai.ts';
import type { ColumnSet } from '../column-set.ts';
import { bigAt, hexAt, mapAt, nullableAt, RowCursor } from '../row-cursor.ts';
import type { QueryOptions, StoreReader } from '../reader.ts';
import { TABLES } from '../schema/tables.ts';

export interface StoredEvent {
  readonly timeUnixNano: bigint;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface StoredLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** One span as it is stored; ids in lower-case hex, a root's `parentSpanId` is empty. */
export interface StoredSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly startUnixNano: bigint;
  readonly durationNano: bigint;
  readonly kind: number;
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly traceState: string;
  readonly flags: number;
  readonly scopeName: string;
  readonly scopeVersion: string;
  /** Empty for spans that are not about GenAI. */
  readonly genAi: GenAiFacts;
  readonly resource: Readonly<Record<string, string>>;
  /** Arrays and lists as JSON text. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Fields that the content policy took out, and their sizes. */
  readonly droppedBytes: Readonly<Record<string, number>>;
  readonly events: readonly StoredEvent[];
  readonly links: readonly StoredLink[];
}

export interface StoredTrace {
  readonly traceId: string;
  /** In order of their start. */
  readonly spans: readonly StoredSpan[];
}

/**
 * Reads a trace whole: first between which times its spans start, then only those days and granules.
 *
 * @param traceId 32 hex digits
 * @returns undefined when no span of it is stored
 */
export async function traceById(
  reader: StoreReader,
  tenant: string,
  traceId: string,
  options: Pick<QueryOptions, 'signal' | 'limits'> = {},
): Promise<StoredTrace | undefined> {
  const extent = await reader.columns(
    `SELECT min(lo) AS lo, max(hi) AS hi, count() AS n FROM ${TABLES.traceTimes.name}
     WHERE tenant = {tenant:String} AND trace_id = unhex({trace:String})`,
    { ...options, params: { tenant, trace: traceId } },
  );
  if (extent.numbers('n')[0] === 0) return undefined;
  const [lo, hi] = [bigAt(extent, 'lo', 0), bigAt(extent, 'hi', 0)];
  const set = await reader.columns(
    `SELECT * FROM ${TABLES.spans.name}
     WHERE tenant = {tenant:String} AND trace_id = unhex({trace:String})
       AND start BETWEEN fromUnixTimestamp64Nano({lo:Int64}) AND fromUnixTimestamp64Nano({hi:Int64})
     ORDER BY start, span_id`,
    { ...options, params: { tenant, trace: traceId, lo, hi } },
  );
  if (set.rows === 0) return undefined;
  return { traceId, spans: readSpans(set) };
}

/** Spans of a result that has all columns of the table `spans`. */
export function readSpans(set: ColumnSet): StoredSpan[] {
  return Array.from({ length: set.rows }, (_, row) => readSpan(new RowCursor(set, row)));
}

function readSpan(row: RowCursor): StoredSpan {
  return {
    traceId: row.hex('trace_id'),
    spanId: row.hex('span_id'),
    parentSpanId: /^0*$/.test(row.hex('parent_span_id')) ? '' : row.hex('parent_span_id'),
    service: row.text('service'),
    name: row.text('name'),
    startUnixNano: row.big('start'),
    durationNano: row.big('duration_ns'),
    kind: row.number('kind'),
    statusCode: row.number('status_code'),
    statusMessage: row.text('status_message'),
    traceState: row.text('trace_state'),
    flags: row.number('flags'),
    scopeName: row.text('scope_name'),
    scopeVersion: row.text('scope_version'),
    genAi: readGenAi(row),
    resource: row.texts('resource'),
    attributes: row.attributes(),
    droppedBytes: row.numbers('dropped'),
    events: readEvents(row),
    links: readLinks(row),
  };
}

const TEXT_FACTS = {
  operation: 'operation',
  provider: 'provider',
  requestModel: 'request_model',
  responseModel: 'response_model',
  finishReason: 'finish_reason',
  tool: 'tool',
  agent: 'agent',
  workflow: 'workflow',
  conversation: 'conversation',
  dataSource: 'data_source',
  errorType: 'error_type',
  dialect: 'dialect',
} as const satisfies Partial<Record<keyof GenAiFacts, string>>;

const NUMBER_FACTS = {
  inputTokens: 'input_tokens',
  outputTokens: 'output_tokens',
  cacheReadTokens: 'cache_read_tokens',
  cacheWriteTokens: 'cache_write_tokens',
  reasoningTokens: 'reasoning_tokens',
  timeToFirstTokenSeconds: 'ttft_seconds',
} as const satisfies Partial<Record<keyof GenAiFacts, string>>;

function readGenAi(row: RowCursor): GenAiFacts {
  const facts: GenAiFacts = {};
  for (const fact of Object.keys(TEXT_FACTS) as (keyof typeof TEXT_FACTS)[]) {
    const text = row.text(TEXT_FACTS[fact]);
    if (text !== '') facts[fact] = text;
  }
  for (const fact of Object.keys(NUMBER_FACTS) as (keyof typeof NUMBER_FACTS)[]) {
    const value = nullableAt(row.set, NUMBER_FACTS[fact], row.row);
    if (value !== undefined) facts[fact] = value;
  }
  return facts;
}

function readEvents(row: RowCursor): StoredEvent[] {
  const [from, to] = row.range('events.time');
  const [time, name, attributes] = [row.items('events.time'), row.items('events.name'), row.items('events.attributes')];
  return Array.from({ length: to - from }, (_, i) => ({
    timeUnixNano: time.kind === 'big' ? time.values[from + i]! : 0n,
    name: name.kind === 'string' ? name.values[from + i]! : '',
    attributes: mapAt(attributes, from + i) as Record<string, string>,
  }));
}

function readLinks(row: RowCursor): StoredLink[] {
  const [from, to] = row.range('links.trace_id');
  const [state, attributes] = [row.items('links.trace_state'), row.items('links.attributes')];
  return Array.from({ length: to - from }, (_, i) => ({
    traceId: hexAt(row.items('links.trace_id'), from + i),
    spanId: hexAt(row.items('links.span_id'), from + i),
    traceState: state.kind === 'string' ? state.values[from + i]! : '',
    attributes: mapAt(attributes, from + i) as Record<string, string>,
  }));
}
