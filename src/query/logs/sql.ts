import type { QueryParameters } from '../../store/index.ts';
import { TABLES } from '../../store/index.ts';

const LOGS = TABLES.logs.name;

export const SEVERITIES = ['unknown', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Index in `SEVERITIES` of OTLP's severity numbers, four to a level. */
const SEVERITY_INDEX = 'if(severity_number = 0, 0, intDiv(severity_number - 1, 4) + 1)';
/** Bodies longer than this are cut in lists, characters. */
export const LISTED_BODY_LENGTH = 16_384;

/** Which records; lists mean "one of". Times are nanoseconds, `toUnixNano` exclusive. */
export interface LogQuery {
  readonly tenant: string;
  readonly fromUnixNano: bigint;
  readonly toUnixNano: bigint;
  readonly services?: readonly string[];
  readonly severities?: readonly Severity[];
  /** Part of the body, without regard to case. */
  readonly text?: string;
  /** 32 hex digits. */
  readonly traceId?: string;
  /** 16 hex digits. */
  readonly spanId?: string;
}

export interface Statement {
  readonly sql: string;
  readonly params: QueryParameters;
}

export interface LogPosition {
  readonly timeUnixNano: bigint;
  /** Hash of the record, to tell records of one nanosecond apart. */
  readonly hash: bigint;
}

/** Records in order of time. `hash` breaks ties, so that pages neither repeat nor lose any but exact copies. */
export function logListSql(query: LogQuery, newestFirst: boolean, limit: number, after?: LogPosition): Statement {
  const { where, params } = conditions(query);
  const compare = newestFirst ? '<' : '>';
  if (after !== undefined) {
    where.push(
      `time ${compare}= fromUnixTimestamp64Nano({afterTime:Int64})`,
      `(toUnixTimestamp64Nano(time), hash) ${compare} ({afterTime:Int64}, {afterHash:UInt64})`,
    );
    params['afterTime'] = after.timeUnixNano;
    params['afterHash'] = after.hash;
  }
  const order = newestFirst ? 'DESC' : 'ASC';
  return {
    sql: `SELECT toUnixTimestamp64Nano(time) AS time_ns, toUnixTimestamp64Nano(observed) AS observed_ns, service, severity_number, severity_text,
  substringUTF8(body, 1, ${LISTED_BODY_LENGTH}) AS body_text, lengthUTF8(body) > ${LISTED_BODY_LENGTH} AS body_cut, body_is_json, event_name, trace_id, span_id, scope_name,
  resource, attributes_string, attributes_number, attributes_bool, dropped,
  cityHash64(service, body, span_id, severity_number, event_name) AS hash
FROM ${LOGS} WHERE ${where.join(' AND ')}
ORDER BY time ${order}, hash ${order} LIMIT {limit:UInt32}`,
    params: { ...params, limit },
  };
}

/** Records per step and severity. */
export function logVolumeSql(query: LogQuery, stepMs: number): Statement {
  const { where, params } = conditions(query);
  return {
    sql: `SELECT toUInt32(intDiv(toUnixTimestamp64Nano(time) - {from:Int64}, {step:Int64})) AS bucket, ${SEVERITY_INDEX} AS severity, count() AS records
FROM ${LOGS} WHERE ${where.join(' AND ')} GROUP BY bucket, severity ORDER BY bucket, severity`,
    params: { ...params, step: BigInt(stepMs) * 1_000_000n },
  };
}

/** Services and event names of the range with the number of their records. */
export function logFacetsSql(query: LogQuery, valuesPerFacet: number): Statement {
  const { where, params } = conditions(query);
  return {
    sql: `SELECT facet, value, records FROM (
  SELECT tupleElement(pair, 1) AS facet, tupleElement(pair, 2) AS value, count() AS records
  FROM ${LOGS} ARRAY JOIN [('service', service), ('event', event_name)] AS pair
  WHERE ${where.join(' AND ')} AND tupleElement(pair, 2) != '' GROUP BY facet, value
) ORDER BY facet, records DESC, value LIMIT {perFacet:UInt32} BY facet`,
    params: { ...params, perFacet: valuesPerFacet },
  };
}

/** Records of one trace by service. */
export function logsOfTraceSql(query: LogQuery): Statement {
  const { where, params } = conditions(query);
  return {
    sql: `SELECT service, count() AS records FROM ${LOGS} WHERE ${where.join(' AND ')} GROUP BY service ORDER BY records DESC, service`,
    params,
  };
}

function conditions(query: LogQuery): {
  where: string[];
  params: Record<string, string | number | bigint | readonly (string | number)[]>;
} {
  const where = [
    'tenant = {tenant:String}',
    'time >= fromUnixTimestamp64Nano({from:Int64})',
    'time < fromUnixTimestamp64Nano({to:Int64})',
  ];
  const params: Record<string, string | number | bigint | readonly (string | number)[]> = {
    tenant: query.tenant,
    from: query.fromUnixNano,
    to: query.toUnixNano,
  };
  if (query.services !== undefined && query.services.length > 0) {
    where.push('service IN {services:Array(String)}');
    params['services'] = query.services;
  }
  if (query.severities !== undefined && query.severities.length > 0) {
    where.push(`${SEVERITY_INDEX} IN {severities:Array(UInt8)}`);
    params['severities'] = query.severities.map((name) => SEVERITIES.indexOf(name));
  }
  if (query.text !== undefined && query.text !== '') {
    where.push('positionCaseInsensitiveUTF8(body, {text:String}) > 0');
    params['text'] = query.text;
  }
  if (query.traceId !== undefined) {
    where.push('trace_id = toFixedString(unhex({traceId:String}), 16)');
    params['traceId'] = query.traceId;
  }
  if (query.spanId !== undefined) {
    where.push('span_id = toFixedString(unhex({spanId:String}), 8)');
    params['spanId'] = query.spanId;
  }
  return { where, params };
}
