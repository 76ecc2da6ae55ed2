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
