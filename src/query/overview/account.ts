import type { StoreReader } from '../../store/index.ts';
import { numberAt, textAt } from '../traces/index.ts';
import {
  filterValuesSql,
  lastKeptBySourceSql,
  ledgerSql,
  metricNamesSql,
  presentMetricsSql,
  seriesByLabelSql,
  seriesByMetricSql,
  type SpanScope,
} from './sql.ts';

/** What became of some of what arrived in one minute; words as in `self/ledger.ts`. */
export interface LedgerLine {
  readonly minuteUnixMs: number;
  readonly signal: string;
  readonly outcome: string;
  readonly reason: string;
  readonly source: string;
  readonly count: number;
  readonly bytes: number;
}

export async function readLedger(
  reader: StoreReader,
  tenant: string,
  fromUnixMs: number,
  toUnixMs: number,
  signal: AbortSignal,
): Promise<LedgerLine[]> {
  const { sql, params } = ledgerSql(tenant, fromUnixMs, toUnixMs);
  const set = await reader.columns(sql, { params, signal });
  return Array.from({ length: set.rows }, (_, row) => ({
    minuteUnixMs: numberAt(set.get('minute'), row)! * 1000,
    signal: textAt(set.get('signal'), row),
    outcome: textAt(set.get('outcome'), row),
    reason: textAt(set.get('reason'), row),
    source: textAt(set.get('source'), row),
    count: numberAt(set.get('records'), row)!,
    bytes: numberAt(set.get('size'), row)!,
  }));
}

/** When something was last kept, by door and signal, to the minute. */
export async function readLastKept(
  reader: StoreReader,
  tenant: string,
  signal: AbortSignal,
): Promise<{ source: string; signal: string; unixMs: number }[]> {
  const { sql, params } = lastKeptBySourceSql(tenant);
  const set = await reader.columns(sql, { params, signal });
  return Array.from({ length: set.rows }, (_, row) => ({
    source: textAt(set.get('source'), row),
    signal: textAt(set.get('signal'), row),
    unixMs: numberAt(set.get('last'), row)! * 1000,
  }));
}

export interface SeriesCounts {
  /** Distinct series on the days of the range. */
  readonly total: number;
  readonly byMetric: readonly { readonly metric: string; readonly series: number }[];
}

export async function readSeriesCounts(
  reader: StoreReader,
  tenant: string,
  fromUnixMs: number,
  toUnixMs: number,
  limit: number,
  signal: AbortSignal,
): Promise<SeriesCounts> {
  const { sql, params } = seriesByMetricSql(tenant, fromUnixMs, toUnixMs, limit);
  const set = await reader.columns(sql, { params, signal });
  return {
    total: set.rows === 0 ? 0 : numberAt(set.get('total'), 0)!,
    byMetric: Array.from({ length: set.rows }, (_, row) => ({
      metric: textAt(set.get('metric'), row),
      series: numberAt(set.get('n'), row)!,
    })),
  };
}

export async function readLabelCounts(
  reader: StoreReader,
  tenant: string,
  fromUnixMs: number,
  toUnixMs: number,
  limit: number,
  signal: AbortSignal,
): Promise<{ label: string; values: number; series: number }[]> {
  const { sql, params } = seriesByLabelSql(tenant, fromUnixMs, toUnixMs, limit);
  const set = await reader.columns(sql, { params, signal });
  return Array.from({ length: set.rows }, (_, row) => ({
    label: textAt(set.get('label'), row),
    values: numberAt(set.get('distinct_values'), row)!,
    series: numberAt(set.get('n'), row)!,
  }));
}

/** Names of stored metrics that have series on the days of the range. */
export async function readPresentMetrics(
  reader: StoreReader,
  tenant: string,
  fromUnixMs: number,
  toUnixMs: number,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { sql, params } = presentMetricsSql(tenant, fromUnixMs, toUnixMs);
  const set = await reader.columns(sql, { params, signal });
  return new Set(set.rows === 0 ? [] : set.strings('metric'));
}

export interface StoredMetricName {
  readonly name: string;
  readonly series: number;
  /** What the sender says of the family; empty when it says nothing. */
  readonly type: string;
  readonly unit: string;
  readonly help: string;
}

/** Names of stored metrics that contain `text`, by name. */
export async function readMetricNames(
  reader: StoreReader,
  tenant: string,
  fromUnixMs: number,
  toUnixMs: number,
  text: string,
  limit: number,
  signal: AbortSignal,
): Promise<StoredMetricName[]> {
  const { sql, params } = metricNamesSql(tenant, fromUnixMs, toUnixMs, text, limit);
  const set = await reader.columns(sql, { params, signal });
  return Array.from({ length: set.rows }, (_, row) => ({
    name: textAt(set.get('metric'), row),
    series: numberAt(set.get('n'), row)!,
    type: textAt(set.get('type'), row),
    unit: textAt(set.get('unit'), row),
    help: textAt(set.get('help'), row),
  }));
}

/** Model calls by model and service; `model` is '' for spans that are about none. */
export async function readFilterValues(
  reader: StoreReader,
  scope: SpanScope,
  signal: AbortSignal,
): Promise<{ model: string; service: string; calls: number; spans: number }[]> {
  const { sql, params } = filterValuesSql(scope);
  const set = await reader.columns(sql, { params, signal, limits: { timeoutMs: 15_000 } });
  return Array.from({ length: set.rows }, (_, row) => ({
    model: textAt(set.get('model'), row),
    service: textAt(set.get('service_name'), row),
    calls: numberAt(set.get('calls'), row)!,
    spans: numberAt(set.get('spans'), row)!,
  }));
}
