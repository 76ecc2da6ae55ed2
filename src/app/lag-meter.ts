import type { IngestResult, Sink } from '../model/sink.ts';
import type { Clock } from '../util/clock.ts';

/** A sink that knows how long its oldest unanswered batch has been waiting. */
export interface LagMeter extends Sink {
  /** 0 when nothing waits. */
  lagMs(): number;
}

export function measureLag(next: Sink, clock: Clock): LagMeter {
  // Sets keep the order of insertion: the first is the oldest.
  const waiting = new Set<{ readonly sinceMs: number }>();
  const watch = (answer: Promise<IngestResult>): Promise<IngestResult> => {
    const entry = { sinceMs: clock.monotonicMs() };
    waiting.add(entry);
    return answer.finally(() => waiting.delete(entry));
  };
  return {
    spans: (batch, context) => watch(next.spans(batch, context)),
    logs: (batch, context) => watch(next.logs(batch, context)),
    metrics: (batch, context) => watch(next.metrics(batch, context)),
    lagMs() {
      for (const { sinceMs } of waiting) return clock.monotonicMs() - sinceMs;
      return 0;
    },
  };
}
