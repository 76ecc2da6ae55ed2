import type { Component } from '../model/component.ts';
import type { Signal } from '../model/sink.ts';
import type { Logger } from '../self/logger.ts';
import type { ColumnSet } from './column-set.ts';
import type { SignalRetention } from './config.ts';
import type { DdlTarget } from './schema/ddl.ts';
import { localName, modifyTtl, onCluster, printedTtl, stringLiteral } from './schema/ddl.ts';
import type { TableDescriptor } from './schema/table.ts';
import { ALL_TABLES } from './schema/tables.ts';

export type RetentionSettings = Readonly<Record<Signal, SignalRetention>>;

export interface RetentionConnection {
  run(sql: string): Promise<void>;
  columns(sql: string): Promise<ColumnSet>;
}

const CHECK_INTERVAL_MS = 60_000;

/** The account of what was dropped is kept as long as the signals it speaks of, and a month more. */
function retentionOf(table: TableDescriptor, settings: RetentionSettings): number | undefined {
  if (table.ageFrom === undefined) return undefined;
  if (table.signal !== undefined) return settings[table.signal].ageMs;
  return Math.max(...Object.values(settings).map((signal) => signal.ageMs));
}

/**
 * Holds each signal to its age, which the engine sees to by itself once told, and to its size, for which the oldest
 * day is dropped while the signal's tables are too large together.
 */
export class Retention implements Component {
  private readonly connection: RetentionConnection;
  private readonly settings: RetentionSettings;
  private readonly target: DdlTarget;
  private readonly logger: Logger;
  private timer: NodeJS.Timeout | undefined;
  private checking: Promise<void> = Promise.resolve();

  constructor(connection: RetentionConnection, settings: RetentionSettings, target: DdlTarget, logger: Logger) {
    this.connection = connection;
    this.settings = settings;
    this.target = target;
    this.logger = logger;
  }

  async start(): Promise<void> {
    await this.applyAges();
    if (!Object.values(this.settings).some((signal) => signal.maxBytes !== undefined)) return;
    this.timer = setInterval(() => void this.check(), CHECK_INTERVAL_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.checking;
  }

  /** Drops days until every signal is within its size; returns what it dropped. */
  async dropOversize(): Promise<{ readonly table: string; readonly day: string }[]> {
    const dropped: { table: string; day: string }[] = [];
    for (const signal of Object.keys(this.settings) as Signal[]) {
      const { maxBytes } = this.settings[signal];
      if (maxBytes === undefined) continue;
      const days = await this.daysOf(signal);
      let total = days.reduce((sum, day) => sum + day.bytes, 0);
      // Today's data is what people look at: it is never dropped for its size.
      const newest = days.at(-1)?.day;
      for (const { table, day, bytes } of days) {
        if (total <= maxBytes || day === newest) break;
        await this.connection.run(`ALTER TABLE ${table}${onCluster(this.target)} DROP PARTITION ${stringLiteral(day)}`);
        total -= bytes;
        dropped.push({ table, day });
        this.logger.info(
          { signal, table, day, bytes, maxBytes },
          'dropped the oldest day to keep within store.retention',
        );
      }
    }
    return dropped;
  }

  private check(): Promise<void> {
    this.checking = this.dropOversize().then(
      () => undefined,
      (cause: unknown) => this.logger.warn({ err: cause }, 'the size of the stored data could not be checked'),
    );
    return this.checking;
  }

  private async applyAges(): Promise<void> {
    const set = await this.connection.columns(
      'SELECT name, create_table_query AS ddl FROM system.tables WHERE database = currentDatabase()',
    );
    const ddls = new Map(
      set.strings('name').map((name, row) => [name, set.strings('ddl')[row]!.replaceAll(/\s/g, '')]),
    );
    for (const table of ALL_TABLES) {
      const ageMs = retentionOf(table, this.settings);
      if (ageMs === undefined) continue;
      const ageSeconds = Math.ceil(ageMs / 1000);
      const ddl = ddls.get(localName(table, this.target)) ?? '';
      if (ddl.includes(`TTL${printedTtl(table, ageSeconds)}SETTINGS`)) continue;
      // New parts and merges see to it; rewriting all parts for a changed age would stop everything else.
      await this.connection.run(
        `${modifyTtl(table, ageSeconds, this.target)} SETTINGS materialize_ttl_after_modify = 0`,
      );
    }
  }

  /** Days of a signal's tables, oldest first. */
  private async daysOf(signal: Signal): Promise<{ table: string; day: string; bytes: number }[]> {
    const tables = ALL_TABLES.filter((table) => table.signal === signal && table.partitionBy !== undefined);
    const names = tables.map((table) => stringLiteral(localName(table, this.target)));
    const set = await this.connection.columns(
      `SELECT table, partition AS day, sum(bytes_on_disk) AS bytes FROM system.parts
       WHERE active AND database = currentDatabase() AND table IN (${names.join(', ')})
       GROUP BY table, day ORDER BY day, table`,
    );
    const bytes = set.numbers('bytes');
    return set.strings('table').map((table, row) => ({ table, day: set.strings('day')[row]!, bytes: bytes[row]! }));
  }
}
