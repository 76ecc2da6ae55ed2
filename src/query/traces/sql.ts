import type { QueryParameters } from '../../store/index.ts';
import { TABLES } from '../../store/index.ts';

const SPANS = TABLES.spans.name;
const TRACE_TIMES = TABLES.traceTimes.name;

/** Operations in which a model itself works; agents and workflows around them repeat their token counts. */
export const MODEL_OPERATIONS = ['chat', 'generate_content', 'text_completion', 'embeddings'] as const;

const IS_MODEL_CALL = `operation IN (${MODEL_OPERATIONS.map((name) => `'${name}'`).join(', ')})`;
const MODEL = `if(request_model != '', request_model, response_model)`;
const NO_PARENT = `parent_span_id = toFixedString(unhex('0000000000000000'), 8)`;
const END = `(toUnixTimestamp64Nano(start) + toInt64(duration_ns))`;

/** What a trace must have to be listed. Lists mean "one of"; each may be met by a span of its own. */
export interface TraceFilter {
  readonly services?: readonly string[];
  readonly names?: readonly string[];
  readonly models?: readonly string[];
  readonly operations?: readonly string[];
  readonly status?: 'ok' | 'error';
  readonly minDurationMs?: number;
  readonly maxDurationMs?: number;
  readonly minTtftMs?: number;
  /** A trace id, or text in a span's name, service, tool, agent or error type. */
  readonly text?: string;
}

export const TRACE_SORT_KEYS = {
  start: 'lo',
  duration: 'hi - lo',
  ttft: 'toInt64(ifNull(ttft, 0) * 1000000)',
  tokens: 'toInt64(input_sum + output_sum)',
  errors: 'toInt64(errors)',
  spans: 'toInt64(spans)',
} as const;
export type TraceSort = keyof typeof TRACE_SORT_KEYS;

export interface Statement {
  readonly sql: string;
  readonly params: QueryParameters;
}

export interface TraceListQuery {
  readonly tenant: string;
  readonly fromUnixNano: bigint;
  /** Exclusive. */
  readonly toUnixNano: bigint;
  readonly filter: TraceFilter;
}

/** How far outside the range spans of a trace are looked for, so that its start is known. */
const MARGIN_NANO = 600_000_000_000n;

/** One row a trace of the range, with all that the list shows; `lo`, `hi` in nanoseconds. */
export function traceListSql(
  query: TraceListQuery,
  page: { sort: TraceSort; descending: boolean; limit: number; after?: { key: bigint; traceId: string } },
): Statement {
  const { having, params } = conditions(query.filter);
  const compare = page.descending ? '<' : '>';
  const after =
    page.after === undefined ? '' : `WHERE (sort_key, trace_id) ${compare} ({afterKey:Int64}, unhex({afterId:String}))`;
  const order = page.descending ? 'DESC' : 'ASC';
  return {
    sql: `SELECT *, ${TRACE_SORT_KEYS[page.sort]} AS sort_key FROM (
  ${tracesOf(having, LIST_COLUMNS)}
) ${after} ORDER BY sort_key ${order}, trace_id ${order} LIMIT {limit:UInt32}`,
    params: {
      ...rangeParams(query),
      ...params,
      limit: page.limit,
      ...(page.after === undefined ? {} : { afterKey: page.after.key, afterId: page.after.traceId }),
    },
  };
}

/** Traces of the range per step, `ok` and `failed`. */
export function traceVolumeSql(query: TraceListQuery, stepMs: number): Statement {
  const { having, params } = conditions(query.filter);
  return {
    sql: `SELECT toUInt32(intDiv(lo - {from:Int64}, {step:Int64})) AS bucket, countIf(errors = 0) AS ok, countIf(errors > 0) AS failed
FROM (
  ${tracesOf(having, '')}
) GROUP BY bucket ORDER BY bucket`,
    params: { ...rangeParams(query), ...params, step: BigInt(stepMs) * 1_000_000n },
  };
}

/** Values of the attributes one filters by, with the number of traces that have them. */
export function traceFacetsSql(query: TraceListQuery, valuesPerFacet: number): Statement {
  return {
    sql: `SELECT facet, value, traces FROM (
  SELECT tupleElement(pair, 1) AS facet, tupleElement(pair, 2) AS value, uniq(trace_id) AS traces
  FROM ${SPANS}
  ARRAY JOIN [('service', service), ('model', ${MODEL}), ('operation', operation),
    ('name', if(${NO_PARENT}, name, '')), ('status', if(status_code = 2, 'error', ''))] AS pair
  WHERE tenant = {tenant:String}
    AND start >= fromUnixTimestamp64Nano({from:Int64}) AND start < fromUnixTimestamp64Nano({to:Int64}) AND tupleElement(pair, 2) != ''
  GROUP BY facet, value
) ORDER BY facet, traces DESC, value LIMIT {perFacet:UInt32} BY facet`,
    params: { tenant: query.tenant, from: query.fromUnixNano, to: query.toUnixNano, perFacet: valuesPerFacet },
  };
}

/** Between which nanoseconds a trace's spans start; no row when it is unknown. */
export function traceTimesSql(tenant: string, traceId: string): Statement {
  return {
    sql: `SELECT toUnixTimestamp64Nano(min(lo)) AS lo, toUnixTimestamp64Nano(max(hi)) AS hi, count() AS found
FROM ${TRACE_TIMES} WHERE tenant = {tenant:String} AND trace_id = unhex({id:String})`,
    params: { tenant, id: traceId },
  };
}

