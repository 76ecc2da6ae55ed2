import type { KeyTable } from '../../../model/key-table.ts';
import { LogBatch } from '../../../model/log-record.ts';
import type { Resource, Scope } from '../../../model/resource.ts';
import { anyValueJsonIn } from './any-value.ts';
import type { DecodeContext } from './context.ts';
import { copyId, isId, readTime } from './ids.ts';
import { appendKeyValue } from './key-values.ts';
import { indexIn, walkRequest, type RecordVisitor } from './walk.ts';

const RECORD = {
  TIME: 9,
  SEVERITY_NUMBER: 16,
  SEVERITY_TEXT: 26,
  BODY: 42,
  ATTRIBUTE: 50,
  FLAGS: 69,
  TRACE_ID: 74,
  SPAN_ID: 82,
  OBSERVED: 89,
  EVENT_NAME: 98,
} as const;
const BODY_STRING = 10;
const BYTES_PER_RECORD = 150;
const ATTRIBUTES_PER_RECORD = 3;

/**
 * Decodes an ExportLogsServiceRequest. A record without time gets its observed time, else `receivedUnixMs`.
 * @throws WireError when the bytes are not protobuf
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto
 */
export function decodeLogs(context: DecodeContext, keys: KeyTable, receivedUnixMs: number): LogBatch {
  const capacity = Math.max(16, Math.ceil(context.arena.base.length / BYTES_PER_RECORD));
  const batch = new LogBatch(keys, context.arena, capacity);
  batch.attributes.reserve(capacity, capacity * ATTRIBUTES_PER_RECORD);
  walkRequest(context, new LogVisitor(context, batch, receivedUnixMs));
  return batch;
}

class LogVisitor implements RecordVisitor {
  readonly batch: LogBatch;
  private readonly context: DecodeContext;
  private readonly receivedUnixNano: bigint;
  private readonly resources = new Map<Resource, number>();
  private readonly scopes = new Map<Scope, number>();
  private resourceIndex = 0;
  private scopeIndex = 0;

  constructor(context: DecodeContext, batch: LogBatch, receivedUnixMs: number) {
    this.context = context;
    this.batch = batch;
    this.receivedUnixNano = BigInt(Math.round(receivedUnixMs)) * 1_000_000n;
  }

  resource(resource: Resource): void {
    this.resourceIndex = indexIn(this.batch.resources, this.resources, resource);
  }

  scope(scope: Scope): void {
    this.scopeIndex = indexIn(this.batch.scopes, this.scopes, scope);
  }

  record(): void {
    const { batch, context } = this;
    const { reader, tally } = context;
    const { bytes } = reader;
    const outer = reader.enter();
    const row = batch.addRow();
    batch.resourceIndex[row] = this.resourceIndex;
    batch.scopeIndex[row] = this.scopeIndex;
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      switch (tag) {
        case RECORD.TIME:
          readTime(reader, batch.timeWords, row);
          break;
        case RECORD.OBSERVED:
          readTime(reader, batch.observedWords, row);
          break;
        case RECORD.SEVERITY_NUMBER: {
          const severity = reader.varint32();
          batch.severityNumber[row] = severity <= 24 ? severity : 0;
          break;
        }
        case RECORD.SEVERITY_TEXT:
          context.readText(batch.severityText, row);
          break;
        case RECORD.EVENT_NAME:
          context.readText(batch.eventName, row);
          break;
        case RECORD.BODY:
          this.readBody(row);
          break;
        case RECORD.ATTRIBUTE:
          appendKeyValue(context, batch.attributes);
          break;
        case RECORD.FLAGS:
          batch.flags[row] = reader.fixed32();
          break;
        case RECORD.TRACE_ID:
          reader.range();
          if (isId(bytes, reader.start, reader.pos, 16)) copyId(bytes, reader.start, batch.traceId, row, 16);
          else if (badLength(reader.pos - reader.start, 16)) tally.change('bad-trace-id', reader.pos - reader.start);
          break;
        case RECORD.SPAN_ID:
          reader.range();
          if (isId(bytes, reader.start, reader.pos, 8)) copyId(bytes, reader.start, batch.spanId, row, 8);
          else if (badLength(reader.pos - reader.start, 8)) tally.change('bad-trace-id', reader.pos - reader.start);
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.leave(outer);
    this.mendTimes(row);
  }

  /** Text is kept as a range of the body message, anything else as its JSON. */
  private readBody(row: number): void {
    const { batch, context } = this;
    const { reader, limits } = context;
    reader.range();
    const { start, pos: end } = reader;
    const outerEnd = reader.end;
    if (start === end) return;
    if (reader.bytes[start] === BODY_STRING) {
      reader.pos = start + 1;
      reader.end = end;
      context.readText(batch.body, row, limits.maxLogBodyBytes);
      const whole = reader.pos === end;
      reader.pos = end;
      reader.end = outerEnd;
      if (whole) {
        batch.bodyIsJson[row] = 0;
        return;
      }
    }
    let json = anyValueJsonIn(context, start, end);
    if (json.length > limits.maxLogBodyBytes) {
      context.tally.change('text-truncated', json.length - limits.maxLogBodyBytes);
      json = json.slice(0, limits.maxLogBodyBytes);
      batch.bodyIsJson[row] = 0;
    } else batch.bodyIsJson[row] = 1;
    batch.body.set(row, json);
  }

  private mendTimes(row: number): void {
    const { batch } = this;
    if (isZero(batch.observedWords, row)) batch.observedUnixNano[row] = this.receivedUnixNano;
    if (isZero(batch.timeWords, row)) {
      batch.timeWords[2 * row] = batch.observedWords[2 * row]!;
      batch.timeWords[2 * row + 1] = batch.observedWords[2 * row + 1]!;
    }
  }
}

function isZero(words: Uint32Array, row: number): boolean {
  return words[2 * row] === 0 && words[2 * row + 1] === 0;
}

function badLength(length: number, width: number): boolean {
  return length !== 0 && length !== width;
}
