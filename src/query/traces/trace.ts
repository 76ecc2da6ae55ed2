import type { ColumnSet, StoreReader } from '../../store/index.ts';
import {
  attributesAt,
  bigAt,
  boundsAt,
  droppedAt,
  elementsOf,
  hexAt,
  numberAt,
  textAt,
  textMapAt,
  type AttributeValue,
} from './column-values.ts';
import { traceSpansSql, traceTimesSql } from './sql.ts';

/** A stored span. Facts a span does not state are null, never 0. */
export interface TraceSpan {
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly service: string;
  readonly name: string;
  /** OTLP's numbers. */
  readonly kind: number;
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly traceState: string;
  readonly startUnixNano: bigint;
  readonly durationNano: bigint;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly operation: string | null;
  readonly provider: string | null;
  readonly requestModel: string | null;
  readonly responseModel: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly ttftSeconds: number | null;
  readonly finishReason: string | null;
  readonly tool: string | null;
  readonly agent: string | null;
  readonly workflow: string | null;
  readonly conversation: string | null;
  readonly dataSource: string | null;
  readonly errorType: string | null;
  readonly dialect: string | null;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly dropped: readonly { readonly field: string; readonly bytes: number }[];
  readonly events: readonly {
    readonly timeUnixNano: bigint;
    readonly name: string;
    readonly attributes: Readonly<Record<string, string>>;
  }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: Readonly<Record<string, string>>;
  }[];
}

export interface StoredTrace {
  /** By start. */
  readonly spans: readonly TraceSpan[];
  /** There are more spans than were read. */
  readonly truncated: boolean;
}

/** More spans than this are not shown; a page cannot use them. */
export const MAX_SPANS = 10_000;

/**
 * A whole trace; undefined when no span of it is stored. Two reads: when its spans start, then the spans.
 * @param traceId 32 hex digits
 */
export async function readTrace(
  reader: StoreReader,
  tenant: string,
  traceId: string,
  signal: AbortSignal,
): Promise<StoredTrace | undefined> {
  const timesStatement = traceTimesSql(tenant, traceId);
  const times = await reader.columns(timesStatement.sql, { params: timesStatement.params, signal });
  if (times.rows === 0 || numberAt(times.get('found'), 0) === 0) return undefined;
  const between = { lo: bigAt(times.get('lo'), 0), hi: bigAt(times.get('hi'), 0) };
  const { sql, params } = traceSpansSql(tenant, traceId, between, MAX_SPANS + 1);
  const set = await reader.columns(sql, { params, signal });
  if (set.rows === 0) return undefined;
  const rows = Math.min(set.rows, MAX_SPANS);
  return { spans: Array.from({ length: rows }, (_, row) => spanAt(set, row)), truncated: set.rows > MAX_SPANS };
}

function spanAt(set: ColumnSet, row: number): TraceSpan {
  const text = (name: string): string => textAt(set.get(name), row);
  const optional = (name: string): string | null => text(name) || null;
  const number = (name: string): number | null => numberAt(set.get(name), row);
  return {
    spanId: hexAt(set.get('span_id'), row) ?? '0'.repeat(16),
    parentSpanId: hexAt(set.get('parent_span_id'), row),
    service: text('service'),
    name: text('name'),
    kind: number('kind')!,
    statusCode: number('status_code')!,
    statusMessage: text('status_message'),
    traceState: text('trace_state'),
    startUnixNano: bigAt(set.get('start'), row),
    durationNano: bigAt(set.get('duration_ns'), row),
    scopeName: text('scope_name'),
    scopeVersion: text('scope_version'),
    operation: optional('operation'),
    provider: optional('provider'),
    requestModel: optional('request_model'),
    responseModel: optional('response_model'),
    inputTokens: number('input_tokens'),
    outputTokens: number('output_tokens'),
    cacheReadTokens: number('cache_read_tokens'),
    cacheWriteTokens: number('cache_write_tokens'),
    reasoningTokens: number('reasoning_tokens'),
    ttftSeconds: number('ttft_seconds'),
    finishReason: optional('finish_reason'),
    tool: optional('tool'),
    agent: optional('agent'),
    workflow: optional('workflow'),
    conversation: optional('conversation'),
    dataSource: optional('data_source'),
    errorType: optional('error_type'),
    dialect: optional('dialect'),
    attributes: attributesAt(set, row),
    resource: textMapAt(set.get('resource'), row),
    dropped: droppedAt(set, row),
    events: eventsAt(set, row),
    links: linksAt(set, row),
  };
}

function eventsAt(set: ColumnSet, row: number): TraceSpan['events'] {
  const [from, to] = boundsAt(set.get('events.time'), row);
  const times = elementsOf(set.get('events.time'));
  const names = elementsOf(set.get('events.name'));
  const attributes = elementsOf(set.get('events.attributes'));
  return Array.from({ length: to - from }, (_, i) => ({
    timeUnixNano: bigAt(times, from + i),
    name: textAt(names, from + i),
    attributes: textMapAt(attributes, from + i),
  }));
}

function linksAt(set: ColumnSet, row: number): TraceSpan['links'] {
  const [from, to] = boundsAt(set.get('links.trace_id'), row);
  const traceIds = elementsOf(set.get('links.trace_id'));
  const spanIds = elementsOf(set.get('links.span_id'));
  const attributes = elementsOf(set.get('links.attributes'));
  return Array.from({ length: to - from }, (_, i) => ({
    traceId: hexAt(traceIds, from + i) ?? '',
    spanId: hexAt(spanIds, from + i) ?? '',
    attributes: textMapAt(attributes, from + i),
  }));
}
