import type { SpanTree } from './span-tree.ts';

/** A stretch in which nothing was traced but the spans that wait. Milliseconds from the trace's start. */
export interface TraceGap {
  readonly startMs: number;
  readonly endMs: number;
  /** Deepest span that covers it; null when none does. */
  readonly under: number | null;
}

/** Gaps shorter than this share of the trace are of no interest. */
const LEAST_SHARE = 0.05;

/** Stretches that no leaf span covers, of at least 5 % of the trace; none for a trace of one span. */
export function findGaps(tree: SpanTree): TraceGap[] {
  const leaves = tree.spans.filter(({ children }) => children.length === 0).sort((a, b) => a.startMs - b.startMs);
  if (tree.spans.length < 2) return [];
  const least = tree.durationMs * LEAST_SHARE;
  const gaps: TraceGap[] = [];
  let covered = 0;
  for (const { startMs, endMs } of [...leaves, { startMs: tree.durationMs, endMs: tree.durationMs }]) {
    if (startMs - covered >= least && startMs > covered) {
      gaps.push({ startMs: covered, endMs: startMs, under: deepestOver(tree, covered, startMs) });
    }
    covered = Math.max(covered, endMs);
  }
  return gaps;
}

function deepestOver(tree: SpanTree, startMs: number, endMs: number): number | null {
  let deepest: number | null = null;
  tree.spans.forEach((node, at) => {
    const covers = node.startMs <= startMs + 1e-6 && node.endMs >= endMs - 1e-6;
    if (covers && (deepest === null || node.depth > tree.spans[deepest]!.depth)) deepest = at;
  });
  return deepest;
}
