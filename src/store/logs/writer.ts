import type { LogBatch } from '../../model/log-record.ts';
import {
  DictionaryColumnEncoder,
  FixedColumnEncoder,
  MapColumnEncoder,
  StringColumnEncoder,
} from '../native/column-encoder.ts';
import type { StoreReader } from '../reader.ts';
import type { LOGS } from '../schema/logs.ts';
import { TABLES } from '../schema/tables.ts';
import { makeAttributeColumns, pushAttributes, pushDropped, pushResources } from '../write/attribute-columns.ts';
import { BlockQueue } from '../write/block-queue.ts';
import type { WriteOutcome } from '../write/outcome.ts';
import { allStored } from '../write/pending.ts';
import type { TimeWindow } from '../write/time-window.ts';
import { dateRows, wordsToMs } from '../write/time-window.ts';
import type { WriterOptions } from '../write/writer-options.ts';

const MAX_ROWS = 65_000;
const MAX_BYTES = 64 * 1024 * 1024;
const PROBE_CHARACTERS = 200;

/** Encoders of the table `logs`, one a column. */
export type LogColumns = ReturnType<typeof makeLogColumns>;

export function makeLogColumns() {
  return {
    tenant: new DictionaryColumnEncoder(),
    service: new DictionaryColumnEncoder(),
    time: new FixedColumnEncoder('DateTime64(9)', 8),
    observed: new FixedColumnEncoder('DateTime64(9)', 8),
    severity_number: new FixedColumnEncoder('UInt8', 1),
    severity_text: new StringColumnEncoder(),
    body: new StringColumnEncoder(),
    body_is_json: new FixedColumnEncoder('UInt8', 1),
    event_name: new StringColumnEncoder(),
    trace_id: new FixedColumnEncoder('FixedString(16)', 16),
    span_id: new FixedColumnEncoder('FixedString(8)', 8),
    flags: new FixedColumnEncoder('UInt8', 1),
    scope_name: new DictionaryColumnEncoder(),
    resource: new MapColumnEncoder(new StringColumnEncoder()),
    ...makeAttributeColumns(),
    dropped: new MapColumnEncoder(new FixedColumnEncoder('UInt32', 4)),
  } satisfies Record<(typeof LOGS)['columns'][number]['name'], unknown>;
}

export class LogWriter {
  private readonly window: TimeWindow;
  private readonly reader: Pick<StoreReader, 'columns'>;
  private readonly logs: BlockQueue<LogColumns>;

  constructor(options: WriterOptions) {
    const { inserter, flushIntervalMs } = options;
    this.window = options.window;
    this.reader = options.reader;
    this.logs = new BlockQueue({
      inserter,
      flushIntervalMs,
      table: TABLES.logs,
      makeColumns: makeLogColumns,
      maxRows: MAX_ROWS,
      maxBytes: MAX_BYTES,
    });
  }

  async write(batch: LogBatch, tenant: string, token: string | undefined): Promise<WriteOutcome> {
    const time = (row: number): number => (batch.removed[row] === 1 ? NaN : wordsToMs(batch.timeWords, row));
    const dated = dateRows(this.window, batch.length, time, 'log record');
    const pending: Promise<void>[] = [];
    let stored = 0;
    for (const [day, rows] of dated.byDay) {
      stored += rows.length;
      for (let from = 0; from < rows.length;) {
        const part = rows.subarray(from, from + this.logs.roomFor(day));
        pending.push(
          this.logs.append({
            day,
            ...(token === undefined ? {} : { token: `${token}:${day}:${from}` }),
            fill: (columns) => pushLogs(columns, batch, part, tenant),
            isStored: probe(this.reader, batch, part[0]!, tenant),
          }),
        );
        from += part.length;
      }
    }
    await allStored(pending);
    return { stored, rejected: dated.rejected, rejectedCount: dated.rejectedCount, bytes: logBytes(batch) };
  }

  drain(): Promise<void> {
    return this.logs.drain();
  }
}

/** About what a batch weighs, in the queue and on its way. */
export function logBytes(batch: LogBatch): number {
  return batch.arena.end + batch.length * 96 + batch.attributes.length * 12;
}

/** Pushes rows of a batch, ascending, column by column (bench: `store/encode`). */
export function pushLogs(columns: LogColumns, batch: LogBatch, rows: Uint32Array, tenant: string): void {
  const tenantIndex = columns.tenant.indexOf(tenant);
  const services = batch.resources.map((resource) => columns.service.indexOf(resource.serviceName));
  const scopes = batch.scopes.map((scope) => columns.scope_name.indexOf(scope.name));
  const noScope = columns.scope_name.indexOf('');
  const { arena, body, severityText, eventName } = batch;
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    columns.tenant.pushIndex(tenantIndex);
    columns.service.pushIndex(services[batch.resourceIndex[row]!]!);
    columns.scope_name.pushIndex(scopes[batch.scopeIndex[row]!] ?? noScope);
    columns.time.pushWords(batch.timeWords[2 * row]!, batch.timeWords[2 * row + 1]!);
    columns.observed.pushWords(batch.observedWords[2 * row]!, batch.observedWords[2 * row + 1]!);
    columns.severity_number.pushByte(batch.severityNumber[row]!);
    columns.severity_text.pushRange(arena, severityText.start[row]!, severityText.end[row]!);
    columns.body.pushRange(arena, body.start[row]!, body.end[row]!);
    columns.body_is_json.pushByte(batch.bodyIsJson[row]!);
    columns.event_name.pushRange(arena, eventName.start[row]!, eventName.end[row]!);
    columns.trace_id.pushRange(batch.traceId, row * 16);
    columns.span_id.pushRange(batch.spanId, row * 8);
    columns.flags.pushByte(batch.flags[row]!);
  }
  pushResources(columns.resource, batch.resources, batch.resourceIndex, rows);
  pushAttributes(columns, batch.attributes, rows);
  pushDropped(columns.dropped, batch.dropped, batch.keys, rows);
}

/** Log records have no id: the first one is known by its service, time to the nanosecond, and text. */
function probe(
  reader: Pick<StoreReader, 'columns'>,
  batch: LogBatch,
  row: number,
  tenant: string,
): () => Promise<boolean> {
  return async () => {
    const set = await reader.columns(
      `SELECT count() AS n FROM ${TABLES.logs.name}
       WHERE tenant = {tenant:String} AND service = {service:String}
         AND time = fromUnixTimestamp64Nano({time:Int64}) AND startsWith(body, {body:String})`,
      {
        params: {
          tenant,
          service: batch.resources[batch.resourceIndex[row]!]!.serviceName,
          time: batch.timeUnixNano[row]!,
          body: batch.body.get(row).slice(0, PROBE_CHARACTERS),
        },
      },
    );
    return set.numbers('n')[0]! > 0;
  };
}
