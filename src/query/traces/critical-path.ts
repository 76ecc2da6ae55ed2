import { phasesOf, type PhaseName } from './phases.ts';
import type { SpanCategory, SpanTree, TreeSpan } from './span-tree.ts';

export type PathKey = Exclude<PhaseName, 'whole'> | SpanCategory | 'no-span';

/** A stretch of the critical path; milliseconds from the trace's start. `at` is null where no span runs. */
export interface PathSegment {
  readonly at: number | null;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * What the trace's end waited for, in order of time and without gaps: from each span's end backwards, the child that
 * ended last before, and so on; what no child explains is the span's own time.
 */
export function criticalPath(tree: SpanTree): PathSegment[] {
  const segments: PathSegment[] = [];
  interface Frame {
    readonly at: number | null;
    readonly startMs: number;
    /** Children not looked at yet, the last to end at the end of the list. */
    readonly children: number[];
    cursor: number;
  }
  const byEnd = (children: readonly number[]): number[] =>
    [...children].sort((a, b) => tree.spans[a]!.endMs - tree.spans[b]!.endMs);
  const stack: Frame[] = [{ at: null, startMs: 0, children: byEnd(tree.roots), cursor: tree.durationMs }];
  while (stack.length > 0) {
    const frame = stack.at(-1)!;
    const next = frame.children.pop();
    if (next === undefined) {
      if (frame.cursor > frame.startMs) segments.push({ at: frame.at, startMs: frame.startMs, endMs: frame.cursor });
      stack.pop();
      continue;
    }
    const child = tree.spans[next]!;
    const startMs = Math.max(child.startMs, frame.startMs);
    const endMs = Math.min(child.endMs, frame.cursor);
    // Runs beside what is on the path already, or outside of its parent.
    if (endMs <= startMs || child.startMs >= frame.cursor) continue;
    if (frame.cursor > endMs) segments.push({ at: frame.at, startMs: endMs, endMs: frame.cursor });
    frame.cursor = startMs;
    stack.push({ at: next, startMs, children: byEnd(child.children), cursor: endMs });
  }
  return segments.reverse().sort((a, b) => a.startMs - b.startMs);
}

/** The path's length by what it was spent on; sums to the trace's duration. In order of first appearance. */
export function pathShares(tree: SpanTree, path: readonly PathSegment[]): Map<PathKey, number> {
  const shares = new Map<PathKey, number>();
  const add = (key: PathKey, ms: number): void => {
    if (ms > 0) shares.set(key, (shares.get(key) ?? 0) + ms);
  };
  for (const segment of path) {
    if (segment.at === null) add('no-span', segment.endMs - segment.startMs);
    else addSpan(tree.spans[segment.at]!, segment, add);
  }
  return shares;
}

function addSpan(node: TreeSpan, segment: PathSegment, add: (key: PathKey, ms: number) => void): void {
  let rest = segment.endMs - segment.startMs;
  for (const phase of phasesOf(node)) {
    if (phase.phase === 'whole') continue;
    const ms = Math.min(phase.endMs, segment.endMs) - Math.max(phase.startMs, segment.startMs);
    if (ms <= 0) continue;
    add(phase.phase, ms);
    rest -= ms;
  }
  // Rounding leaves a crumb where phases fill the segment.
  if (rest > 1e-6) add(node.category, rest);
}
