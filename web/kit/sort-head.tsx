import type { ReactNode } from 'react';
import { useView } from '../app/view.tsx';
import { nextSorting, parseSorting, writeSorting } from './sorting.ts';

/** A table head that sorts by its column. */
export function SortHead({
  column,
  right,
  title,
  initial,
  children,
}: {
  readonly column: string;
  readonly right?: boolean;
  readonly title?: string;
  /** Sorting of the table when the URL names none. */
  readonly initial?: string;
  readonly children: ReactNode;
}): ReactNode {
  const { own, setOwn } = useView();
  const sorting = parseSorting(own['sort'] ?? initial);
  const mine = sorting?.column === column ? sorting : undefined;
  return (
    <th
      scope="col"
      className={right === true ? 'r' : undefined}
      title={title}
      aria-sort={mine === undefined ? 'none' : mine.descending ? 'descending' : 'ascending'}
    >
      <button onClick={() => setOwn({ sort: writeSorting(nextSorting(sorting, column)), cursor: undefined })}>
        {children}
        {mine !== undefined && <span aria-hidden="true">{mine.descending ? ' ↓' : ' ↑'}</span>}
      </button>
    </th>
  );
}
