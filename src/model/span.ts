import { TextArena } from '../util/text-arena.ts';
import { AttributeTable } from './attributes.ts';
import { DroppedFields } from './dropped.ts';
import type { GenAiFacts } from './gen-ai.ts';
import type { KeyTable } from './key-table.ts';
import type { Resource, Scope } from './resource.ts';
import { grow, TextColumn } from './text-column.ts';

/** OTLP's SpanKind numbers. */
export const SPAN_KIND = { UNSPECIFIED: 0, INTERNAL: 1, SERVER: 2, CLIENT: 3, PRODUCER: 4, CONSUMER: 5 } as const;
/** OTLP's Status.Code numbers. */
export const SPAN_STATUS = { UNSET: 0, OK: 1, ERROR: 2 } as const;

/**
 * Spans of one request in columns; row i of every column is span i. Whoever hands a batch to a sink gives it away.
 *
 * Ids are packed bytes (a missing parent is zeros). Times are nanoseconds since 1970 as signed 64-bit, reachable
 * whole (`startUnixNano`) or as little-endian word pairs (`startWords[2 i]` low, `[2 i + 1]` high), since BigInt
 * arithmetic is too slow for the hot path.
 */
export class SpanBatch {
  readonly arena: TextArena;
  readonly keys: KeyTable;
  length = 0;
  traceId!: Uint8Array;
  spanId!: Uint8Array;
  parentSpanId!: Uint8Array;
  startUnixNano!: BigInt64Array;
  startWords!: Uint32Array;
  durationNano!: BigUint64Array;
  durationWords!: Uint32Array;
  kind!: Uint8Array;
  statusCode!: Uint8Array;
  /** W3C trace flags of the span, low 8 bits. */
  flags!: Uint8Array;
  resourceIndex!: Uint32Array;
  scopeIndex!: Uint32Array;
  readonly name: TextColumn;
  readonly statusMessage: TextColumn;
  readonly traceState: TextColumn;
  readonly attributes: AttributeTable;
  readonly events: SpanEvents;
  readonly links: SpanLinks;
  readonly dropped = new DroppedFields();
  readonly resources: Resource[] = [];
  readonly scopes: Scope[] = [];
  /** [length] filled by normalisation; undefined for spans that are not about GenAI. */
  genAi: (GenAiFacts | undefined)[] = [];
  private capacity = 0;

  constructor(keys: KeyTable, arena: TextArena = new TextArena(), capacity = 64) {
    this.keys = keys;
    this.arena = arena;
    this.name = new TextColumn(arena, 0);
    this.statusMessage = new TextColumn(arena, 0);
    this.traceState = new TextColumn(arena, 0);
    this.attributes = new AttributeTable(keys, arena);
    this.events = new SpanEvents(keys, arena);
    this.links = new SpanLinks(keys, arena);
    this.resize(capacity);
  }

  /** Adds an empty span (all columns zero) and its attribute row; returns its index. */
  addRow(): number {
    const row = this.length++;
    if (row >= this.capacity) this.resize(this.capacity * 2);
    this.attributes.startRow();
    return row;
  }

  private resize(capacity: number): void {
    this.capacity = capacity;
    const bytes = (old: Uint8Array | undefined, width: number): Uint8Array => {
      const grown = new Uint8Array(capacity * width);
      if (old !== undefined) grown.set(old);
      return grown;
    };
    this.traceId = bytes(this.traceId, 16);
    this.spanId = bytes(this.spanId, 8);
    this.parentSpanId = bytes(this.parentSpanId, 8);
    this.kind = bytes(this.kind, 1);
    this.statusCode = bytes(this.statusCode, 1);
    this.flags = bytes(this.flags, 1);
    this.startUnixNano = growInt64(this.startUnixNano, capacity);
    this.startWords = new Uint32Array(this.startUnixNano.buffer);
    this.durationNano = new BigUint64Array(growInt64(this.durationNano, capacity).buffer);
    this.durationWords = new Uint32Array(this.durationNano.buffer);
    this.resourceIndex = grow(this.resourceIndex ?? new Uint32Array(0), capacity);
    this.scopeIndex = grow(this.scopeIndex ?? new Uint32Array(0), capacity);
    this.name.resize(capacity);
    this.statusMessage.resize(capacity);
    this.traceState.resize(capacity);
  }
}

/** Events of all spans of a batch, in span order; also exceptions. */
export class SpanEvents {
  length = 0;
  /** [length] row of the span an event belongs to; ascending */
  span = new Uint32Array(16);
  timeUnixNano = new BigInt64Array(16);
  timeWords = new Uint32Array(this.timeUnixNano.buffer);
  readonly name: TextColumn;
  readonly attributes: AttributeTable;
  /** [length] 1 for events a processor took out whole. */
  removed = new Uint8Array(16);

  constructor(keys: KeyTable, arena: TextArena) {
    this.name = new TextColumn(arena, 16);
    this.attributes = new AttributeTable(keys, arena);
  }

  addRow(span: number): number {
    const row = this.length++;
    if (row >= this.span.length) {
      const capacity = this.span.length * 2;
      this.span = grow(this.span, capacity);
      this.timeUnixNano = growInt64(this.timeUnixNano, capacity);
      this.timeWords = new Uint32Array(this.timeUnixNano.buffer);
      this.name.resize(capacity);
      const removed = new Uint8Array(capacity);
      removed.set(this.removed);
      this.removed = removed;
    }
    this.span[row] = span;
    this.attributes.startRow();
    return row;
  }
}

/** Links of all spans of a batch, in span order. */
export class SpanLinks {
  length = 0;
  /** [length] row of the span a link belongs to; ascending */
  span = new Uint32Array(8);
  traceId = new Uint8Array(8 * 16);
  spanId = new Uint8Array(8 * 8);
  readonly traceState: TextColumn;
  readonly attributes: AttributeTable;

  constructor(keys: KeyTable, arena: TextArena) {
    this.traceState = new TextColumn(arena, 8);
    this.attributes = new AttributeTable(keys, arena);
  }

  addRow(span: number): number {
    const row = this.length++;
    if (row >= this.span.length) {
      const capacity = this.span.length * 2;
      this.span = grow(this.span, capacity);
      const traceId = new Uint8Array(capacity * 16);
      traceId.set(this.traceId);
      this.traceId = traceId;
      const spanId = new Uint8Array(capacity * 8);
      spanId.set(this.spanId);
      this.spanId = spanId;
      this.traceState.resize(capacity);
    }
    this.span[row] = span;
    this.attributes.startRow();
    return row;
  }
}

/** 64-bit columns keep their bytes when they grow. */
function growInt64(old: BigInt64Array | BigUint64Array | undefined, capacity: number): BigInt64Array<ArrayBuffer> {
  const grown = new BigInt64Array(capacity);
  if (old !== undefined) grown.set(new BigInt64Array(old.buffer as ArrayBuffer, old.byteOffset, old.length));
  return grown;
}
