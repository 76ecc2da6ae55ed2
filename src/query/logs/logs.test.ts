import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineReader, T0_MS } from '../traces/engine-reader.fixture.ts';
import { listLogs, logFacets, logsOfTrace, logVolume } from './log-list.ts';
import type { LogQuery } from './sql.ts';

let reader: EngineReader;
const { signal } = new AbortController();

beforeAll(() => {
  reader = new EngineReader();
  const add = (atMs: number, service: string, severity: number, body: string, trace = '', event = ''): void => {
    const time = `fromUnixTimestamp64Nano(toInt64(${BigInt(T0_MS + atMs) * 1_000_000n}))`;
    reader.run(
      `INSERT INTO logs (tenant, service, time, observed, severity_number, severity_text, body, event_name, trace_id, attributes_string, attributes_number)
       SELECT 'default', '${service}', ${time}, ${time}, ${severity}, '', '${body}', '${event}', unhex('${trace.padStart(32, '0')}'), map('k', 'v'), map('n', 1.5)`,
    );
  };
  add(0, 'rag', 9, 'guard passed', 'a');
  add(1000, 'rag', 13, 'retrieval slow: 900 ms', 'a');
  add(1000, 'vllm', 17, 'KV cache is FULL', 'a');
  add(1000, 'vllm', 17, 'KV cache is FULL again');
  add(61_000, 'rag', 0, 'no severity', '', 'gen_ai.choice');
});
afterAll(() => reader.close());

const query = (rest: Partial<LogQuery> = {}): LogQuery => ({
  tenant: 'default',
  fromUnixNano: BigInt(T0_MS) * 1_000_000n,
  toUnixNano: BigInt(T0_MS + 120_000) * 1_000_000n,
  ...rest,
});

describe('listLogs', () => {
  test.each<{ name: string; rest: Partial<LogQuery>; want: string[] }>([
    {
      name: 'everything, newest first',
      rest: {},
      want: ['no severity', 'KV cache is FULL', 'KV cache is FULL again', 'retrieval slow: 900 ms', 'guard passed'],
    },
    { name: 'service', rest: { services: ['rag'] }, want: ['no severity', 'retrieval slow: 900 ms', 'guard passed'] },
    { name: 'severities', rest: { severities: ['warn', 'unknown'] }, want: ['no severity', 'retrieval slow: 900 ms'] },
    { name: 'text without case', rest: { text: 'full' }, want: ['KV cache is FULL', 'KV cache is FULL again'] },
    { name: 'text with wildcards of LIKE', rest: { text: '%' }, want: [] },
    {
      name: 'trace',
      rest: { traceId: 'a'.padStart(32, '0') },
      want: ['KV cache is FULL', 'retrieval slow: 900 ms', 'guard passed'],
    },
  ])('$name', async ({ rest, want }) => {
    const { rows } = await listLogs(reader, query(rest), { newestFirst: true, limit: 100 }, signal);
    expect(rows.map(({ body }) => body).sort()).toEqual([...want].sort());
    const times = rows.map(({ timeUnixNano }) => timeUnixNano);
    expect(times).toEqual([...times].sort((a, b) => Number(b - a)));
  });

  test.each([true, false])('pages lose and repeat nothing, newest first %s', async (newestFirst) => {
    const got: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await listLogs(
        reader,
        query(),
        { newestFirst, limit: 2, ...(cursor == null ? {} : { cursor }) },
        signal,
      );
      got.push(...page.rows.map(({ body }) => body));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(new Set(got).size).toBe(5);
    expect(got.length).toBe(5);
    expect(got[newestFirst ? 0 : 4]).toBe('no severity');
  });

  test('gives the record whole', async () => {
    const { rows } = await listLogs(reader, query(), { newestFirst: false, limit: 1 }, signal);
    expect(rows[0]).toMatchObject({
      severity: 'info',
      severityNumber: 9,
      traceId: 'a'.padStart(32, '0'),
      spanId: null,
      eventName: null,
      bodyCut: false,
      attributes: { k: 'v', n: 1.5 },
    });
  });

  test('a cursor from elsewhere is refused', async () => {
    const page = { newestFirst: true, limit: 1, cursor: '1' };
    await expect(listLogs(reader, query(), page, signal)).rejects.toMatchObject({ code: 'logs-bad-cursor' });
  });
});

test('logVolume counts by step and severity', async () => {
  const volume = await logVolume(reader, query(), 60_000, 2, signal);
  expect(volume).toMatchObject({ info: [1, 0], warn: [1, 0], error: [2, 0], unknown: [0, 1], fatal: [0, 0] });
});

test('logFacets counts records a value', async () => {
  const facets = await logFacets(reader, query(), 10, signal);
  expect(facets.get('service')).toEqual([
    { value: 'rag', count: 3 },
    { value: 'vllm', count: 2 },
  ]);
  expect(facets.get('event')).toEqual([{ value: 'gen_ai.choice', count: 1 }]);
});

test('logsOfTrace counts by service', async () => {
  expect(await logsOfTrace(reader, { ...query(), traceId: 'a'.padStart(32, '0') }, signal)).toEqual([
    { service: 'rag', count: 2 },
    { service: 'vllm', count: 1 },
  ]);
});
