/** The states every panel has besides its data: loading, empty, error, partial. */
import { useEffect, useState, type ReactNode } from 'react';
import type { Empty, Problem } from '../../src/serve/sonde/contract.ts';
import type { Loaded } from '../app/use-data.ts';
import { isRelative } from '../app/time-range.ts';
import { useView } from '../app/view.tsx';
import { formatDayClock, formatSeconds } from './format.ts';
import { Glyph } from './icons.tsx';
import { Link } from './link.tsx';

const QUIET_MS = 200;
const SLOW_MS = 2000;
const STALE_MS = 5000;

/** Milliseconds since `startedMs`, renewed a few times a second while it runs; 0 when nothing runs. */
function useElapsed(startedMs: number | undefined): number {
  const [nowMs, setNowMs] = useState(0);
  useEffect(() => {
    if (startedMs === undefined) return undefined;
    setNowMs(Date.now());
    const timer = setInterval(() => setNowMs(Date.now()), QUIET_MS);
    return () => clearInterval(timer);
  }, [startedMs]);
  return startedMs === undefined ? 0 : Math.max(0, nowMs - startedMs);
}

/**
 * Shows what a load has become: nothing for 200 ms, then a skeleton of the final size, then the data.
 * A refresh keeps the old data, and dims it after 5 s; a failed one adds a line that says so.
 */
export function Loads<T>({
  from,
  height,
  children,
}: {
  readonly from: Loaded<T>;
  /** Of the data, so that nothing jumps when it arrives; pixels. */
  readonly height: number;
  readonly children: (data: T) => ReactNode;
}): ReactNode {
  const elapsed = useElapsed(from.startedMs);
  if (from.data === undefined) {
    if (from.problem !== undefined && from.startedMs === undefined) {
      return <Failed problem={from.problem} retry={from.retry} height={Math.min(height, 240)} />;
    }
    if (from.startedMs === undefined && from.problem === undefined) {
      return (
        <div className="state" style={{ minHeight: height }}>
          <span>Stopped.</span>
          <button className="btn" onClick={from.retry}>
            Load
          </button>
        </div>
      );
    }
    return <Skeleton height={height} elapsedMs={elapsed} cancel={from.cancel} />;
  }
  return (
    <div className={elapsed > STALE_MS ? 'stale' : undefined} aria-busy={elapsed > QUIET_MS}>
      {from.problem !== undefined && (
        <Strip>{`Not refreshed: ${from.problem.message}. Older figures are shown.`}</Strip>
      )}
      {children(from.data)}
    </div>
  );
}

function Skeleton({ height, elapsedMs, cancel }: { height: number; elapsedMs: number; cancel: () => void }): ReactNode {
  return (
    <div style={{ minHeight: height }} aria-busy="true">
      {elapsedMs > QUIET_MS && <div className="skeleton" style={{ height: Math.max(24, height - 28) }} />}
      {elapsedMs > SLOW_MS && (
        <div className="small muted loading-line">
          reading for {formatSeconds(Math.floor(elapsedMs / 100) / 10)}
          <button className="btn quiet" onClick={cancel}>
            Stop
          </button>
        </div>
      )}
    </div>
  );
}

/** An error: the server's sentence, its position and what mends it. */
export function Failed({
  problem,
  retry,
  height,
}: {
  problem: Problem;
  retry?: () => void;
  height?: number;
}): ReactNode {
  return (
    <div className="state" role="alert" style={height === undefined ? undefined : { minHeight: height }}>
      <Glyph state="bad" />
      <b>
        {problem.where !== null && <span className="mono">{problem.where} </span>}
        {problem.message}
      </b>
      {problem.mend !== null && <span>{problem.mend}</span>}
      {problem.retryAfterMs !== null && <span>Asks again in {formatSeconds(problem.retryAfterMs / 1000)}.</span>}
      {retry !== undefined && (
        <button className="btn" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Nothing to draw, and which of three it is; zero is a value and never comes here. */
export function Nothing({ empty, height }: { readonly empty: Empty; readonly height?: number }): ReactNode {
  const { zone, shared, range, setShared, href } = useView();
  const around = (timeMs: number) => {
    const half = (range.toMs - range.fromMs) / 2;
    const iso = (t: number) => new Date(Math.round(t / 1000) * 1000).toISOString().replace('.000Z', 'Z');
    return { from: iso(timeMs - half), to: iso(Math.min(Date.now(), timeMs + half)) };
  };
  return (
    <div className="state compact" style={height === undefined ? undefined : { minHeight: height }}>
      {empty.kind === 'never-arrived' && (
        <>
          <b>{empty.what} never arrived</b>
          <Link className="small" href={href('/start')}>
            How to send it
          </Link>
        </>
      )}
      {empty.kind === 'not-in-range' && (
        <>
          <b>No {empty.what} in this range</b>
          {empty.lastUnixMs !== null && (
            <span className="row">
              <span>last seen {formatDayClock(empty.lastUnixMs, zone)}</span>
              <button className="btn" onClick={() => setShared({ range: around(empty.lastUnixMs ?? 0), live: false })}>
                Go there
              </button>
            </span>
          )}
          {empty.lastUnixMs === null && isRelative(shared.range) && <span>Widen the range to look further back.</span>}
        </>
      )}
      {empty.kind === 'filtered-away' && (
        <>
          <b>No {empty.what} with these filters</b>
          <button
            className="btn"
            onClick={() =>
              setShared({ filters: empty.filter === null ? [] : shared.filters.filter((f) => f.key !== empty.filter) })
            }
          >
            {empty.filter === null ? 'Remove all filters' : `Remove the filter on ${empty.filter}`}
          </button>
        </>
      )}
    </div>
  );
}

/** What is missing from what is shown. */
export function Strip({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <div className="note warn strip">
      <Glyph state="warn" />
      <span>{children}</span>
    </div>
  );
}
