import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../../self/logger.ts';
import { embeddedClient } from '../client.ts';
import { EngineSupervisor } from './supervisor.ts';

const POOLS = { write: 1, read: 1, user: 1 };

describe('the engine host', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sonde-test-'));
  const supervisor = new EngineSupervisor({
    dataDir,
    memoryBytes: 1024 ** 3,
    fsync: false,
    logger: silentLogger(),
    pools: POOLS,
  });
  let client: ClickHouseClient;

  beforeAll(async () => {
    await supervisor.start();
    client = embeddedClient(() => supervisor.socketPath);
  });

  afterAll(async () => {
    await client?.close();
    await supervisor.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function lines(query: string, options: Partial<Parameters<ClickHouseClient['exec']>[0]> = {}): Promise<string> {
    const { stream } = await client.exec({ ...options, query });
    let text = '';
    for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString();
    return text;
  }

  test('answers the client', async () => {
    expect(await lines('SELECT 42')).toBe('42\n');
    expect((await client.ping()).success).toBe(true);
    const result = await client.query({ query: 'SELECT 1 AS a', format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ a: 1 }]);
  });

  test('rows of a failed query do not come out of the next one', async () => {
    const failing = 'SELECT number, throwIf(number = 300000) FROM numbers(1000000) SETTINGS max_block_size = 1000';
    await expect(lines(failing)).rejects.toMatchObject({ code: '395' });
    expect(await lines('SELECT 42')).toBe('42\n');
  });

  test('an empty line in the data of an insert ends nothing', async () => {
    await lines('CREATE TABLE empty_line (a String, b String) ENGINE = MergeTree ORDER BY a');
    const values = 'one\tx\n\nCREATE TABLE injected (a UInt8) ENGINE = Memory\n';
    await expect(
      client.exec({ query: 'INSERT INTO empty_line (a, b) FORMAT TabSeparated', values: asStream(values) }),
    ).rejects.toThrow();
    expect(await lines("SELECT count() FROM system.tables WHERE name = 'injected'")).toBe('0\n');
    const inside = JSON.stringify({ a: 'two', b: 'x\n\nSELECT 1' });
    await client.exec({ query: 'INSERT INTO empty_line FORMAT JSONEachRow', values: asStream(`${inside}\n`) });
    expect(await lines("SELECT b FROM empty_line WHERE a = 'two' FORMAT JSONCompactEachRow")).toBe(
      '["x\\n\\nSELECT 1"]\n',
    );
  });

  test('binary data arrives byte for byte', async () => {
    await lines('CREATE TABLE binary (a String) ENGINE = MergeTree ORDER BY a');
    const bytes = Buffer.from([0xff, 0x00, 0x0a, 0x0a, 0xc3, 0x28, 0x80]);
    const row = Buffer.concat([Buffer.from([bytes.length]), bytes]);
    // In pieces that tear it apart at every byte.
    const pieces = Array.from(row, (byte) => Buffer.from([byte]));
    await client.exec({ query: 'INSERT INTO binary (a) FORMAT RowBinary', values: asStream(...pieces) });
    expect(await lines('SELECT hex(a) FROM binary')).toBe(`${bytes.toString('hex').toUpperCase()}\n`);
    expect(readdirSync(supervisor.scratchDir)).toEqual([]);
  });

  test('settings hold for their statement only', async () => {
    const setting = "SELECT getSetting('max_threads')";
    const before = await lines(setting);
    expect(await lines(setting, { clickhouse_settings: { max_threads: 7 } })).toBe('7\n');
    expect(await lines(setting)).toBe(before);
    await lines('CREATE TABLE sticky (a UInt8) ENGINE = Memory', { clickhouse_settings: { max_threads: 5 } });
    expect(await lines(setting)).toBe(before);
  });

  test('parameters of queries at the same time do not mix', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        lines('SELECT {x:String}, {n:UInt32}', { query_params: { x: `it's ${i}\t\\`, n: i } }),
      ),
    );
    expect(answers).toEqual(Array.from({ length: 200 }, (_, i) => `it\\'s ${i}\\t\\\\\t${i}\n`));
  });

  test('a parameter that is not given is not taken from an earlier query', async () => {
    await lines('SELECT {secret:String}', { query_params: { secret: 'mine' } });
    await expect(lines('SELECT {secret:String}')).rejects.toMatchObject({ code: '456' });
  });

  test('a parameter cannot become SQL', async () => {
    const value = "'; DROP TABLE binary; --";
    expect(
      await lines('SELECT {x:String} = unhex({h:String})', {
        query_params: { x: value, h: Buffer.from(value).toString('hex') },
      }),
    ).toBe('1\n');
  });

  test('a second statement is refused', async () => {
    await expect(lines('SELECT 1; SELECT 2')).rejects.toMatchObject({ code: '62' });
  });

  test('whoever hangs up has the query killed, and the session is free again', async () => {
    const abort = new AbortController();
    const query = lines('SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = {x:UInt64}', {
      query_params: { x: '1' },
      abort_signal: abort.signal,
    });
    const failed = expect(query).rejects.toThrow(/abort/);
    abort.abort();
    await failed;
    // The pool has one session for reading: this waits until the query has ended.
    expect(await lines('SELECT 1')).toBe('1\n');
  });

  test('read-only queries cannot write or lift their bounds', async () => {
    const readonly = { clickhouse_settings: { readonly: '1', max_result_rows: '10' } } as const;
    expect(await lines('SELECT 1', readonly)).toBe('1\n');
    await expect(lines('CREATE TABLE no (a UInt8) ENGINE = Memory', readonly)).rejects.toMatchObject({ code: '164' });
    await expect(lines('SELECT number FROM numbers(100) SETTINGS max_result_rows = 0', readonly)).rejects.toThrow();
    expect(await lines('SELECT 2')).toBe('2\n');
  });

  test('limits are kept', async () => {
    const over = lines('SELECT number FROM numbers(100)', { clickhouse_settings: { max_result_rows: '10' } });
    await expect(over).rejects.toMatchObject({ code: '396' });
  });

  test('there are no system logs', async () => {
    expect(await lines("SELECT count() FROM system.tables WHERE name LIKE '%\\_log' AND database = 'system'")).toBe(
      '0\n',
    );
  });
});

function asStream(...pieces: (string | Buffer)[]): Readable {
  return Readable.from(pieces.map((piece) => Buffer.from(piece)));
}
