import type { Ledger } from '../../self/ledger.ts';
import type { Signal } from '../../model/sink.ts';

export const SIGNALS: readonly Signal[] = ['metrics', 'traces', 'logs'];
/** Rates are taken over this long. */
const WINDOW_MS = 60_000;

interface Snapshot {
  readonly atMs: number;
  readonly kept: Readonly<Record<Signal, number>>;
}

/**
 * Rates and last arrivals, from the ledger's running sums looked at whenever someone asks. Between questions longer
 * apart than a minute the rate is the mean over the gap.
 */
export class IngestWatch {
  private readonly ledger: Ledger;
  private readonly snapshots: Snapshot[];
  /** `signal\0source` → count and when it last grew. */
  private readonly doors = new Map<string, { count: number; lastUnixMs: number }>();

  constructor(ledger: Ledger, startedUnixMs: number) {
    this.ledger = ledger;
    this.snapshots = [{ atMs: startedUnixMs, kept: { metrics: 0, traces: 0, logs: 0 } }];
  }

  look(nowMs: number): {
    readonly ratePerSecond: Record<Signal, number>;
    readonly lastUnixMs: Record<Signal, number | null>;
    readonly doors: readonly { source: string; signal: string; lastUnixMs: number }[];
  } {
    const kept = { metrics: 0, traces: 0, logs: 0 };
    const lastUnixMs: Record<Signal, number | null> = { metrics: null, traces: null, logs: null };
    for (const { signal, outcome, source, count } of this.ledger.totals()) {
      if (outcome !== 'kept') continue;
      kept[signal] += count;
      const key = `${signal}\0${source}`;
      const door = this.doors.get(key);
      if (door === undefined || door.count !== count) this.doors.set(key, { count, lastUnixMs: nowMs });
    }
    const doors = [...this.doors].map(([key, { lastUnixMs: at }]) => {
      const [signal, source] = key.split('\0') as [Signal, string];
      lastUnixMs[signal] = Math.max(lastUnixMs[signal] ?? 0, at);
      return { source, signal, lastUnixMs: at };
    });
    while (this.snapshots.length > 1 && this.snapshots[1]!.atMs <= nowMs - WINDOW_MS) this.snapshots.shift();
    const base = this.snapshots[0]!;
    const seconds = Math.max(1, (nowMs - base.atMs) / 1000);
    const ratePerSecond = { metrics: 0, traces: 0, logs: 0 };
    for (const signal of SIGNALS) ratePerSecond[signal] = Math.max(0, (kept[signal] - base.kept[signal]) / seconds);
    if (nowMs - this.snapshots.at(-1)!.atMs >= 1000) this.snapshots.push({ atMs: nowMs, kept });
    return { ratePerSecond, lastUnixMs, doors };
  }
}
