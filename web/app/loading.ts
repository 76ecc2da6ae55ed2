/** What a panel knows about its data; a reducer, so that the rules of loading are tested apart from React. */
import type { Problem } from '../../src/serve/sonde/contract.ts';

export interface Loading<T> {
  /** What arrived last; stays while a refresh runs or fails. */
  readonly data: T | undefined;
  /** Why the last request failed; gone once one succeeds. */
  readonly problem: Problem | undefined;
  /** When the running request began; undefined when none runs. Milliseconds. */
  readonly startedMs: number | undefined;
}

export type LoadingEvent<T> =
  | { readonly kind: 'started'; readonly atMs: number }
  | { readonly kind: 'arrived'; readonly data: T }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'stopped' };

/** Old data is never dropped: it is replaced. */
export function loadingReducer<T>(state: Loading<T>, event: LoadingEvent<T>): Loading<T> {
  switch (event.kind) {
    case 'started':
      return { ...state, startedMs: event.atMs };
    case 'arrived':
      return { data: event.data, problem: undefined, startedMs: undefined };
    case 'failed':
      return { ...state, problem: event.problem, startedMs: undefined };
    case 'stopped':
      return { ...state, startedMs: undefined };
  }
}
