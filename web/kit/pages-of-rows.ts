import { useEffect, useState } from 'react';

/** Further rows behind a cursor, asked for one page at a time and forgotten when the question changes. */
export interface MoreRows<T> {
  readonly rows: readonly T[];
  readonly cursor: string | null;
  readonly loading: boolean;
  readonly failed: string | undefined;
  readonly load: () => void;
}

/**
 * @param question  what is asked; further rows belong to one question only
 * @param first     cursor after the first page; null when there is no more
 * @param ask       fetches the page behind a cursor
 */
export function useMoreRows<T>(
  question: string,
  first: string | null,
  ask: (
    cursor: string,
    signal: AbortSignal,
  ) => Promise<{ readonly rows: readonly T[]; readonly nextCursor: string | null }>,
): MoreRows<T> {
  const [state, setState] = useState<{
    rows: readonly T[];
    cursor: string | null | undefined;
    loading: boolean;
    failed: string | undefined;
  }>(NONE);
  useEffect(() => setState(NONE), [question]);
  const cursor = state.cursor === undefined ? first : state.cursor;
  const load = () => {
    if (cursor === null || state.loading) return;
    setState((s) => ({ ...s, loading: true, failed: undefined }));
    ask(cursor, new AbortController().signal).then(
      (page) =>
        setState((s) => ({
          rows: [...s.rows, ...page.rows],
          cursor: page.nextCursor,
          loading: false,
          failed: undefined,
        })),
      (error: unknown) =>
        setState((s) => ({ ...s, loading: false, failed: error instanceof Error ? error.message : String(error) })),
    );
  };
  return { rows: state.rows, cursor, loading: state.loading, failed: state.failed, load };
}

const NONE = { rows: [], cursor: undefined, loading: false, failed: undefined };
