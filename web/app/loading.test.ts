import { describe, expect, test } from 'vitest';
import type { Problem } from '../../src/serve/sonde/contract.ts';
import { loadingReducer, type Loading, type LoadingEvent } from './loading.ts';

const problem: Problem = { code: 'x', message: 'no', where: null, mend: null, retryAfterMs: null };
const none: Loading<number> = { data: undefined, problem: undefined, startedMs: undefined };
const after = (...events: LoadingEvent<number>[]) => events.reduce(loadingReducer<number>, none);

describe('loading', () => {
  test('the first load has nothing to show until it arrives', () => {
    expect(after({ kind: 'started', atMs: 5 })).toEqual({ data: undefined, problem: undefined, startedMs: 5 });
  });

  test('a refresh keeps the old data', () => {
    expect(after({ kind: 'arrived', data: 1 }, { kind: 'started', atMs: 9 })).toEqual({
      data: 1,
      problem: undefined,
      startedMs: 9,
    });
  });

  test('a failed refresh keeps the old data and says why', () => {
    const state = after({ kind: 'arrived', data: 1 }, { kind: 'started', atMs: 9 }, { kind: 'failed', problem });
    expect(state).toEqual({ data: 1, problem, startedMs: undefined });
  });

  test('a success forgets the failure', () => {
    expect(after({ kind: 'failed', problem }, { kind: 'arrived', data: 2 }).problem).toBeUndefined();
  });

  test('stopping leaves what is there', () => {
    expect(after({ kind: 'arrived', data: 1 }, { kind: 'started', atMs: 9 }, { kind: 'stopped' })).toEqual({
      data: 1,
      problem: undefined,
      startedMs: undefined,
    });
  });
});
