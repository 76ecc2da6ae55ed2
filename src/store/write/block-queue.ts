import { randomUUID } from 'node:crypto';
import type { ColumnEncoder } from '../native/column-encoder.ts';
import { BlockEncoder } from '../native/encode-block.ts';
import type { TableDescriptor } from '../schema/table.ts';
import type { Inserter } from './inserter.ts';

export type Columns = Readonly<Record<string, ColumnEncoder>>;

export interface BlockQueueOptions<C extends Columns> {
  readonly table: TableDescriptor;
  readonly inserter: Pick<Inserter, 'insert'>;
  readonly makeColumns: () => C;
  /** Shortest time between the beginnings of two inserts. */
  readonly flushIntervalMs: number;
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** Part of a batch, for one day. */
export interface Portion<C extends Columns> {
  /** Days since 1970; a block holds one, so that it becomes one part: whole or not at all. */
  readonly day: number;
  /** The batch's deduplication token. */
  readonly token?: string;
  /** Pushes the rows, as many as `roomFor(day)` at most. */
  fill(columns: C): void;
  /** Whether the portion's first row is stored; see `InsertRequest.isStored`. */
  readonly isStored?: () => Promise<boolean>;
}

interface OpenBlock<C extends Columns> {
  readonly encoder: BlockEncoder<C>;
  readonly day: number;
  token: string | undefined;
  portions: number;
  isStored: (() => Promise<boolean>) | undefined;
  readonly done: Promise<void>;
  resolve(): void;
  reject(cause: unknown): void;
}

/** Full blocks may overtake a slow insert; more at a time would only make the engine's parts smaller. */
const MAX_IN_FLIGHT = 2;
const KEPT_ENCODERS = 3;
/**
 * After an insert of T ms the next waits as long again, this at most, or until it is nearly as large as the last: the
 * senders that were answered come back with their next batches, which else would go in many small inserts, each of
 * which costs the engine as much as thousands of rows (bench: `serve/ingest-end-to-end`).
 */
const MAX_GATHER_MS = 40;
/** "Nearly as large." */
const GATHERED_SHARE = 0.9;

/**
 * Group commit into one table: what arrives while an insert runs goes into the next one.
 * When nothing runs and the last insert began `flushIntervalMs` ago, a portion is inserted at once.
 */
export class BlockQueue<C extends Columns> {
  private readonly options: BlockQueueOptions<C>;
  private readonly open = new Map<number, OpenBlock<C>>();
  private readonly full: OpenBlock<C>[] = [];
  private readonly spare: BlockEncoder<C>[] = [];
  private readonly running = new Set<Promise<void>>();
  /** No insert begins before. */
  private nextStart = -Infinity;
  /** Until then a block waits to become as large as the last one. */
  private gatherUntil = -Infinity;
  private lastRows = 0;
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;

  constructor(options: BlockQueueOptions<C>) {
    this.options = options;
  }

  /** Rows that the next portion of `day` may have. */
  roomFor(day: number): number {
    const block = this.open.get(day);
    return block === undefined ? this.options.maxRows : this.options.maxRows - block.encoder.rows;
  }

  /** Resolves when the portion is stored. @throws SondeError as `Inserter.insert` */
  append(portion: Portion<C>): Promise<void> {
    const block = this.open.get(portion.day) ?? this.begin(portion);
    // The engine may know a batch by its token only where it stands alone.
    if (block.portions++ > 0) block.token = undefined;
    try {
      portion.fill(block.encoder.columns);
    } catch (cause) {
      // Half a row may be in it: the block is lost to all who are in it, and they know.
      this.open.delete(portion.day);
      block.reject(cause);
      return block.done;
    }
    const { rows, byteLength } = block.encoder;
    if (rows >= this.options.maxRows || byteLength >= this.options.maxBytes) {
      this.open.delete(portion.day);
      this.full.push(block);
    }
    this.schedule();
    return block.done;
  }

  /** Resolves when all that was appended is stored or has failed. */
  async drain(): Promise<void> {
    for (const block of this.open.values()) this.full.push(block);
    this.open.clear();
    this.schedule();
    while (this.running.size > 0 || this.full.length > 0) {
      await Promise.race(this.running);
      this.schedule();
    }
    clearTimeout(this.timer);
  }

  private begin(portion: Portion<C>): OpenBlock<C> {
    const encoder = this.spare.pop() ?? new BlockEncoder(this.options.makeColumns());
    const { promise, resolve, reject } = withResolvers();
    // Whoever appended hears of it through its own promise.
    promise.catch(() => undefined);
    const { day, token, isStored } = portion;
    const block: OpenBlock<C> = { encoder, day, token, portions: 0, isStored, done: promise, resolve, reject };
    this.open.set(day, block);
    return block;
  }

  private schedule(): void {
    while (this.full.length > 0 && this.running.size < MAX_IN_FLIGHT) this.launch(this.full.shift()!);
    if (this.open.size === 0 || this.running.size > 0 || this.immediate !== undefined) return;
    const startAt = this.isGathered() ? this.nextStart : Math.max(this.nextStart, this.gatherUntil);
    const waitMs = startAt - performance.now();
    if (waitMs > 0) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        this.timer = undefined;
        this.flushOpen();
      }, waitMs);
      return;
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    // At once, but after what arrives in the same turn of the loop.
    this.immediate = setImmediate(() => {
      this.immediate = undefined;
      this.flushOpen();
    });
  }

  private isGathered(): boolean {
    let rows = 0;
    for (const block of this.open.values()) rows += block.encoder.rows;
    return rows >= this.lastRows * GATHERED_SHARE;
  }

  private flushOpen(): void {
    if (this.running.size > 0) return;
    for (const [day, block] of this.open) {
      this.open.delete(day);
      this.full.push(block);
    }
    this.schedule();
  }

  private launch(block: OpenBlock<C>): void {
    const start = performance.now();
    this.lastRows = block.encoder.rows;
    const insert = this.insert(block).finally(() => {
      const end = performance.now();
      this.nextStart = start + this.options.flushIntervalMs;
      this.gatherUntil = end + Math.min(end - start, MAX_GATHER_MS);
      this.running.delete(insert);
      this.schedule();
    });
    this.running.add(insert);
  }

  private async insert(block: OpenBlock<C>): Promise<void> {
    const { table, inserter } = this.options;
    const { encoder, isStored } = block;
    try {
      await inserter.insert({
        table,
        columns: encoder.names,
        chunks: encoder.chunks(),
        token: block.token ?? randomUUID(),
        ...(isStored === undefined ? {} : { isStored }),
      });
      block.resolve();
    } catch (cause) {
      block.reject(cause);
    }
    encoder.reset();
    if (this.spare.length < KEPT_ENCODERS) this.spare.push(encoder);
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (cause: unknown) => void } {
  let resolve!: () => void;
  let reject!: (cause: unknown) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
