import type { TableDescriptor } from './table.ts';

/**
 * Where the tables are to stand: alone in one server (also the embedded one), or on every server of a cluster,
 * where `NAME` is a Distributed table over the replicated `NAME_local`.
 */
export interface DdlTarget {
  readonly cluster: string | undefined;
  /** Whether an insert is on disk when it returns. */
  readonly fsync: boolean;
}

export const SINGLE_SERVER: DdlTarget = { cluster: undefined, fsync: true };

/** Blocks whose tokens the engine remembers: 1,000 inserts, some minutes of a busy table. */
const DEDUPLICATION_WINDOW = 1000;

/** The statements that make a table, in order; each does nothing where the table is there already. */
export function createTable(table: TableDescriptor, target: DdlTarget): string[] {
  if (target.cluster === undefined) return [createLocal(table, table.name, target)];
  return [createLocal(table, localName(table, target), target), createDistributed(table, target.cluster)];
}

/** The table that holds rows, which ALTER and partition statements name. */
export function localName(table: Pick<TableDescriptor, 'name'>, target: DdlTarget): string {
  return target.cluster === undefined ? table.name : `${table.name}_local`;
}

/** ` ON CLUSTER …` or nothing. */
export function onCluster(target: DdlTarget): string {
  return target.cluster === undefined ? '' : ` ON CLUSTER ${identifier(target.cluster)}`;
}

/** Sets how long rows are kept; `ageSeconds` counts from the table's own time. */
export function modifyTtl(table: TableDescriptor, ageSeconds: number, target: DdlTarget): string {
  return `ALTER TABLE ${localName(table, target)}${onCluster(target)} MODIFY TTL ${ttl(table, ageSeconds)}`;
}

/** The TTL as `system.tables` prints it back, without white space, to see whether it is in force. */
export function printedTtl(table: TableDescriptor, ageSeconds: number): string {
  return ttl(table, ageSeconds)
    .replaceAll(/INTERVAL (\d+) (SECOND|DAY)/g, (_, count: string, unit: string) =>
      unit === 'DAY' ? `toIntervalDay(${count})` : `toIntervalSecond(${count})`,
    )
    .replaceAll(' ', '');
}

export function identifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

export function stringLiteral(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function ttl(table: TableDescriptor, ageSeconds: number): string {
  if (table.ageFrom === undefined) throw new RangeError(`table ${table.name} has no age`);
  return `${table.ageFrom} + INTERVAL ${ageSeconds} SECOND`;
}

function createLocal(table: TableDescriptor, name: string, target: DdlTarget): string {
  const lines = table.columns.map(columnLine);
  for (const index of table.indexes ?? []) {
    lines.push(`  INDEX ${index.name} ${index.expression} TYPE ${index.type} GRANULARITY ${index.granularity}`);
  }
  const parts = [
    `CREATE TABLE IF NOT EXISTS ${name}${onCluster(target)} (\n${lines.join(',\n')}\n)`,
    `ENGINE = ${engine(table, target)}`,
  ];
  if (table.partitionBy !== undefined) parts.push(`PARTITION BY ${table.partitionBy}`);
  parts.push(`ORDER BY (${table.orderBy.join(', ')})`);
  const settings = localSettings(table, target);
  if (settings.length > 0) parts.push(`SETTINGS ${settings.join(', ')}`);
  return parts.join('\n');
}

function createDistributed(table: TableDescriptor, cluster: string): string {
  return [
    `CREATE TABLE IF NOT EXISTS ${table.name} ON CLUSTER ${identifier(cluster)} (\n${table.columns.map(plainColumnLine).join(',\n')}\n)`,
    `ENGINE = Distributed(${identifier(cluster)}, currentDatabase(), ${table.name}_local, ${table.shardBy})`,
  ].join('\n');
}

function engine(table: TableDescriptor, target: DdlTarget): string {
  const own = table.engineArguments === undefined ? [] : [table.engineArguments];
  if (target.cluster === undefined) return `${table.engine}(${own.join(', ')})`;
  const place = [`'/clickhouse/tables/{database}/{shard}/${table.name}'`, `'{replica}'`];
  return `Replicated${table.engine}(${[...place, ...own].join(', ')})`;
}

function localSettings(table: TableDescriptor, target: DdlTarget): string[] {
  const settings: string[] = [];
  if (table.granularity !== undefined) settings.push(`index_granularity = ${table.granularity}`);
  if (table.ageFrom !== undefined) settings.push('ttl_only_drop_parts = 1');
  if (target.fsync) settings.push('fsync_after_insert = 1', 'fsync_part_directory = 1');
  // Replicated engines remember blocks by themselves.
  if (table.deduplicated && target.cluster === undefined) {
    settings.push(`non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`);
  }
  return settings;
}

function columnLine(column: TableDescriptor['columns'][number]): string {
  const codec = column.codec === undefined ? '' : ` CODEC(${column.codec})`;
  return `${plainColumnLine(column)}${codec}`;
}

function plainColumnLine(column: TableDescriptor['columns'][number]): string {
  return `  ${identifier(column.name)} ${column.type}`;
}
