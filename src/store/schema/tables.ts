import { LEDGER } from './ledger.ts';
import { LOGS } from './logs.ts';
import { EXEMPLARS, METADATA, NATIVE_HISTOGRAMS, SAMPLES, SERIES } from './metrics.ts';
import type { TableDescriptor } from './table.ts';
import { SPANS, TRACE_TIMES } from './traces.ts';

/** Every table of the store, by the name readers use for it. */
export const TABLES = {
  samples: SAMPLES,
  series: SERIES,
  nativeHistograms: NATIVE_HISTOGRAMS,
  exemplars: EXEMPLARS,
  metadata: METADATA,
  spans: SPANS,
  traceTimes: TRACE_TIMES,
  logs: LOGS,
  ledger: LEDGER,
} as const satisfies Record<string, TableDescriptor>;

export const ALL_TABLES: readonly TableDescriptor[] = Object.values(TABLES);
