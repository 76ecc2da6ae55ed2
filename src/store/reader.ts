import type { ColumnSet } from './column-set.ts';

/** Values for the `{name:Type}` places of a query; the engine parses them, so no value can become SQL. */
export type QueryParameters = Readonly<
  Record<string, string | number | bigint | boolean | readonly (string | number)[]>
>;

/** What one query may cost; passing a limit fails the query with kind `over-limit` or `timeout`. */
export interface QueryLimits {
  readonly timeoutMs?: number;
  readonly memoryBytes?: number;
  readonly rowsToRead?: number;
  readonly resultRows?: number;
}

export interface QueryOptions {
  readonly params?: QueryParameters;
  /** Aborting stops the query in the engine too. */
  readonly signal?: AbortSignal;
  readonly limits?: QueryLimits;
  /**
   * For SQL that a user wrote: runs read-only, in a pool of its own. Not a sandbox: whoever hands over user SQL has
   * parsed it and allows its tables and functions by name.
   */
  readonly readonly?: boolean;
}

/** Size of one table. */
export interface TableStats {
  readonly table: string;
  readonly rows: number;
  /** Compressed, on disk. */
  readonly bytes: number;
  readonly parts: number;
  /** Days that have rows, `YYYY-MM-DD`, first and last; absent where there are none or the table has no days. */
  readonly oldestDay?: string;
  readonly newestDay?: string;
}

/**
 * How everyone else reads the store.
 *
 * Rejects with a `SondeError`: `invalid` (the SQL), `over-limit`, `timeout`, `canceled`, `unavailable` (the engine
 * is starting again; has `retryAfterMs`), `internal`.
 */
export interface StoreReader {
  /** Runs one SELECT, whole result at once. No FORMAT clause. */
  columns(sql: string, options?: QueryOptions): Promise<ColumnSet>;
  /** Resolves when the engine answers. */
  ping(signal?: AbortSignal): Promise<void>;
  stats(): Promise<TableStats[]>;
}
