/**
 * The state of a page as its URL: range, live, filters travel with every link between pages; the other keys belong to
 * one page and stay behind. Theme and clock are the reader's, not the link's, and live in local storage.
 */
import { DEFAULT_RANGE, isRelative, type RangeText } from './time-range.ts';

/** `eq` and `ne` compare text, `gt` and `lt` numbers. */
export type FilterOp = 'eq' | 'ne' | 'gt' | 'lt';

export interface Filter {
  readonly key: string;
  readonly op: FilterOp;
  readonly value: string;
}

/** What every page shares. */
export interface SharedState {
  readonly range: RangeText;
  /** Refreshes every ten seconds. Only a range that ends now can be live. */
  readonly live: boolean;
  readonly filters: readonly Filter[];
}

/** Filters with a name of their own in the URL. */
export const NAMED_FILTERS = ['tenant', 'model', 'deployment'] as const;
const SHARED_KEYS: ReadonlySet<string> = new Set(['from', 'to', 'live', 'f', ...NAMED_FILTERS]);
const OPS: ReadonlySet<string> = new Set<FilterOp>(['eq', 'ne', 'gt', 'lt']);

/** Reads the shared state; what is absent or unreadable is the default. */
export function parseShared(search: string): SharedState {
  const params = new URLSearchParams(search);
  const range = { from: params.get('from') ?? DEFAULT_RANGE.from, to: params.get('to') ?? DEFAULT_RANGE.to };
  const filters: Filter[] = [];
  for (const key of NAMED_FILTERS) {
    for (const value of params.getAll(key)) if (value !== '') filters.push({ key, op: 'eq', value });
  }
  for (const text of params.getAll('f')) {
    const filter = parseFilter(text);
    if (filter) filters.push(filter);
  }
  return { range, live: isRelative(range) && params.get('live') !== 'off', filters };
}

/** `key:op:value`; the value may hold colons. */
export function parseFilter(text: string): Filter | undefined {
  const [key, op] = text.split(':', 2);
  if (key === undefined || key === '' || op === undefined || !OPS.has(op)) return undefined;
  const value = text.slice(key.length + op.length + 2);
  return value === '' ? undefined : { key, op: op as FilterOp, value };
}

/** The query string for `state` with a page's own keys; defaults are left out. Empty, or starting with `?`. */
export function writeSearch(state: SharedState, own: Readonly<Record<string, string | undefined>> = {}): string {
  const params = new URLSearchParams();
  if (state.range.from !== DEFAULT_RANGE.from) params.set('from', state.range.from);
  if (state.range.to !== DEFAULT_RANGE.to) params.set('to', state.range.to);
  if (!state.live && isRelative(state.range)) params.set('live', 'off');
  for (const { key, op, value } of state.filters) {
    if (op === 'eq' && (NAMED_FILTERS as readonly string[]).includes(key)) params.append(key, value);
    else params.append('f', `${key}:${op}:${value}`);
  }
  for (const [key, value] of Object.entries(own)) if (value !== undefined && value !== '') params.set(key, value);
  const text = params.toString().replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%2F', '/');
  return text === '' ? '' : `?${text}`;
}

/** A page's own keys, as the URL has them. */
export function parseOwn(search: string): Readonly<Record<string, string>> {
  const own: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(search)) if (!SHARED_KEYS.has(key)) own[key] = value;
  return own;
}

/** Filters with `filter` added; a filter already there is not added twice. */
export function withFilter(filters: readonly Filter[], filter: Filter): readonly Filter[] {
  return filters.some((f) => sameFilter(f, filter)) ? filters : [...filters, filter];
}

export function withoutFilter(filters: readonly Filter[], filter: Filter): readonly Filter[] {
  return filters.filter((f) => !sameFilter(f, filter));
}

export function sameFilter(a: Filter, b: Filter): boolean {
  return a.key === b.key && a.op === b.op && a.value === b.value;
}

/** The values that are asked for by equality, for one key. */
export function wantedValues(filters: readonly Filter[], key: string): readonly string[] {
  return filters.filter((f) => f.key === key && f.op === 'eq').map((f) => f.value);
}