/** All spans of a trace whose start lies between the times of `traceTimesSql`, earliest first. */
export function traceSpansSql(
  tenant: string,
  traceId: string,
  times: { lo: bigint; hi: bigint },
  limit: number,
): Statement {
  const columns = TABLES.spans.columns
    .map(({ name }) => name)
    .filter((name) => name !== 'tenant' && name !== 'trace_id' && name !== 'flags');
  return {
    sql: `SELECT ${columns.map((name) => (name.includes('.') ? `\`${name}\`` : name)).join(', ')}
FROM ${SPANS}
WHERE tenant = {tenant:String} AND start >= fromUnixTimestamp64Nano({lo:Int64}) AND start <= fromUnixTimestamp64Nano({hi:Int64})
  AND trace_id = unhex({id:String})
ORDER BY start, span_id LIMIT {limit:UInt32}`,
    params: { tenant, id: traceId, lo: times.lo, hi: times.hi, limit },
  };
}

/**
 * Of model calls, only those count that no other model call wraps, else a gateway's and an engine's spans would
 * count tokens again: a call whose parent is a model call, or that is an engine's (kind server) while the trace
 * has a caller's.
 */
const LIST_COLUMNS = `,
    argMin(service, (if(${NO_PARENT}, 0, 1), start)) AS root_service,
    argMin(name, (if(${NO_PARENT}, 0, 1), start)) AS root_name,
    max(${NO_PARENT}) AS root_known,
    arraySort(groupUniqArray(20)(service)) AS services,
    arraySort(groupUniqArrayIf(20)(${MODEL}, ${MODEL} != '')) AS models,
    arraySort(groupUniqArrayIf(20)(operation, operation != '')) AS operations,
    groupArrayIf(1000)((span_id, parent_span_id, kind = 2, input_tokens, output_tokens), ${IS_MODEL_CALL}) AS calls,
    arrayExists(c -> NOT tupleElement(c, 3), calls) AS has_caller,
    arrayMap(c -> tupleElement(c, 1), calls) AS call_ids,
    arrayFilter(c -> NOT (tupleElement(c, 3) AND has_caller) AND NOT has(call_ids, tupleElement(c, 2)), calls) AS counted,
    arraySum(c -> ifNull(tupleElement(c, 4), 0), counted) AS input_sum,
    arraySum(c -> ifNull(tupleElement(c, 5), 0), counted) AS output_sum,
    arrayExists(c -> isNotNull(tupleElement(c, 4)), counted) AS input_known,
    arrayExists(c -> isNotNull(tupleElement(c, 5)), counted) AS output_known`;

function tracesOf(having: readonly string[], columns: string): string {
  return `SELECT trace_id,
    min(toUnixTimestamp64Nano(start)) AS lo,
    max(${END}) AS hi,
    count() AS spans,
    countIf(status_code = 2) AS errors,
    maxOrNull(ttft_seconds) AS ttft${columns}
  FROM ${SPANS}
  WHERE tenant = {tenant:String}
    AND start >= fromUnixTimestamp64Nano({readFrom:Int64}) AND start < fromUnixTimestamp64Nano({readTo:Int64})
  GROUP BY trace_id
  HAVING ${['lo >= {from:Int64}', 'lo < {to:Int64}', ...having].join(' AND ')}`;
}

function rangeParams(query: TraceListQuery): QueryParameters {
  return {
    tenant: query.tenant,
    from: query.fromUnixNano,
    to: query.toUnixNano,
    readFrom: query.fromUnixNano - MARGIN_NANO,
    readTo: query.toUnixNano + MARGIN_NANO,
  };
}

function conditions(filter: TraceFilter): { having: string[]; params: QueryParameters } {
  const having: string[] = [];
  const params: Record<string, string | number | bigint | readonly string[]> = {};
  const oneOf = (name: string, expression: string, values: readonly string[] | undefined): void => {
    if (values === undefined || values.length === 0) return;
    having.push(`countIf(${expression} IN {${name}:Array(String)}) > 0`);
    params[name] = values;
  };
  oneOf('services', 'service', filter.services);
  oneOf('names', 'name', filter.names);
  oneOf('operations', 'operation', filter.operations);
  if (filter.models !== undefined && filter.models.length > 0) {
    having.push('countIf(request_model IN {models:Array(String)} OR response_model IN {models:Array(String)}) > 0');
    params['models'] = filter.models;
  }
  if (filter.status !== undefined) having.push(filter.status === 'error' ? 'errors > 0' : 'errors = 0');
  if (filter.minDurationMs !== undefined) {
    having.push('hi - lo >= {minDuration:Int64}');
    params['minDuration'] = BigInt(Math.round(filter.minDurationMs * 1e6));
  }
  if (filter.maxDurationMs !== undefined) {
    having.push('hi - lo <= {maxDuration:Int64}');
    params['maxDuration'] = BigInt(Math.round(filter.maxDurationMs * 1e6));
  }
  if (filter.minTtftMs !== undefined) {
    having.push('ttft >= {minTtft:Float64}');
    params['minTtft'] = filter.minTtftMs / 1000;
  }
  const text = filter.text?.trim() ?? '';
  if (/^[0-9a-fA-F]{32}$/.test(text)) {
    having.push('trace_id = unhex({traceId:String})');
    params['traceId'] = text;
  } else if (text !== '') {
    having.push(
      `countIf(${['name', 'service', 'tool', 'agent', 'workflow', 'error_type']
        .map((column) => `positionCaseInsensitiveUTF8(${column}, {text:String}) > 0`)
        .join(' OR ')}) > 0`,
    );
    params['text'] = text;
  }
  return { having, params };
}
