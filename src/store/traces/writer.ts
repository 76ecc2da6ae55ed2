import type { SpanBatch } from '../../model/span.ts';
import type { StoreReader } from '../reader.ts';
import { TABLES } from '../schema/tables.ts';
import { BlockQueue } from '../write/block-queue.ts';
import type { WriteOutcome } from '../write/outcome.ts';
import { allStored } from '../write/pending.ts';
import type { TimeWindow } from '../write/time-window.ts';
import { dateRows, wordsToMs } from '../write/time-window.ts';
import type { WriterOptions } from '../write/writer-options.ts';
import type { SpanColumns } from './span-columns.ts';
import { makeSpanColumns, pushSpans } from './span-columns.ts';
import type { TraceTimeColumns } from './trace-extents.ts';
import { makeTraceTimeColumns, pushTraceTimes, traceExtents } from './trace-extents.ts';

const MAX_ROWS = 65_000;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_TRACE_ROWS = 250_000;

/** Writes spans, and beside them between which times each trace's spans start. */
export class SpanWriter {
  private readonly window: TimeWindow;
  private readonly reader: Pick<StoreReader, 'columns'>;
  private readonly spans: BlockQueue<SpanColumns>;
  private readonly times: BlockQueue<TraceTimeColumns>;

  constructor(options: WriterOptions) {
    const { inserter, flushIntervalMs } = options;
    this.window = options.window;
    this.reader = options.reader;
    const shared = { inserter, flushIntervalMs, maxBytes: MAX_BYTES };
    this.spans = new BlockQueue({ ...shared, table: TABLES.spans, makeColumns: makeSpanColumns, maxRows: MAX_ROWS });
    this.times = new BlockQueue({
      ...shared,
      table: TABLES.traceTimes,
      makeColumns: makeTraceTimeColumns,
      maxRows: MAX_TRACE_ROWS,
    });
  }

  async write(batch: SpanBatch, tenant: string, token: string | undefined): Promise<WriteOutcome> {
    const dated = dateRows(this.window, batch.length, (row) => wordsToMs(batch.startWords, row), 'span');
    const pending: Promise<void>[] = [];
    let stored = 0;
    for (const [day, rows] of dated.byDay) {
      stored += rows.length;
      this.appendTimes(batch, day, rows, tenant, pending);
      for (let from = 0; from < rows.length;) {
        const part = rows.subarray(from, from + this.spans.roomFor(day));
        pending.push(
          this.spans.append({
            day,
            // Parts of one batch are different blocks.
            ...(token === undefined ? {} : { token: `${token}:${day}:${from}` }),
            fill: (columns) => pushSpans(columns, batch, part, tenant),
            isStored: probe(this.reader, batch, part[0]!, tenant),
          }),
        );
        from += part.length;
      }
    }
    await allStored(pending);
    return { stored, rejected: dated.rejected, rejectedCount: dated.rejectedCount, bytes: spanBytes(batch) };
  }

  async drain(): Promise<void> {
    await Promise.all([this.spans.drain(), this.times.drain()]);
  }

  private appendTimes(
    batch: SpanBatch,
    day: number,
    rows: Uint32Array,
    tenant: string,
    pending: Promise<void>[],
  ): void {
    const extents = traceExtents(batch, rows);
    for (let from = 0; from < extents.count;) {
      const to = Math.min(extents.count, from + this.times.roomFor(day));
      const start = from;
      pending.push(
        this.times.append({
          day,
          fill: (columns) => pushTraceTimes(columns, batch, extents, tenant, start, to),
        }),
      );
      from = to;
    }
  }
}

/** About what a batch weighs, in the queue and on its way. */
export function spanBytes(batch: SpanBatch): number {
  return batch.arena.end + batch.length * 128 + batch.attributes.length * 12;
}

function probe(
  reader: Pick<StoreReader, 'columns'>,
  batch: SpanBatch,
  row: number,
  tenant: string,
): () => Promise<boolean> {
  return async () => {
    const set = await reader.columns(
      `SELECT count() AS n FROM ${TABLES.spans.name}
       WHERE tenant = {tenant:String} AND trace_id = unhex({trace:String}) AND span_id = unhex({span:String})
         AND start = fromUnixTimestamp64Nano({start:Int64})`,
      {
        params: {
          tenant,
          trace: Buffer.from(batch.traceId.subarray(row * 16, row * 16 + 16)).toString('hex'),
          span: Buffer.from(batch.spanId.subarray(row * 8, row * 8 + 8)).toString('hex'),
          start: batch.startUnixNano[row]!,
        },
      },
    );
    return set.numbers('n')[0]! > 0;
  };
}
