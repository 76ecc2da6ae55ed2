import { RowCursor } from '../row-cursor.ts';
import type { QueryOptions, StoreReader } from '../reader.ts';
import { TABLES } from '../schema/tables.ts';

/** One log record as it is stored; ids in lower-case hex, empty where there is none. */
export interface StoredLogRecord {
  readonly service: string;
  readonly timeUnixNano: bigint;
  readonly observedUnixNano: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly bodyIsJson: boolean;
  readonly eventName: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
  readonly scopeName: string;
  readonly resource: Readonly<Record<string, string>>;
  /** Arrays and lists as JSON text. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Fields that the content policy took out, and their sizes. */
  readonly droppedBytes: Readonly<Record<string, number>>;
}

export interface LogSelection {
  readonly tenant: string;
  /** Inclusive. */
  readonly fromUnixNano: bigint;
  /** Exclusive. */
  readonly toUnixNano: bigint;
  readonly service?: string;
  /** 32 hex digits. */
  readonly traceId?: string;
  readonly minSeverityNumber?: number;
  /** Text that the body holds, as it is. */
  readonly contains?: string;
  readonly limit: number;
}

/** Reads the newest records of a selection, newest first. */
export async function readLogs(
  reader: StoreReader,
  selection: LogSelection,
  options: Pick<QueryOptions, 'signal' | 'limits'> = {},
): Promise<StoredLogRecord[]> {
  const { tenant, fromUnixNano, toUnixNano, service, traceId, minSeverityNumber, contains, limit } = selection;
  const where = [
    'tenant = {tenant:String}',
    'time >= fromUnixTimestamp64Nano({from:Int64})',
    'time < fromUnixTimestamp64Nano({to:Int64})',
    ...(service === undefined ? [] : ['service = {service:String}']),
    ...(traceId === undefined ? [] : ['trace_id = unhex({trace:String})']),
    ...(minSeverityNumber === undefined ? [] : ['severity_number >= {severity:UInt8}']),
    ...(contains === undefined ? [] : ['position(body, {contains:String}) > 0']),
  ];
  const set = await reader.columns(
    `SELECT * FROM ${TABLES.logs.name} WHERE ${where.join(' AND ')} ORDER BY time DESC LIMIT {limit:UInt32}`,
    {
      ...options,
      params: {
        tenant,
        from: fromUnixNano,
        to: toUnixNano,
        limit,
        ...(service === undefined ? {} : { service }),
        ...(traceId === undefined ? {} : { trace: traceId }),
        ...(minSeverityNumber === undefined ? {} : { severity: minSeverityNumber }),
        ...(contains === undefined ? {} : { contains }),
      },
    },
  );
  return Array.from({ length: set.rows }, (_, row) => readRecord(new RowCursor(set, row)));
}

function readRecord(row: RowCursor): StoredLogRecord {
  return {
    service: row.text('service'),
    timeUnixNano: row.big('time'),
    observedUnixNano: row.big('observed'),
    severityNumber: row.number('severity_number'),
    severityText: row.text('severity_text'),
    body: row.text('body'),
    bodyIsJson: row.number('body_is_json') === 1,
    eventName: row.text('event_name'),
    traceId: idOf(row.hex('trace_id')),
    spanId: idOf(row.hex('span_id')),
    flags: row.number('flags'),
    scopeName: row.text('scope_name'),
    resource: row.texts('resource'),
    attributes: row.attributes(),
    droppedBytes: row.numbers('dropped'),
  };
}

function idOf(hex: string): string {
  return /^0*$/.test(hex) ? '' : hex;
}
