import type { QueryParameters } from '../../store/index.ts';
import { TABLES } from '../../store/index.ts';
import { MODEL_OPERATIONS } from '../traces/index.ts';

const SPANS = TABLES.spans.name;
const SERIES = TABLES.series.name;
const METADATA = TABLES.metadata.name;
const LEDGER = TABLES.ledger.name;

const MODEL = `if(request_model != '', request_model, response_model)`;
const IS_MODEL_CALL = `operation IN (${MODEL_OPERATIONS.map((name) => `'${name}'`).join(', ')})`;
const IS_GUARD = `match(${MODEL}, '(?i)guard|moderation|shield')`;
const IN_RANGE = `tenant = {tenant:String} AND start >= fromUnixTimestamp64Nano({from:Int64}) AND start < fromUnixTimestamp64Nano({to:Int64})`;

/** Buckets of times to first token: this many to each doubling, 4.4 % wide. */
export const BUCKETS_PER_OCTAVE = 16;

export interface SpanScope {
  readonly tenant: string;
  readonly fromUnixMs: number;
  /** Exclusive. */
  readonly toUnixMs: number;
  readonly models?: readonly string[];
  readonly services?: readonly string[];
}

export interface Statement {
  readonly sql: string;
  readonly params: QueryParameters;
}

/**
 * Calls of models per step, model and side (the caller's span or the engine's). Counts and sums only, so that any
 * number of steps can be added up; `streaming…` are sums over calls that tell their first token.
 */
export function modelCallsSql(scope: SpanScope, stepMs: number): Statement {
  const { where, params } = spanWhere(scope);
  return {
    sql: `SELECT ${bucketOf('start')} AS bucket, ${MODEL} AS model, kind = 2 AS engine,
  count() AS calls, countIf(status_code = 2) AS errors, sum(duration_ns) / 1e9 AS seconds,
  countIf(isNotNull(ttft_seconds)) AS streams, sum(ifNull(ttft_seconds, 0)) AS ttft_seconds_sum, sumIf(duration_ns, isNotNull(ttft_seconds)) / 1e9 AS stream_seconds,
  countIf(isNotNull(input_tokens)) AS input_calls, countIf(isNotNull(output_tokens)) AS output_calls, countIf(isNotNull(cache_read_tokens)) AS cache_calls,
  sum(ifNull(input_tokens, 0)) AS input, sum(ifNull(output_tokens, 0)) AS output,
  sumIf(ifNull(input_tokens, 0), isNotNull(cache_read_tokens)) AS cacheable, sum(ifNull(cache_read_tokens, 0)) AS cached,
  any(provider) AS provider
FROM ${SPANS} WHERE ${where} AND ${IS_MODEL_CALL} AND ${MODEL} != ''
GROUP BY bucket, model, engine ORDER BY bucket`,
    params: { ...params, step: BigInt(stepMs) * 1_000_000n },
  };
}

/** Counts of calls by first-token time, in logarithmic buckets: bucket b holds 2^(b/16) to 2^((b+1)/16) seconds. */
export function firstTokenTimesSql(scope: SpanScope, stepMs: number): Statement {
  const { where, params } = spanWhere(scope);
  return {
    sql: `SELECT ${bucketOf('start')} AS bucket, ${MODEL} AS model, kind = 2 AS engine,
  toInt16(floor(log2(greatest(ttft_seconds, 0.0001)) * ${BUCKETS_PER_OCTAVE})) AS width, count() AS calls
FROM ${SPANS} WHERE ${where} AND ${IS_MODEL_CALL} AND isNotNull(ttft_seconds) AND ${MODEL} != ''
GROUP BY bucket, model, engine, width ORDER BY bucket`,
    params: { ...params, step: BigInt(stepMs) * 1_000_000n },
  };
}

