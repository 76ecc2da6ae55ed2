import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import type { QueryOptions, QueryParameters, StoreReader } from '../../store/index.ts';
import { decodeNative } from '../../store/native/decode.ts';
import { createTable, SINGLE_SERVER, stringLiteral } from '../../store/schema/ddl.ts';
import { ALL_TABLES } from '../../store/schema/tables.ts';

/** The real engine with the real tables, in this process, for tests of SQL: no host, no queue. */
export class EngineReader implements StoreReader {
  private readonly folder = mkdtempSync(join(tmpdir(), 'sonde-sql-'));
  private readonly session = new Session(this.folder);

  constructor() {
    for (const table of ALL_TABLES) for (const sql of createTable(table, SINGLE_SERVER)) this.run(sql);
  }

  run(sql: string): void {
    this.session.query(sql, 'Null');
  }

  async columns(sql: string, { params = {} }: QueryOptions = {}): Promise<ReturnType<typeof decodeNative>> {
    const result = await this.session.queryAsync(`${setParameters(params)}${sql}`, { format: 'Native' });
    return decodeNative(result.bytes());
  }

  async ping(): Promise<void> {}

  async stats(): Promise<[]> {
    return [];
  }

  close(): void {
    this.session.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A span for `insertSpans`; what is left out is empty. Times in milliseconds from `T0_MS`. */
export interface SpanSketch {
  readonly trace: string;
  readonly id: string;
  readonly parent?: string;
  readonly atMs: number;
  readonly ms: number;
  readonly values?: Readonly<Record<string, string | number>>;
  /** Raw SQL for further columns: `map('a', 'b')`. */
  readonly raw?: Readonly<Record<string, string>>;
}

/** 2023-11-14 22:13:20 UTC. */
export const T0_MS = 1_700_000_000_000;

export function insertSpans(reader: EngineReader, sketches: readonly SpanSketch[]): void {
  for (const { trace, id, parent, atMs, ms, values = {}, raw = {} } of sketches) {
    const start = `fromUnixTimestamp64Nano(toInt64(${BigInt(T0_MS) * 1_000_000n + BigInt(Math.round(atMs * 1e6))}))`;
    const columns: Record<string, string> = {
      tenant: `'default'`,
      service: `'app'`,
      start,
      duration_ns: String(Math.round(ms * 1e6)),
      trace_id: `unhex('${trace.padStart(32, '0')}')`,
      span_id: `unhex('${id.padStart(16, '0')}')`,
      parent_span_id: `unhex('${(parent ?? '').padStart(16, '0')}')`,
      ...Object.fromEntries(
        Object.entries(values).map(([k, v]) => [k, typeof v === 'string' ? stringLiteral(v) : String(v)]),
      ),
      ...raw,
    };
    const names = Object.keys(columns).map((name) => `\`${name}\``);
    // eslint-disable-next-line no-restricted-syntax -- a fixture fills the tables that the SQL under test reads
    reader.run(`INSERT INTO spans (${names.join(', ')}) SELECT ${Object.values(columns).join(', ')}`);
    // eslint-disable-next-line no-restricted-syntax -- as above
    reader.run(`INSERT INTO trace_times SELECT 'default', ${columns['trace_id']}, ${start}, ${start}`);
  }
}

function setParameters(params: QueryParameters): string {
  return Object.entries(params)
    .map(([name, value]) => `SET param_${name} = ${stringLiteral(Array.isArray(value) ? list(value) : String(value))};`)
    .join('');
}

function list(values: readonly (string | number)[]): string {
  return `[${values.map((value) => (typeof value === 'number' ? value : stringLiteral(value))).join(',')}]`;
}
