import { describe, expect, test } from 'vitest';
import { createTable, modifyTtl, printedTtl, SINGLE_SERVER, stringLiteral } from './ddl.ts';
import type { SchemaConnection } from './migrations.ts';
import { migrate, MIGRATIONS, SCHEMA_VERSION } from './migrations.ts';
import { ALL_TABLES, TABLES } from './tables.ts';

const CLUSTER = { cluster: 'main', fsync: true };

describe('createTable', () => {
  test('writes the table of one server', () => {
    expect(createTable(TABLES.series, SINGLE_SERVER)).toEqual([
      `CREATE TABLE IF NOT EXISTS series (
  \`tenant\` LowCardinality(String),
  \`metric\` LowCardinality(String),
  \`fingerprint\` UInt64,
  \`labels\` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  \`day\` Date
)
ENGINE = ReplacingMergeTree()
PARTITION BY day
ORDER BY (tenant, metric, fingerprint, day)
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1`,
    ]);
  });

  test('writes the replicated and the distributed table of a cluster', () => {
    expect(createTable(TABLES.metadata, CLUSTER)).toEqual([
      `CREATE TABLE IF NOT EXISTS metadata_local ON CLUSTER \`main\` (
  \`tenant\` LowCardinality(String),
  \`family\` String,
  \`type\` LowCardinality(String),
  \`help\` String,
  \`unit\` String,
  \`updated\` DateTime
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{database}/{shard}/metadata', '{replica}', updated)
ORDER BY (tenant, family)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
      `CREATE TABLE IF NOT EXISTS metadata ON CLUSTER \`main\` (
  \`tenant\` LowCardinality(String),
  \`family\` String,
  \`type\` LowCardinality(String),
  \`help\` String,
  \`unit\` String,
  \`updated\` DateTime
)
ENGINE = Distributed(\`main\`, currentDatabase(), metadata_local, sipHash64(family))`,
    ]);
  });

  test.each(ALL_TABLES.map((table) => ({ table, name: table.name })))(
    '$name: in a cluster only engines and settings differ',
    ({ table }) => {
      const [alone] = createTable(table, SINGLE_SERVER);
      const [local, distributed] = createTable(table, CLUSTER);
      const columns = (sql: string): string => sql.slice(sql.indexOf('(\n'), sql.indexOf('\n)'));
      expect(columns(local!)).toBe(columns(alone!));
      expect(local).toContain(
        `ENGINE = Replicated${table.engine}('/clickhouse/tables/{database}/{shard}/${table.name}'`,
      );
      expect(local).not.toContain('non_replicated');
      expect(distributed).toContain(`, ${table.name}_local, ${table.shardBy})`);
    },
  );

  test.each(ALL_TABLES.map((table) => ({ table, name: table.name })))('$name: tenant comes first', ({ table }) => {
    expect(table.columns[0]?.name).toBe('tenant');
    expect(table.orderBy[0]).toBe('tenant');
  });

  test('leaves fsync out where it is switched off', () => {
    expect(createTable(TABLES.samples, { cluster: undefined, fsync: false })[0]).not.toContain('fsync');
  });
});

test('TTL is written, and recognised as the engine prints it', () => {
  expect(modifyTtl(TABLES.series, 86400, CLUSTER)).toBe(
    'ALTER TABLE series_local ON CLUSTER `main` MODIFY TTL toDateTime(day) + INTERVAL 1 DAY + INTERVAL 86400 SECOND',
  );
  expect(printedTtl(TABLES.series, 86400)).toBe('toDateTime(day)+toIntervalDay(1)+toIntervalSecond(86400)');
});

test('a string literal cannot be left', () => {
  expect(stringLiteral(`a'b\\`)).toBe(`'a\\'b\\\\'`);
});

describe('migrate', () => {
  function recording(version: number): { connection: SchemaConnection; ran: string[] } {
    const ran: string[] = [];
    return {
      ran,
      connection: {
        run: async (sql) => void ran.push(sql),
        numbers: async () => [version],
      },
    };
  }

  test('versions ascend without gaps', () => {
    expect(MIGRATIONS.map((m) => m.version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
  });

  test('takes every step on an empty folder and notes it', async () => {
    const { connection, ran } = recording(0);
    expect(await migrate(connection, SINGLE_SERVER)).toEqual(MIGRATIONS.map((m) => m.version));
    expect(ran.filter((sql) => sql.startsWith('CREATE TABLE'))).toHaveLength(ALL_TABLES.length + 1);
    expect(ran.at(-1)).toContain(`INSERT INTO ${SCHEMA_VERSION.name}`);
  });

  test('does nothing on a folder that is up to date', async () => {
    const { connection, ran } = recording(MIGRATIONS.length);
    expect(await migrate(connection, SINGLE_SERVER)).toEqual([]);
    expect(ran).toHaveLength(1);
  });

  test('refuses data of a newer Sonde', async () => {
    const { connection } = recording(MIGRATIONS.length + 1);
    await expect(migrate(connection, SINGLE_SERVER)).rejects.toMatchObject({ code: 'store-newer-schema' });
  });
});
