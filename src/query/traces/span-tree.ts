import type { TraceSpan } from './trace.ts';

/** What a span is for, as pages colour it. */
export type SpanCategory = 'model' | 'retrieval' | 'tool' | 'safety' | 'agent' | 'other';

/** A span in its place in the tree. Times are milliseconds from the trace's earliest start. */
export interface TreeSpan {
  readonly span: TraceSpan;
  /** Index of the parent in the tree's list; null for roots and for spans whose parent never came. */
  readonly parent: number | null;
  readonly depth: number;
  readonly children: readonly number[];
  /** It names a parent that never came. */
  readonly parentMissing: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly category: SpanCategory;
}

export interface SpanTree {
  /** Depth first, children by start. */
  readonly spans: readonly TreeSpan[];
  readonly roots: readonly number[];
  readonly startUnixNano: bigint;
  readonly durationMs: number;
  /** Parents named by some span that never came. */
  readonly missingParents: number;
}

/** Operations in which a model itself works. */
const MODEL_OPERATIONS: ReadonlySet<string> = new Set(['chat', 'generate_content', 'text_completion', 'embeddings']);
const AGENT_OPERATIONS: ReadonlySet<string> = new Set(['invoke_agent', 'create_agent', 'invoke_workflow', 'plan']);
const RETRIEVAL_OPERATIONS: ReadonlySet<string> = new Set(['retrieval', 'rerank', 'reranker', 'search_memory']);
const GUARD_MODEL = /guard|moderation|shield/i;

export function isModelCall(span: TraceSpan): boolean {
  return span.operation !== null && MODEL_OPERATIONS.has(span.operation);
}

/**
 * Puts spans into a tree. Spans whose parent is missing are roots of their own; a ring of parents is cut at its
 * earliest span; of spans with the same id the first is the parent of its children.
 *
 * @param spans by start
 */
export function buildSpanTree(spans: readonly TraceSpan[]): SpanTree {
  const first = spans[0]?.startUnixNano ?? 0n;
  const byId = new Map<string, number>();
  spans.forEach((span, at) => {
    if (!byId.has(span.spanId)) byId.set(span.spanId, at);
  });
  const parentOf = spans.map((span, at) => {
    const parent = span.parentSpanId === null ? undefined : byId.get(span.parentSpanId);
    return parent === at ? undefined : parent;
  });
  const childrenOf = new Map<number, number[]>();
  const roots: number[] = [];
  parentOf.forEach((parent, at) => {
    if (parent === undefined) roots.push(at);
    else childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), at]);
  });

  const placed = new Int32Array(spans.length).fill(-1);
  const tree: Mutable<TreeSpan>[] = [];
  const rootPlaces: number[] = [];
  const place = (root: number): void => {
    // A stack of its own: a chain of 10,000 spans must not overflow the call stack.
    const stack: { at: number; parent: number | null }[] = [{ at: root, parent: null }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (placed[next.at] !== -1) continue;
      const span = spans[next.at]!;
      const parent = next.parent === null ? undefined : tree[next.parent];
      const place = tree.length;
      placed[next.at] = place;
      const startMs = Number(span.startUnixNano - first) / 1e6;
      tree.push({
        span,
        parent: next.parent,
        depth: parent === undefined ? 0 : parent.depth + 1,
        children: [],
        parentMissing: next.parent === null && span.parentSpanId !== null,
        startMs,
        endMs: startMs + Number(span.durationNano) / 1e6,
        category: categoryOf(span, parent?.category),
      });
      if (parent === undefined) rootPlaces.push(place);
      else parent.children = [...parent.children, place];
      const children = childrenOf.get(next.at) ?? [];
      for (let i = children.length - 1; i >= 0; i--) stack.push({ at: children[i]!, parent: place });
    }
  };
  roots.forEach(place);
  // What is left hangs in rings.
  spans.forEach((_, at) => {
    if (placed[at] === -1) place(at);
  });
  const missing = new Set<string>();
  for (const span of spans)
    if (span.parentSpanId !== null && !byId.has(span.parentSpanId)) missing.add(span.parentSpanId);
  return {
    spans: tree,
    roots: rootPlaces,
    startUnixNano: first,
    durationMs: tree.reduce((end, { endMs }) => Math.max(end, endMs), 0),
    missingParents: missing.size,
  };
}

/** A span that is not about GenAI belongs to what it serves: the HTTP call under a tool is the tool's. */
function categoryOf(span: TraceSpan, inherited: SpanCategory | undefined): SpanCategory {
  const { operation } = span;
  const model = span.requestModel ?? span.responseModel ?? '';
  if (operation === 'guardrail' || (operation !== null && GUARD_MODEL.test(model))) return 'safety';
  if (operation === 'embeddings' && inherited === 'retrieval') return 'retrieval';
  if (isModelCall(span)) return 'model';
  if (operation !== null && RETRIEVAL_OPERATIONS.has(operation)) return 'retrieval';
  if (operation === 'execute_tool' || span.tool !== null) return 'tool';
  if (operation !== null && AGENT_OPERATIONS.has(operation)) return 'agent';
  return inherited === undefined || inherited === 'agent' ? 'other' : inherited;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
