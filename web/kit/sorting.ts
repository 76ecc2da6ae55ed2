/** Sorting of a table by one column, kept in the URL as `sort=column` or `sort=-column` (descending). */
export interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

export function parseSorting(text: string | undefined): Sorting | undefined {
  if (text === undefined || text === '' || text === '-') return undefined;
  return text.startsWith('-') ? { column: text.slice(1), descending: true } : { column: text, descending: false };
}

export function writeSorting({ column, descending }: Sorting): string {
  return descending ? `-${column}` : column;
}

/** What a click on a head does: numbers begin with the largest; a second click turns the order. */
export function nextSorting(now: Sorting | undefined, column: string): Sorting {
  return now?.column === column ? { column, descending: !now.descending } : { column, descending: true };
}

/** A sorted copy; what is absent comes last in either order. */
export function sortRows<T>(
  rows: readonly T[],
  value: (row: T) => number | string | null,
  descending: boolean,
): readonly T[] {
  return [...rows].sort((a, b) => {
    const x = value(a);
    const y = value(b);
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    const order = typeof x === 'string' || typeof y === 'string' ? String(x).localeCompare(String(y)) : x - y;
    return descending ? -order : order;
  });
}
