export {
  attributesAt,
  bigAt,
  droppedAt,
  hexAt,
  numberAt,
  textAt,
  textMapAt,
  textsAt,
  type AttributeValue,
} from './column-values.ts';
export { criticalPath, pathShares, type PathKey, type PathSegment } from './critical-path.ts';
export { findGaps, type TraceGap } from './gaps.ts';
export { phasesOf, type CallPhase, type PhaseName } from './phases.ts';
export { buildSpanTree, isModelCall, type SpanCategory, type SpanTree, type TreeSpan } from './span-tree.ts';
export { MODEL_OPERATIONS, type TraceFilter, type TraceListQuery, type TraceSort } from './sql.ts';
export { MAX_SPANS, readTrace, type StoredTrace, type TraceSpan } from './trace.ts';
export {
  listTraces,
  traceFacets,
  traceVolume,
  type TracePage,
  type TracePageRequest,
  type TraceSummary,
} from './trace-list.ts';
