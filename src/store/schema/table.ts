import type { Signal } from '../../model/sink.ts';

export interface ColumnDescriptor {
  readonly name: string;
  /** ClickHouse type as it stands in the DDL. */
  readonly type: string;
  /** Codec list as it stands in the DDL; absent for the engine's default. */
  readonly codec?: string;
}

export interface IndexDescriptor {
  readonly name: string;
  readonly expression: string;
  readonly type: string;
  readonly granularity: number;
}

/**
 * All that is known of a table: from it come the DDL for one server and for a cluster, the writers' column order
 * and the names in every reader's SQL. `tenant` is the first column and the first of the sort key.
 */
export interface TableDescriptor {
  readonly name: string;
  readonly columns: readonly ColumnDescriptor[];
  readonly engine: 'MergeTree' | 'ReplacingMergeTree' | 'SummingMergeTree' | 'AggregatingMergeTree';
  /** Arguments of the engine: a Replacing table's version column, a Summing table's summed columns. */
  readonly engineArguments?: string;
  readonly orderBy: readonly string[];
  /** Expression giving a Date; absent for tables that are small and kept for ever. */
  readonly partitionBy?: string;
  /** Expression giving a DateTime from which the signal's retention counts. */
  readonly ageFrom?: string;
  /** Whose retention holds for the table. */
  readonly signal?: Signal;
  readonly indexes?: readonly IndexDescriptor[];
  /** Rows of the smallest piece that a read decodes; absent for the engine's 8,192. */
  readonly granularity?: number;
  /** Whether the engine drops the second copy of a block with the same `insert_deduplication_token`. */
  readonly deduplicated: boolean;
  /** In a cluster, rows of equal value stand on one shard: what a query groups by must not be torn apart. */
  readonly shardBy: string;
}