/** Seconds spent beside the models, per step: retrieval, tools, safety checks. Not limited to a model. */
export function otherPhasesSql(scope: SpanScope, stepMs: number): Statement {
  const { where, params } = spanWhere({ ...scope, models: [] });
  return {
    sql: `SELECT ${bucketOf('start')} AS bucket,
  sumIf(duration_ns, operation IN ('retrieval', 'rerank', 'search_memory')) / 1e9 AS retrieval,
  sumIf(duration_ns, operation = 'execute_tool') / 1e9 AS tools,
  sumIf(duration_ns, operation = 'guardrail' OR (${IS_MODEL_CALL} AND ${IS_GUARD} AND kind != 2)) / 1e9 AS safety,
  countIf(${IS_MODEL_CALL} AND operation != 'embeddings' AND NOT ${IS_GUARD} AND kind != 2) AS calls
FROM ${SPANS} WHERE ${where} AND operation != ''
GROUP BY bucket ORDER BY bucket`,
    params: { ...params, step: BigInt(stepMs) * 1_000_000n },
  };
}

/** The call that waited longest for its first token in each of `parts` equal parts of the range. */
export function slowestCallsSql(scope: SpanScope, parts: number): Statement {
  const { where, params } = spanWhere(scope);
  const stepMs = Math.max(1, Math.floor((scope.toUnixMs - scope.fromUnixMs) / parts));
  return {
    sql: `SELECT ${bucketOf('start')} AS bucket, max(ttft_seconds) AS seconds,
  argMax(toUnixTimestamp64Nano(start), assumeNotNull(ttft_seconds)) AS start_ns, argMax(trace_id, assumeNotNull(ttft_seconds)) AS trace,
  argMax(span_id, assumeNotNull(ttft_seconds)) AS span, argMax(service, assumeNotNull(ttft_seconds)) AS service_name, argMax(${MODEL}, assumeNotNull(ttft_seconds)) AS model
FROM ${SPANS} WHERE ${where} AND ${IS_MODEL_CALL} AND isNotNull(ttft_seconds) AND kind != 2
GROUP BY bucket ORDER BY bucket LIMIT {parts:UInt32}`,
    params: { ...params, step: BigInt(stepMs) * 1_000_000n, parts: parts + 1 },
  };
}

/** Requests by model and service. */
export function filterValuesSql(scope: SpanScope): Statement {
  const { where, params } = spanWhere(scope);
  return {
    sql: `SELECT ${MODEL} AS model, service AS service_name, countIf(${IS_MODEL_CALL} AND kind != 2) AS calls, count() AS spans
FROM ${SPANS} WHERE ${where} GROUP BY model, service_name ORDER BY spans DESC LIMIT 2000`,
    params,
  };
}

/** What became of what arrived, per minute. */
export function ledgerSql(tenant: string, fromUnixMs: number, toUnixMs: number): Statement {
  return {
    sql: `SELECT toUInt32(toStartOfMinute(time)) AS minute, signal, outcome, reason, source, sum(count) AS records, sum(bytes) AS size
FROM ${LEDGER} WHERE tenant = {tenant:String} AND time >= fromUnixTimestamp({from:Int64}) AND time < fromUnixTimestamp({to:Int64})
GROUP BY minute, signal, outcome, reason, source ORDER BY minute`,
    params: { tenant, from: Math.floor(fromUnixMs / 60_000) * 60, to: Math.ceil(toUnixMs / 1000) },
  };
}

/** Doors through which something was kept, with the last minute. */
export function lastKeptBySourceSql(tenant: string): Statement {
  return {
    sql: `SELECT source, signal, toUInt32(max(time)) AS last FROM ${LEDGER} WHERE tenant = {tenant:String} AND outcome = 'kept' AND count > 0 GROUP BY source, signal`,
    params: { tenant },
  };
}

