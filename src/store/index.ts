export { ColumnSet } from './column-set.ts';
export type {
  ArrayColumn,
  BigColumn,
  Column,
  FixedColumn,
  MapColumn,
  NullableColumn,
  NumberColumn,
  StringColumn,
  TupleColumn,
} from './column-set.ts';
export type { QueryLimits, QueryOptions, QueryParameters, StoreReader, TableStats } from './reader.ts';
export { TABLES } from './schema/tables.ts';
export { identifier, stringLiteral } from './schema/ddl.ts';
export type { RetentionSettings } from './retention.ts';
export { openStore } from './store.ts';
export type { Store, StoreDependencies, StoreStatus } from './store.ts';
export { readLogs } from './logs/reader.ts';
export type { LogSelection, StoredLogRecord } from './logs/reader.ts';
export { readSpans, traceById } from './traces/reader.ts';
export type { StoredEvent, StoredLink, StoredSpan, StoredTrace } from './traces/reader.ts';
