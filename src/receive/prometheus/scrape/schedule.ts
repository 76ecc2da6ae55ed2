/**
 * When a target's first scrape is due: each target has a fixed place within the interval, by the hash of its
 * identity, so that targets spread evenly and a restart does not move them (as Prometheus does).
 *
 * @param hash 32 bits that identify the target
 * @returns 0 ≤ delay < interval
 */
export function firstDelayMs(nowMs: number, intervalMs: number, hash: number): number {
  const offsetMs = Math.floor((hash / 2 ** 32) * intervalMs);
  return (((offsetMs - nowMs) % intervalMs) + intervalMs) % intervalMs;
}

/** A scrape this much beside its time is stamped with its time, so that timestamps stay regular and pack well. */
const ALIGNMENT_MS = 10;

/** The timestamp of a scrape that was due at `dueMs` and began at `nowMs`. */
export function scrapeTimeMs(dueMs: number, nowMs: number, intervalMs: number): number {
  return Math.abs(nowMs - dueMs) <= Math.min(ALIGNMENT_MS, intervalMs / 100) ? dueMs : nowMs;
}

/** The next time behind `nowMs` on the grid of `dueMs` and the interval, and how many were missed on the way. */
export function nextDue(dueMs: number, nowMs: number, intervalMs: number): { readonly dueMs: number; missed: number } {
  const behind = Math.floor((nowMs - dueMs) / intervalMs);
  // A clock set back must not stop the scrapes until it has caught up.
  if (behind < -1) return { dueMs: nowMs + intervalMs, missed: 0 };
  const steps = Math.max(1, behind + 1);
  return { dueMs: dueMs + steps * intervalMs, missed: steps - 1 };
}
