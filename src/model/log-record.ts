import { TextArena } from '../util/text-arena.ts';
import { AttributeTable } from './attributes.ts';
import { DroppedFields } from './dropped.ts';
import type { KeyTable } from './key-table.ts';
import type { Resource, Scope } from './resource.ts';
import { grow, TextColumn } from './text-column.ts';

/**
 * Log records of one request in columns; the conventions of `SpanBatch` hold here too.
 * `timeUnixNano` is the record's own time, else its observed time, else the time of receipt: never 0.
 * A body that is not a string is its JSON text, marked in `bodyIsJson`.
 */
export class LogBatch {
  readonly arena: TextArena;
  readonly keys: KeyTable;
  length = 0;
  timeUnixNano!: BigInt64Array;
  timeWords!: Uint32Array;
  observedUnixNano!: BigInt64Array;
  observedWords!: Uint32Array;
  /** OTLP severity 1..24; 0 unknown. */
  severityNumber!: Uint8Array;
  traceId!: Uint8Array;
  spanId!: Uint8Array;
  flags!: Uint8Array;
  bodyIsJson!: Uint8Array;
  /** [length] 1 for records a processor took out whole. */
  removed!: Uint8Array;
  resourceIndex!: Uint32Array;
  scopeIndex!: Uint32Array;
  readonly severityText: TextColumn;
  readonly body: TextColumn;
  readonly eventName: TextColumn;
  readonly attributes: AttributeTable;
  readonly dropped = new DroppedFields();
  readonly resources: Resource[] = [];
  readonly scopes: Scope[] = [];
  private capacity = 0;

  constructor(keys: KeyTable, arena: TextArena = new TextArena(), capacity = 64) {
    this.keys = keys;
    this.arena = arena;
    this.severityText = new TextColumn(arena, 0);
    this.body = new TextColumn(arena, 0);
    this.eventName = new TextColumn(arena, 0);
    this.attributes = new AttributeTable(keys, arena);
    this.resize(capacity);
  }

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
    const times = (old: BigInt64Array | undefined): BigInt64Array => {
      const grown = new BigInt64Array(capacity);
      if (old !== undefined) grown.set(old);
      return grown;
    };
    this.timeUnixNano = times(this.timeUnixNano);
    this.timeWords = new Uint32Array(this.timeUnixNano.buffer);
    this.observedUnixNano = times(this.observedUnixNano);
    this.observedWords = new Uint32Array(this.observedUnixNano.buffer);
    this.severityNumber = bytes(this.severityNumber, 1);
    this.traceId = bytes(this.traceId, 16);
    this.spanId = bytes(this.spanId, 8);
    this.flags = bytes(this.flags, 1);
    this.bodyIsJson = bytes(this.bodyIsJson, 1);
    this.removed = bytes(this.removed, 1);
    this.resourceIndex = grow(this.resourceIndex ?? new Uint32Array(0), capacity);
    this.scopeIndex = grow(this.scopeIndex ?? new Uint32Array(0), capacity);
    this.severityText.resize(capacity);
    this.body.resize(capacity);
    this.eventName.resize(capacity);
  }
}
