/** Loading as the pages do it: old data stays until new data is there, and a load that is no longer wanted is aborted. */
import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import type { EndpointName, ParamsOf, Problem, ResponseOf } from '../../src/serve/sonde/contract.ts';
import { ask, RequestFailure } from '../api/client.ts';
import { useView } from './view.tsx';
import { loadingReducer, type Loading } from './loading.ts';

export type { Loading } from './loading.ts';

export interface Loaded<T> extends Loading<T> {
  /** Asks again. */
  readonly retry: () => void;
  /** Stops the running request. */
  readonly cancel: () => void;
}

/**
 * Runs `load` whenever `key` changes; an undefined key loads nothing and keeps what is there.
 * A component that shows another thing altogether must be mounted anew (React `key`).
 */
export function useData<T>(key: string | undefined, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, dispatch] = useReducer(loadingReducer<T>, {
    data: undefined,
    problem: undefined,
    startedMs: undefined,
  });
  const [attempt, setAttempt] = useState(0);
  const controller = useRef<AbortController | undefined>(undefined);
  const latestLoad = useRef(load);
  latestLoad.current = load;

  useEffect(() => {
    if (key === undefined) return undefined;
    const mine = new AbortController();
    controller.current = mine;
    dispatch({ kind: 'started', atMs: Date.now() });
    let retryTimer: ReturnType<typeof setTimeout> | undefined;
    latestLoad.current(mine.signal).then(
      (data) => !mine.signal.aborted && dispatch({ kind: 'arrived', data }),
      (error: unknown) => {
        if (mine.signal.aborted) return;
        const problem = problemOf(error);
        dispatch({ kind: 'failed', problem });
        if (problem.retryAfterMs !== null)
          retryTimer = setTimeout(() => setAttempt((n) => n + 1), problem.retryAfterMs);
      },
    );
    return () => {
      mine.abort();
      clearTimeout(retryTimer);
    };
  }, [key, attempt]);

  const retry = useCallback(() => setAttempt((n) => n + 1), []);
  const cancel = useCallback(() => {
    controller.current?.abort();
    dispatch({ kind: 'stopped' });
  }, []);
  return { ...state, retry, cancel };
}

/** `useData` for an endpoint of the contract; undefined `params` load nothing. */
export function useEndpoint<N extends EndpointName>(
  name: N,
  params: ParamsOf<N> | undefined,
  path: Readonly<Record<string, string>> = {},
): Loaded<ResponseOf<N>> {
  const key = params === undefined ? undefined : `${name} ${JSON.stringify(path)} ${JSON.stringify(params)}`;
  const { track } = useView();
  return useData(key, (signal) => track(ask(name, path, params as ParamsOf<N>, signal)));
}

function problemOf(error: unknown): Problem {
  if (error instanceof RequestFailure) return error.problem;
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'page',
    message: `This page failed: ${message}`,
    where: null,
    mend: 'reload the page',
    retryAfterMs: null,
  };
}
