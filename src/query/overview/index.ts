export {
  readFilterValues,
  readLabelCounts,
  readLastKept,
  readLedger,
  readMetricNames,
  readPresentMetrics,
  readSeriesCounts,
  type LedgerLine,
  type SeriesCounts,
  type StoredMetricName,
} from './account.ts';
export {
  readModelCalls,
  readOtherPhases,
  slidingFirstTokenQuantile,
  slidingRatio,
  slidingSum,
  type CallSum,
  type ModelCalls,
  type OtherPhases,
} from './client-calls.ts';
export { readSlowestCalls, type SlowCall } from './exemplars.ts';
export type { SpanScope } from './sql.ts';
