/** Sum of a delta stream so far; each kind of point adds its own fields. */
export interface DeltaState {
  /** Time of the last point, nanoseconds as a double; 0 before the first. */
  lastNano: number;
  /** For idling out. */
  lastSeenMs: number;
  /** True once the stream was forgotten; whoever holds the state opens it anew. */
  closed: boolean;
}

/** How a point stands to the points before it. */
export type DeltaOrder = 'first' | 'next' | 'repeat' | 'late';

const SWEEP_EVERY_MS = 60_000;

/**
 * The running sums that turn delta temporality into cumulative, by series. Bounded: at `limit` streams, those idle
 * for `idleMs` make room; if there are none, `open` gives undefined and the point must be refused.
 *
 * A sum starts from zero when its stream is new to this process, which readers see as a counter reset; increase
 * and rate stay right.
 */
export class DeltaStreams<S extends DeltaState> {
  private readonly states = new Map<string, S>();
  private readonly limit: number;
  private readonly idleMs: number;
  private sweptMs = 0;

  constructor(limit: number, idleMs: number) {
    this.limit = limit;
    this.idleMs = idleMs;
  }

  get size(): number {
    return this.states.size;
  }

  /** The state of `key`, made by `make` when it is new; undefined when there is no room. */
  open(key: string, nowMs: number, make: () => S): S | undefined {
    const known = this.states.get(key);
    if (known !== undefined) return known;
    if (nowMs - this.sweptMs >= SWEEP_EVERY_MS) this.sweep(nowMs);
    if (this.states.size >= this.limit) return undefined;
    const state = make();
    state.lastSeenMs = nowMs;
    this.states.set(key, state);
    return state;
  }

  private sweep(nowMs: number): void {
    this.sweptMs = nowMs;
    for (const [key, state] of this.states) {
      if (nowMs - state.lastSeenMs < this.idleMs) continue;
      state.closed = true;
      this.states.delete(key);
    }
  }
}

/**
 * Places a point of `timeNano` behind the last one and notes it as the last. A point with the last one's time is
 * the resending of a request that was not acknowledged: its value is in the sum already. An older one cannot be
 * placed.
 */
export function advance(state: DeltaState, timeNano: number, nowMs: number): DeltaOrder {
  state.lastSeenMs = nowMs;
  if (state.lastNano === 0) {
    state.lastNano = timeNano;
    return 'first';
  }
  if (timeNano === state.lastNano) return 'repeat';
  if (timeNano < state.lastNano) return 'late';
  state.lastNano = timeNano;
  return 'next';
}
