/** What every page shares: the state in the URL, the clock that live refresh moves, and how times are written. */
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { Zone } from '../kit/format.ts';
import { navigate, usePlace } from './location.ts';
import { useStored } from './stored.ts';
import { absoluteRange, DEFAULT_RANGE, resolveRange, type Range } from './time-range.ts';
import { parseOwn, parseShared, wantedValues, writeSearch, type SharedState } from './url-state.ts';

/** Whether live refresh runs: it pauses while something is selected, brushed, or the tab is hidden. */
export type LiveState = 'live' | 'paused' | 'off';

export interface View {
  readonly path: string;
  readonly shared: SharedState;
  /** The page's own keys. */
  readonly own: Readonly<Record<string, string>>;
  readonly range: Range;
  /** The range's text for requests: relative ranges are pinned to the page's clock, so that all panels ask alike. */
  readonly params: { readonly from: string; readonly to: string };
  /** Filters every endpoint of metrics knows. */
  readonly filters: { readonly model?: string[]; readonly deployment?: string[]; readonly tenant?: string };
  readonly live: LiveState;
  readonly zone: Zone;
  readonly setZone: (zone: Zone) => void;
  readonly setShared: (change: Partial<SharedState>, how?: 'push' | 'replace') => void;
  readonly setOwn: (change: Readonly<Record<string, string | undefined>>, how?: 'push' | 'replace') => void;
  /** Address of a page with range and filters carried along. */
  readonly href: (
    path: string,
    own?: Readonly<Record<string, string | undefined>>,
    change?: Partial<SharedState>,
  ) => string;
  /** This view as a link that shows the same later: absolute times. */
  readonly absoluteLink: () => string;
  /** Charts tell when a selection is being made, so that the data under it stands still. */
  readonly hold: (reason: string, on: boolean) => void;
  readonly refresh: () => void;
  /** Live refresh waits for what is tracked, so that a slow answer is used and not overtaken by its successor. */
  readonly track: <T>(request: Promise<T>) => Promise<T>;
}

const ViewContext = createContext<View | undefined>(undefined);
const REFRESH_MS = 10_000;
/** A request that takes longer no longer holds the refresh. */
const WAIT_MOST_MS = 60_000;

export function useView(): View {
  const view = useContext(ViewContext);
  if (view === undefined) throw new Error('useView outside of ViewProvider');
  return view;
}

export function ViewProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const { path, search } = usePlace();
  const shared = useMemo(() => parseShared(search), [search]);
  const own = useMemo(() => parseOwn(search), [search]);
  const [zone, setZone] = useStored<Zone>('sonde-zone', ['utc', 'local']);
  const { nowMs, live, hold, refresh, track } = useLiveClock(shared.live);

  const view = useMemo<View>(() => {
    const range = resolveRange(shared.range, nowMs);
    const write = (
      next: SharedState,
      ownKeys: Readonly<Record<string, string | undefined>>,
      how?: 'push' | 'replace',
    ) => navigate(path + writeSearch(next, ownKeys), how);
    const models = wantedValues(shared.filters, 'model');
    const deployments = wantedValues(shared.filters, 'deployment');
    const tenant = wantedValues(shared.filters, 'tenant')[0];
    return {
      path,
      shared,
      own,
      range,
      params: { from: String(Math.round(range.fromMs)), to: String(Math.round(range.toMs)) },
      filters: {
        ...(models.length > 0 ? { model: [...models] } : {}),
        ...(deployments.length > 0 ? { deployment: [...deployments] } : {}),
        ...(tenant === undefined ? {} : { tenant }),
      },
      live,
      zone,
      setZone,
      setShared: (change, how) => {
        write({ ...shared, ...change }, own, how);
        if (change.range !== undefined || change.live === true) refresh();
      },
      setOwn: (change, how) => write(shared, { ...own, ...change }, how),
      href: (to, ownKeys, change) => to + writeSearch({ ...shared, ...change }, ownKeys),
      absoluteLink: () => window.location.origin + path + writeSearch({ ...shared, range: absoluteRange(range) }, own),
      hold,
      refresh,
      track,
    };
  }, [path, shared, own, nowMs, live, zone, setZone, hold, refresh, track]);

  return <ViewContext value={view}>{children}</ViewContext>;
}

/** Address of the whole, unfiltered view of `path`. */
export function plainHref(path: string): string {
  return path + writeSearch({ range: DEFAULT_RANGE, live: true, filters: [] });
}

function useLiveClock(wanted: boolean) {
  const [nowMs, setNowMs] = useState(() => Date.now());
  const [blocked, setBlocked] = useState(false);
  const holds = useRef(new Set<string>());

  const look = useCallback(() => {
    const selecting = document.getSelection()?.type === 'Range';
    const stands = document.hidden || selecting || holds.current.size > 0;
    setBlocked(stands);
    return stands;
  }, []);
  const hold = useCallback(
    (reason: string, on: boolean) => {
      if (on) holds.current.add(reason);
      else holds.current.delete(reason);
      look();
    },
    [look],
  );
  const refresh = useCallback(() => setNowMs(Date.now()), []);
  const pending = useRef(new Set<Promise<unknown>>());
  const track = useCallback(<T,>(request: Promise<T>): Promise<T> => {
    pending.current.add(request);
    const done = () => void pending.current.delete(request);
    request.then(done, done);
    return request;
  }, []);

  useEffect(() => {
    if (!wanted) return undefined;
    let last = Date.now();
    const timer = setInterval(() => {
      const sinceMs = Date.now() - last;
      if (look() || sinceMs < REFRESH_MS || (pending.current.size > 0 && sinceMs < WAIT_MOST_MS)) return;
      last = Date.now();
      setNowMs(last);
    }, 1000);
    document.addEventListener('visibilitychange', look);
    document.addEventListener('selectionchange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      document.removeEventListener('selectionchange', look);
    };
  }, [wanted, look]);

  const live: LiveState = !wanted ? 'off' : blocked ? 'paused' : 'live';
  return { nowMs, live, hold, refresh, track };
}
