import type { KeyTable } from '../../../model/key-table.ts';
import type { Resource, Scope } from '../../../model/resource.ts';
import { SpanBatch } from '../../../model/span.ts';
import type { AttributeTable } from '../../../model/attributes.ts';
import type { DecodeContext } from './context.ts';
import { copyId, isId, readTime } from './ids.ts';
import { appendKeyValue } from './key-values.ts';
import type { RejectReason } from './tally.ts';
import { indexIn, walkRequest, type RecordVisitor } from './walk.ts';

/** Tags of Span, `number << 3 | wire type`. */
const SPAN = {
  TRACE_ID: 10,
  SPAN_ID: 18,
  TRACE_STATE: 26,
  PARENT_SPAN_ID: 34,
  NAME: 42,
  KIND: 48,
  START: 57,
  END: 65,
  ATTRIBUTE: 74,
  EVENT: 90,
  LINK: 106,
  STATUS: 122,
  FLAGS: 133,
} as const;
const EVENT = { TIME: 9, NAME: 18, ATTRIBUTE: 26 } as const;
const LINK = { TRACE_ID: 10, SPAN_ID: 18, TRACE_STATE: 26, ATTRIBUTE: 34 } as const;
const STATUS = { MESSAGE: 18, CODE: 24 } as const;

/** Guess for sizing columns: a span is rarely smaller. */
const BYTES_PER_SPAN = 400;
const ATTRIBUTES_PER_SPAN = 8;

