import { describe, expect, test } from 'vitest';
import { SondeError } from '../../model/errors.ts';
import { FixedColumnEncoder } from '../native/column-encoder.ts';
import { decodeNative } from '../native/decode.ts';
import { TABLES } from '../schema/tables.ts';
import { BlockQueue } from './block-queue.ts';
import { ByteBudget } from './byte-budget.ts';
import type { InsertRequest } from './inserter.ts';
import { DAY_MS, dateRows, TimeWindow } from './time-window.ts';
import { TokenMemory } from './token-memory.ts';

const NOW = 20_000 * DAY_MS + 1000;

describe('BlockQueue', () => {
  type Insert = { values: number[]; token: string; release(): void; fail(cause: Error): void };

  function makeQueue(maxRows = 100, flushIntervalMs = 0) {
    const inserts: Insert[] = [];
    const waiting: (() => void)[] = [];
    const queue = new BlockQueue({
      table: TABLES.samples,
      makeColumns: () => ({ n: new FixedColumnEncoder('UInt8', 1) }),
      flushIntervalMs,
      maxRows,
      maxBytes: 1e9,
      inserter: {
        insert: (request: InsertRequest) =>
          new Promise<void>((release, fail) => {
            const column = decodeNative(Buffer.concat(request.chunks)).numbers('n');
            inserts.push({ values: Array.from(column), token: request.token, release, fail });
            for (const wake of waiting.splice(0)) wake();
          }),
      },
    });
    const append = (value: number, day = 0, token?: string): Promise<void> =>
      queue.append({ day, ...(token === undefined ? {} : { token }), fill: ({ n }) => n.pushByte(value) });
    const inserted = async (count: number): Promise<void> => {
      while (inserts.length < count) await new Promise<void>((wake) => waiting.push(wake));
    };
    return { queue, append, inserts, inserted };
  }

  test('what comes in one turn goes in one insert, what comes meanwhile in the next', async () => {
    const { append, inserts, inserted } = makeQueue();
    const first = [append(1), append(2)];
    await inserted(1);
    const second = [append(3), append(4), append(5)];
    inserts[0]!.release();
    await Promise.all(first);
    await inserted(2);
    inserts[1]!.release();
    await Promise.all(second);
    expect(inserts.map((insert) => insert.values)).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
  });

  test('a failed insert fails its own senders only', async () => {
    const { append, inserts, inserted } = makeQueue();
    const first = expect(append(1)).rejects.toThrow('disk');
    await inserted(1);
    const second = append(2);
    inserts[0]!.fail(new Error('disk'));
    await first;
    await inserted(2);
    inserts[1]!.release();
    await second;
  });

  test('a full block goes at once, beside the running insert', async () => {
    const { append, inserts, inserted } = makeQueue(2);
    const all = [append(1)];
    await inserted(1);
    all.push(append(2), append(3));
    await inserted(2);
    expect(inserts[1]!.values).toEqual([2, 3]);
    for (const insert of inserts) insert.release();
    await Promise.all(all);
  });

  test('days go apart', async () => {
    const { append, inserts, inserted } = makeQueue();
    const all = [append(1, 0), append(2, 1), append(3, 0)];
    await inserted(2);
    for (const insert of inserts) insert.release();
    await Promise.all(all);
    expect(inserts.map((insert) => insert.values)).toEqual([[1, 3], [2]]);
  });

  test("a batch's token reaches the engine when the batch is alone in its block", async () => {
    const { append, inserts, inserted } = makeQueue();
    const alone = append(1, 0, 'mine');
    await inserted(1);
    const shared = [append(2, 0, 'a'), append(3, 0, 'b')];
    inserts[0]!.release();
    await alone;
    await inserted(2);
    inserts[1]!.release();
    await Promise.all(shared);
    expect(inserts[0]!.token).toBe('mine');
    expect(inserts[1]!.token).not.toMatch(/^[ab]$/);
  });

  test('a batch that cannot be encoded fails, and the next one is whole', async () => {
    const { queue, append, inserts, inserted } = makeQueue();
    const broken = queue.append({
      day: 0,
      fill({ n }) {
        n.pushByte(9);
        throw new Error('fault');
      },
    });
    await expect(broken).rejects.toThrow('fault');
    const next = append(1);
    await inserted(1);
    inserts[0]!.release();
    await next;
    expect(inserts[0]!.values).toEqual([1]);
  });

  test('drain ends when all is stored', async () => {
    const { queue, append, inserts, inserted } = makeQueue(100, 1_000_000);
    const all = [append(1)];
    await inserted(1);
    all.push(append(2));
    const drained = queue.drain();
    inserts[0]!.release();
    await inserted(2);
    inserts[1]!.release();
    await drained;
    await Promise.all(all);
  });
});

describe('ByteBudget', () => {
  test('refuses what does not fit, and takes it when there is room again', () => {
    const budget = new ByteBudget('spans', 100);
    budget.take(60);
    expect(() => budget.take(60)).toThrow(SondeError);
    try {
      budget.take(60);
    } catch (cause) {
      expect(cause).toMatchObject({ kind: 'overloaded', code: 'store-queue-full', retryAfterMs: 1000 });
    }
    budget.release(60);
    budget.take(60);
    expect(budget.usedBytes).toBe(60);
  });

  test('lets in what is larger than all of it when nothing waits', () => {
    const budget = new ByteBudget('spans', 100);
    budget.take(500);
    expect(() => budget.take(1)).toThrow(SondeError);
  });
});

describe('TokenMemory', () => {
  test('forgets failures and the oldest', async () => {
    const memory = new TokenMemory<number>(2);
    memory.remember('fails', Promise.reject(new Error('x')));
    await expect(memory.get('fails')).rejects.toThrow();
    await Promise.resolve();
    expect(memory.get('fails')).toBeUndefined();
    for (const token of ['a', 'b', 'c']) memory.remember(token, Promise.resolve(1));
    expect(memory.get('a')).toBeUndefined();
    expect(await memory.get('c')).toBe(1);
  });
});

describe('dateRows', () => {
  const window = new TimeWindow(7 * DAY_MS, () => NOW);

  test('sorts by day, also when days alternate', () => {
    const times = [NOW, NOW - DAY_MS, NOW, NaN, NOW - DAY_MS, NOW];
    const { byDay, rejected } = dateRows(window, times.length, (row) => times[row]!, 'span');
    expect(Object.fromEntries(Array.from(byDay, ([day, rows]) => [day, Array.from(rows)]))).toEqual({
      20_000: [0, 2, 5],
      19_999: [1, 4],
    });
    expect(rejected).toEqual([]);
  });

  test.each([
    { name: 'at the edge of the retention', ms: NOW - 7 * DAY_MS, reason: undefined },
    { name: 'older', ms: NOW - 7 * DAY_MS - 1, reason: 'timestamp-too-old' },
    { name: 'a day ahead', ms: NOW + DAY_MS, reason: undefined },
    { name: 'further ahead', ms: NOW + DAY_MS + 1, reason: 'timestamp-too-new' },
    { name: 'beyond what a date can be', ms: 1e300, reason: 'timestamp-too-new' },
    { name: 'infinite', ms: -Infinity, reason: 'timestamp-too-old' },
  ])('$name', ({ ms, reason }) => {
    const { byDay, rejected } = dateRows(window, 1, () => ms, 'span');
    expect(byDay.size).toBe(reason === undefined ? 1 : 0);
    expect(rejected.map((rejection) => rejection.reason)).toEqual(reason === undefined ? [] : [reason]);
  });
});
