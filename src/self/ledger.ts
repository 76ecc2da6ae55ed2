import type { Signal } from '../model/sink.ts';

/** What became of what arrived. `received = kept + dropped + rejected`, per signal; `changed` counts beside them. */
export const OUTCOMES = ['received', 'kept', 'dropped', 'rejected', 'changed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface LedgerEntry {
  readonly tenant: string;
  readonly signal: Signal;
  readonly outcome: Outcome;
  /** Why: a bounded set of names such as `content:gen_ai.input.messages`, `label-ban:user_id`, `bad-timestamp`. */
  readonly reason: string;
  /** The door it came through, as in `IngestContext.source`. */
  readonly source: string;
  /** Records, or for `changed` fields and labels. */
  readonly count: number;
  readonly bytes: number;
}

/**
 * Sonde's account of all that it received, kept and lost. Whoever drops or changes anything records it here;
 * `drain` hands what has gathered to the store (table `ledger`), `totals` feeds /metrics. No drop without a named,
 * counted reason.
 */
export class Ledger {
  private readonly pending = new Map<string, Mutable<LedgerEntry>>();
  private readonly sums = new Map<string, Mutable<LedgerEntry>>();

  record(entry: LedgerEntry): void {
    if (entry.count === 0) return;
    const key = `${entry.tenant}\0${entry.signal}\0${entry.outcome}\0${entry.reason}\0${entry.source}`;
    add(this.pending, key, entry);
    add(this.sums, key, entry);
  }

  /** What was recorded since the last drain. */
  drain(): LedgerEntry[] {
    const entries = [...this.pending.values()];
    this.pending.clear();
    return entries;
  }

  /** Sums since start. */
  totals(): readonly LedgerEntry[] {
    return [...this.sums.values()];
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function add(map: Map<string, Mutable<LedgerEntry>>, key: string, entry: LedgerEntry): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, { ...entry });
  else {
    known.count += entry.count;
    known.bytes += entry.bytes;
  }
}