/**
 * Decodes an ExportTraceServiceRequest. Texts stay where they are in the body; spans with unusable ids or times are
 * left out and tallied.
 * @throws WireError when the bytes are not protobuf
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export function decodeSpans(context: DecodeContext, keys: KeyTable): SpanBatch {
  const capacity = Math.max(16, Math.ceil(context.arena.base.length / BYTES_PER_SPAN));
  const batch = new SpanBatch(keys, context.arena, capacity);
  batch.attributes.reserve(capacity, capacity * ATTRIBUTES_PER_SPAN);
  walkRequest(context, new SpanVisitor(context, batch));
  return batch;
}

class SpanVisitor implements RecordVisitor {
  readonly batch: SpanBatch;
  private readonly context: DecodeContext;
  private readonly resources = new Map<Resource, number>();
  private readonly scopes = new Map<Scope, number>();
  private resourceIndex = 0;
  private scopeIndex = 0;
  private index = -1;

  constructor(context: DecodeContext, batch: SpanBatch) {
    this.context = context;
    this.batch = batch;
  }

  resource(resource: Resource): void {
    this.resourceIndex = indexIn(this.batch.resources, this.resources, resource);
  }

  scope(scope: Scope): void {
    this.scopeIndex = indexIn(this.batch.scopes, this.scopes, scope);
  }

  record(): void {
    this.index++;
    const { batch, context } = this;
    const { reader, tally } = context;
    const { bytes } = reader;
    const outer = reader.enter();
    const row = batch.addRow();
    const eventsBefore = batch.events.length;
    const linksBefore = batch.links.length;
    let traceIdAt = -1;
    let spanIdAt = -1;
    let startLow = 0;
    let startHigh = 0;
    let endLow = 0;
    let endHigh = 0;
    let kind = 0;
    let flags = 0;
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      switch (tag) {
        case SPAN.TRACE_ID:
          reader.range();
          traceIdAt = isId(bytes, reader.start, reader.pos, 16) ? reader.start : -1;
          break;
        case SPAN.SPAN_ID:
          reader.range();
          spanIdAt = isId(bytes, reader.start, reader.pos, 8) ? reader.start : -1;
          break;
        case SPAN.TRACE_STATE:
          context.readText(batch.traceState, row);
          break;
        case SPAN.PARENT_SPAN_ID:
          reader.range();
          if (isId(bytes, reader.start, reader.pos, 8)) copyId(bytes, reader.start, batch.parentSpanId, row, 8);
          else if (reader.pos - reader.start !== 8 && reader.pos > reader.start) {
            tally.change('bad-parent-id', reader.pos - reader.start);
          }
          break;
        case SPAN.NAME:
          context.readText(batch.name, row);
          break;
        case SPAN.KIND:
          kind = reader.varint32();
          break;
        case SPAN.START:
          reader.fixed64();
          startLow = reader.low;
          startHigh = reader.high;
          break;
        case SPAN.END:
          reader.fixed64();
          endLow = reader.low;
          endHigh = reader.high;
          break;
        case SPAN.ATTRIBUTE:
          appendKeyValue(context, batch.attributes);
          break;
        case SPAN.EVENT:
          this.readEvent(row);
          break;
        case SPAN.LINK:
          this.readLink(row);
          break;
        case SPAN.STATUS:
          this.readStatus(row);
          break;
        case SPAN.FLAGS:
          flags = reader.fixed32();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.leave(outer);

    const refusal = refusalOf(traceIdAt, spanIdAt, startLow, startHigh);
    if (refusal !== undefined) {
      tally.reject(refusal, `span ${this.index}`);
      this.takeBack(row, eventsBefore, linksBefore);
      return;
    }
    copyId(bytes, traceIdAt, batch.traceId, row, 16);
    copyId(bytes, spanIdAt, batch.spanId, row, 8);
    batch.startWords[2 * row] = startLow;
    batch.startWords[2 * row + 1] = startHigh;
    const borrow = endLow < startLow ? 1 : 0;
    const durationHigh = endHigh - startHigh - borrow;
    if (durationHigh >= 0) {
      batch.durationWords[2 * row] = (endLow - startLow) >>> 0;
      batch.durationWords[2 * row + 1] = durationHigh;
    } else if (endHigh !== 0 || endLow !== 0) tally.change('end-before-start', 8);
    batch.kind[row] = kind <= 5 ? kind : 0;
    batch.flags[row] = flags;
    batch.resourceIndex[row] = this.resourceIndex;
    batch.scopeIndex[row] = this.scopeIndex;
  }

  private readEvent(span: number): void {
    const { context } = this;
    const { reader } = context;
    const { events } = this.batch;
    const row = events.addRow(span);
    const outer = reader.enter();
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      switch (tag) {
        case EVENT.TIME:
          readTime(reader, events.timeWords, row);
          break;
        case EVENT.NAME:
          context.readText(events.name, row);
          break;
        case EVENT.ATTRIBUTE:
          appendKeyValue(context, events.attributes);
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.leave(outer);
  }

  private readLink(span: number): void {
    const { context } = this;
    const { reader } = context;
    const { links } = this.batch;
    const row = links.addRow(span);
    const outer = reader.enter();
    let traceIdAt = -1;
    let spanIdAt = -1;
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      switch (tag) {
        case LINK.TRACE_ID:
          reader.range();
          traceIdAt = isId(reader.bytes, reader.start, reader.pos, 16) ? reader.start : -1;
          break;
        case LINK.SPAN_ID:
          reader.range();
          spanIdAt = isId(reader.bytes, reader.start, reader.pos, 8) ? reader.start : -1;
          break;
        case LINK.TRACE_STATE:
          context.readText(links.traceState, row);
          break;
        case LINK.ATTRIBUTE:
          appendKeyValue(context, links.attributes);
          break;
        default:
          reader.skip(tag);
      }
    }
    const size = reader.end - reader.pos;
    reader.leave(outer);
    if (traceIdAt < 0 || spanIdAt < 0) {
      context.tally.change('bad-link', size);
      this.truncateLinks(row);
      return;
    }
    copyId(reader.bytes, traceIdAt, links.traceId, row, 16);
    copyId(reader.bytes, spanIdAt, links.spanId, row, 8);
  }

  private readStatus(row: number): void {
    const { batch, context } = this;
    const { reader } = context;
    const outer = reader.enter();
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === STATUS.MESSAGE) context.readText(batch.statusMessage, row);
      else if (tag === STATUS.CODE) {
        const code = reader.varint32();
        batch.statusCode[row] = code <= 2 ? code : 0;
      } else reader.skip(tag);
    }
    reader.leave(outer);
  }

  /** Makes as if the row had never been added. */
  private takeBack(row: number, events: number, links: number): void {
    const { batch } = this;
    batch.length = row;
    truncateRows(batch.attributes, row);
    batch.parentSpanId.fill(0, row * 8, row * 8 + 8);
    batch.statusCode[row] = 0;
    for (const column of [batch.name, batch.traceState, batch.statusMessage]) column.setRange(row, 0, 0);
    for (let i = events; i < batch.events.length; i++) {
      batch.events.timeUnixNano[i] = 0n;
      batch.events.name.setRange(i, 0, 0);
    }
    batch.events.length = events;
    truncateRows(batch.events.attributes, events);
    this.truncateLinks(links);
  }

  private truncateLinks(length: number): void {
    const { links } = this.batch;
    for (let i = length; i < links.length; i++) links.traceState.setRange(i, 0, 0);
    links.length = length;
    truncateRows(links.attributes, length);
  }
}

function refusalOf(traceIdAt: number, spanIdAt: number, startLow: number, startHigh: number): RejectReason | undefined {
  if (traceIdAt < 0) return 'bad-trace-id';
  if (spanIdAt < 0) return 'bad-span-id';
  if (startLow === 0 && startHigh === 0) return 'no-start-time';
  // Times are signed 64-bit nanoseconds in the model: to the year 2262.
  return startHigh > 0x7fffffff ? 'time-out-of-range' : undefined;
}

function truncateRows(table: AttributeTable, rows: number): void {
  table.rows = rows;
  table.length = table.offsets[rows]!;
}