/** Distinct series of the days of the range, by metric, largest first; `total` counts all of them. */
export function seriesByMetricSql(tenant: string, fromUnixMs: number, toUnixMs: number, limit: number): Statement {
  return {
    sql: `SELECT metric, uniqExact(fingerprint) AS n, sum(n) OVER () AS total
FROM ${SERIES} WHERE tenant = {tenant:String} AND day >= toDate({from:String}) AND day <= toDate({to:String})
GROUP BY metric ORDER BY n DESC, metric LIMIT {limit:UInt32}`,
    params: { tenant, from: dayOf(fromUnixMs), to: dayOf(toUnixMs), limit },
  };
}

/** Labels by number of distinct values, largest first. */
export function seriesByLabelSql(tenant: string, fromUnixMs: number, toUnixMs: number, limit: number): Statement {
  return {
    sql: `SELECT label, uniq(value) AS distinct_values, uniq(fingerprint) AS n
FROM ${SERIES} ARRAY JOIN mapKeys(labels) AS label, mapValues(labels) AS value
WHERE tenant = {tenant:String} AND day >= toDate({from:String}) AND day <= toDate({to:String})
GROUP BY label ORDER BY distinct_values DESC, label LIMIT {limit:UInt32}`,
    params: { tenant, from: dayOf(fromUnixMs), to: dayOf(toUnixMs), limit },
  };
}

/** Names of metrics that have series on the days of the range. */
export function presentMetricsSql(tenant: string, fromUnixMs: number, toUnixMs: number): Statement {
  return {
    sql: `SELECT DISTINCT metric FROM ${SERIES} WHERE tenant = {tenant:String} AND day >= toDate({from:String}) AND day <= toDate({to:String})`,
    params: { tenant, from: dayOf(fromUnixMs), to: dayOf(toUnixMs) },
  };
}

/** Metric names of the days of the range with their series, and what the senders say of the families. */
export function metricNamesSql(
  tenant: string,
  fromUnixMs: number,
  toUnixMs: number,
  text: string,
  limit: number,
): Statement {
  return {
    sql: `SELECT metric, n, m.type AS type, m.unit AS unit, m.help AS help FROM (
  SELECT metric, uniq(fingerprint) AS n, replaceRegexpOne(metric, '_(bucket|sum|count)$', '') AS family
  FROM ${SERIES} WHERE tenant = {tenant:String} AND day >= toDate({from:String}) AND day <= toDate({to:String})
    AND positionCaseInsensitiveUTF8(metric, {text:String}) > 0
  GROUP BY metric
) AS s LEFT JOIN (
  SELECT family, argMax(type, updated) AS type, argMax(unit, updated) AS unit, argMax(help, updated) AS help
  FROM ${METADATA} WHERE tenant = {tenant:String} GROUP BY family
) AS m ON m.family = if(s.metric IN (SELECT family FROM ${METADATA} WHERE tenant = {tenant:String}), s.metric, s.family)
ORDER BY metric LIMIT {limit:UInt32}`,
    params: { tenant, from: dayOf(fromUnixMs), to: dayOf(toUnixMs), text, limit },
  };
}

function dayOf(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(0, 10);
}

function bucketOf(column: string): string {
  return `toUInt32(intDiv(toUnixTimestamp64Nano(${column}) - {from:Int64}, {step:Int64}))`;
}

function spanWhere(scope: SpanScope): { where: string; params: Record<string, string | bigint | readonly string[]> } {
  const where = [IN_RANGE];
  const params: Record<string, string | bigint | readonly string[]> = {
    tenant: scope.tenant,
    from: BigInt(Math.floor(scope.fromUnixMs)) * 1_000_000n,
    to: BigInt(Math.ceil(scope.toUnixMs)) * 1_000_000n,
  };
  if (scope.models !== undefined && scope.models.length > 0) {
    where.push('(request_model IN {models:Array(String)} OR response_model IN {models:Array(String)})');
    params['models'] = scope.models;
  }
  if (scope.services !== undefined && scope.services.length > 0) {
    where.push('service IN {services:Array(String)}');
    params['services'] = scope.services;
  }
  return { where: where.join(' AND '), params };
}
