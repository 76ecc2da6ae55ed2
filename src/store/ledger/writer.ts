import type { Component } from '../../model/component.ts';
import type { Ledger, LedgerEntry } from '../../self/ledger.ts';
import type { Logger } from '../../self/logger.ts';
import { DictionaryColumnEncoder, FixedColumnEncoder } from '../native/column-encoder.ts';
import type { LEDGER } from '../schema/ledger.ts';
import { TABLES } from '../schema/tables.ts';
import { BlockQueue } from '../write/block-queue.ts';
import { DAY_MS } from '../write/time-window.ts';
import type { WriterOptions } from '../write/writer-options.ts';

const WRITE_INTERVAL_MS = 10_000;
const MINUTE_MS = 60_000;

type LedgerColumns = ReturnType<typeof makeLedgerColumns>;
function makeLedgerColumns() {
  return {
    tenant: new DictionaryColumnEncoder(),
    time: new FixedColumnEncoder('DateTime', 4),
    signal: new DictionaryColumnEncoder(),
    outcome: new DictionaryColumnEncoder(),
    reason: new DictionaryColumnEncoder(),
    source: new DictionaryColumnEncoder(),
    count: new FixedColumnEncoder('UInt64', 8),
    bytes: new FixedColumnEncoder('UInt64', 8),
  } satisfies Record<(typeof LEDGER)['columns'][number]['name'], unknown>;
}

export interface LedgerWriterOptions extends Pick<WriterOptions, 'inserter'> {
  readonly ledger: Ledger;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

/** Carries what the ledger has gathered into its table, every ten seconds while there is something, and at the end. */
export class LedgerWriter implements Component {
  private readonly options: LedgerWriterOptions;
  private readonly queue: BlockQueue<LedgerColumns>;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  /** Taken from the ledger and not stored yet. */
  private held: { readonly minuteMs: number; readonly entries: readonly LedgerEntry[] }[] = [];

  constructor(options: LedgerWriterOptions) {
    this.options = options;
    this.queue = new BlockQueue({
      inserter: options.inserter,
      flushIntervalMs: 0,
      table: TABLES.ledger,
      makeColumns: makeLedgerColumns,
      maxRows: 65_000,
      maxBytes: 8 * 1024 * 1024,
    });
  }

  async start(): Promise<void> {
    this.timer = setInterval(() => void this.flush(), WRITE_INTERVAL_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  /** Resolves when what was recorded until now is stored; what cannot be stored is kept for the next time. */
  flush(): Promise<void> {
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  private async write(): Promise<void> {
    const entries = this.options.ledger.drain();
    if (entries.length > 0) {
      this.held.push({ minuteMs: Math.floor(this.options.nowMs() / MINUTE_MS) * MINUTE_MS, entries });
    }
    while (this.held.length > 0) {
      const { minuteMs, entries: rows } = this.held[0]!;
      try {
        await this.queue.append({
          day: Math.floor(minuteMs / DAY_MS),
          fill: (columns) => pushEntries(columns, rows, minuteMs),
        });
      } catch (cause) {
        this.options.logger.warn({ err: cause }, 'the account of what was kept and dropped could not be stored yet');
        return;
      }
      this.held.shift();
    }
  }
}

function pushEntries(columns: LedgerColumns, entries: readonly LedgerEntry[], minuteMs: number): void {
  for (const entry of entries) {
    columns.tenant.pushText(entry.tenant);
    columns.time.pushUint32(minuteMs / 1000);
    columns.signal.pushText(entry.signal);
    columns.outcome.pushText(entry.outcome);
    columns.reason.pushText(entry.reason);
    columns.source.pushText(entry.source);
    columns.count.buffer.uint64(entry.count);
    columns.bytes.buffer.uint64(entry.bytes);
  }
}
