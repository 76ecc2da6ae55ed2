import { SondeError } from '../../model/errors.ts';
import type { DdlTarget } from './ddl.ts';
import { createTable, stringLiteral } from './ddl.ts';
import type { TableDescriptor } from './table.ts';
import { ALL_TABLES } from './tables.ts';

/** One step of the schema. Statements must do no harm when run a second time: a crash may fall between two. */
export interface Migration {
  readonly version: number;
  readonly note: string;
  statements(target: DdlTarget): string[];
}

/**
 * All steps, ascending. A descriptor shows the newest shape, so the first step already makes new tables whole; a
 * later step brings older data folders there (`ADD COLUMN IF NOT EXISTS …`).
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    note: 'tables for metrics, traces, logs and the ledger',
    statements: (target) => ALL_TABLES.flatMap((table) => createTable(table, target)),
  },
];

/** Which steps a data folder has seen. */
export const SCHEMA_VERSION = {
  name: 'schema_version',
  columns: [
    { name: 'version', type: 'UInt32' },
    { name: 'note', type: 'String' },
    { name: 'applied', type: 'DateTime' },
  ],
  engine: 'MergeTree',
  orderBy: ['version'],
  deduplicated: false,
  shardBy: '1',
} as const satisfies TableDescriptor;

/** What migrating needs of a client. */
export interface SchemaConnection {
  run(sql: string): Promise<void>;
  numbers(sql: string): Promise<number[]>;
}

/**
 * Brings the tables to the newest version; returns the steps it took.
 * @throws SondeError `store-newer-schema` when a newer Sonde has written the data
 */
export async function migrate(
  connection: SchemaConnection,
  target: DdlTarget,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<number[]> {
  for (const statement of createTable(SCHEMA_VERSION, target)) await connection.run(statement);
  const [current = 0] = await connection.numbers(`SELECT max(version) AS version FROM ${SCHEMA_VERSION.name}`);
  const newest = migrations.at(-1)?.version ?? 0;
  if (current > newest) {
    throw new SondeError(`the stored data has schema ${current}, this Sonde knows up to ${newest}`, {
      kind: 'unavailable',
      code: 'store-newer-schema',
      mend: 'start the newer Sonde that wrote it, or give another data folder',
    });
  }
  const taken: number[] = [];
  for (const migration of migrations) {
    if (migration.version <= current) continue;
    for (const statement of migration.statements(target)) await connection.run(statement);
    await connection.run(
      `INSERT INTO ${SCHEMA_VERSION.name} SELECT ${migration.version}, ${stringLiteral(migration.note)}, now()`,
    );
    taken.push(migration.version);
  }
  return taken;
}
