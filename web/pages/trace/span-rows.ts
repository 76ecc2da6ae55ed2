/** Which spans the waterfall shows: folded branches and spans off the critical path are left out. */
import type { Span } from '../../../src/serve/sonde/contract.ts';

/** A shown span with its index in the trace. */
export interface SpanRow {
  readonly span: Span;
  readonly index: number;
  readonly children: number;
  readonly folded: boolean;
}

/**
 * @param spans     depth first, as the server answers
 * @param folded    indices whose children are hidden
 * @param only      when given, only these indices are shown
 */
export function spanRows(
  spans: readonly Span[],
  folded: ReadonlySet<number>,
  only: ReadonlySet<number> | undefined,
): readonly SpanRow[] {
  const children = new Map<number, number>();
  for (const span of spans) if (span.parent !== null) children.set(span.parent, (children.get(span.parent) ?? 0) + 1);
  const rows: SpanRow[] = [];
  let hiddenBelow: number | undefined;
  spans.forEach((span, index) => {
    if (hiddenBelow !== undefined && span.depth > hiddenBelow) return;
    hiddenBelow = folded.has(index) ? span.depth : undefined;
    if (only !== undefined && !only.has(index)) return;
    rows.push({ span, index, children: children.get(index) ?? 0, folded: folded.has(index) });
  });
  return rows;
}

/** First and last row to draw of a long list; all of a short one. */
export function visibleWindow(
  count: number,
  scrollTop: number,
  viewHeight: number,
  rowHeight: number,
  extra = 20,
): readonly [number, number] {
  const from = Math.max(0, Math.floor(scrollTop / rowHeight) - extra);
  return [from, Math.min(count, Math.ceil((scrollTop + viewHeight) / rowHeight) + extra)];
}
