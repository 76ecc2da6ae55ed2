/** The Prometheus API of this Sonde, as far as Explore and the query editor ask it. */
import type { Exemplar, Series, Unit } from '../../src/serve/sonde/contract.ts';
import type { Range } from '../app/time-range.ts';
import { fetchJson } from './client.ts';

/** One series of a range query, its values on the query's own time axis. */
export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (number | null)[];
}

export interface RangeAnswer {
  /** Unix seconds. */
  readonly t: readonly number[];
  readonly series: readonly RangeSeries[];
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  readonly samples: number;
  /** Until the answer was here; milliseconds. */
  readonly tookMs: number;
}

/** Evaluates `query` over `range`, every `stepS` seconds. @throws RequestFailure with the position of a fault in the query */
export async function queryRange(
  query: string,
  range: Range,
  stepS: number,
  signal: AbortSignal,
): Promise<RangeAnswer> {
  const begin = performance.now();
  const t = axisOf(range, stepS);
  const body = new URLSearchParams({
    query,
    start: String(t[0] ?? 0),
    end: String(t.at(-1) ?? 0),
    step: String(stepS),
  });
  const answer = (await fetchJson('/api/v1/query_range', {
    method: 'POST',
    body,
    signal,
  })) as PrometheusAnswer<QueryData>;
  const { data } = answer;
  const index = new Map(t.map((time, i) => [Math.round(time * 1000), i]));
  let samples = 0;
  const series = (data.resultType === 'matrix' ? data.result : []).map((one) => {
    const values = new Array<number | null>(t.length).fill(null);
    for (const [time, value] of one.values ?? []) {
      const at = index.get(Math.round(time * 1000));
      if (at !== undefined) values[at] = finiteOrNull(Number(value));
      samples += 1;
    }
    return { labels: one.metric, values };
  });
  return {
    t,
    series,
    warnings: answer.warnings ?? [],
    infos: answer.infos ?? [],
    samples,
    tookMs: performance.now() - begin,
  };
}

/** Exemplars of the series a query selects. */
export async function queryExemplars(query: string, range: Range, signal: AbortSignal): Promise<readonly Exemplar[]> {
  const params = new URLSearchParams({ query, start: String(range.fromMs / 1000), end: String(range.toMs / 1000) });
  const answer = (await fetchJson(`/api/v1/query_exemplars?${params}`, { signal })) as PrometheusAnswer<
    readonly ExemplarSeries[]
  >;
  return answer.data.flatMap((series) =>
    series.exemplars.flatMap((one) => {
      const traceId = one.labels['trace_id'] ?? one.labels['traceID'] ?? one.labels['traceId'];
      if (traceId === undefined) return [];
      return [
        {
          unixMs: Number(one.timestamp) * 1000,
          value: Number(one.value),
          traceId,
          spanId: one.labels['span_id'] ?? null,
          service: series.seriesLabels['service_name'] ?? series.seriesLabels['job'] ?? null,
          overLimit: false,
        },
      ];
    }),
  );
}

/** Names of labels, of one metric when given. */
export async function labelNames(metric: string | undefined, signal?: AbortSignal): Promise<string[]> {
  const params = new URLSearchParams(metric === undefined || metric === '' ? {} : { 'match[]': metric });
  const answer = (await fetchJson(
    `/api/v1/labels?${params}`,
    signal === undefined ? {} : { signal },
  )) as PrometheusAnswer<string[]>;
  return answer.data;
}

/** Values of a label, of one metric when given. */
export async function labelValues(label: string, metric: string | undefined): Promise<string[]> {
  const params = new URLSearchParams(metric === undefined || metric === '' ? {} : { 'match[]': metric });
  const answer = (await fetchJson(
    `/api/v1/label/${encodeURIComponent(label)}/values?${params}`,
    {},
  )) as PrometheusAnswer<string[]>;
  return answer.data;
}

/** What a series is called: only the labels in which the series of an answer differ; all of them when there is one. */
export function seriesNames(series: readonly RangeSeries[]): readonly string[] {
  const keys = new Set(series.flatMap((one) => Object.keys(one.labels)));
  const first = series[0];
  const differing = [...keys].filter(
    (key) => series.length > 1 && series.some((one) => one.labels[key] !== first?.labels[key]),
  );
  return series.map((one) => {
    const shown = (differing.length > 0 ? differing : [...keys]).filter(
      (key) => key !== '__name__' && one.labels[key] !== undefined,
    );
    const name = differing.length === 0 || differing.includes('__name__') ? (one.labels['__name__'] ?? '') : '';
    const labels = shown.sort().map((key) => `${key}=${one.labels[key]}`);
    return [name, ...labels].filter((part) => part !== '').join(' ') || 'value';
  });
}

/** The series of an answer as curves of a chart. */
export function asCurves(series: readonly RangeSeries[]): readonly Series[] {
  const names = seriesNames(series);
  return series.map((one, i) => ({
    name: names[i] ?? 'value',
    role: 'main' as const,
    key: null,
    values: [...one.values],
  }));
}

/** The unit that the metric names of a query promise; counters under `rate` become "per second" counts. */
export function unitOfQuery(query: string): Unit {
  if (/histogram_count|\bcount\b\s*(by|without|\()/.test(query)) return 'count';
  const divided = query.includes('/');
  if (/_seconds(_bucket)?\b/.test(query) && /histogram_quantile|histogram_avg|_seconds\s*($|\{)/.test(query))
    return 's';
  if (/_seconds_sum\b/.test(query) && divided && /_seconds_count\b/.test(query)) return 's';
  if (divided) return 'count';
  if (/_(ratio|perc|usage_perc)\b/.test(query)) return 'ratio';
  if (/_bytes(_total)?\b/.test(query)) return 'bytes';
  if (/_celsius\b/.test(query)) return 'celsius';
  if (/_watts\b/.test(query)) return 'watts';
  return 'count';
}

interface PrometheusAnswer<T> {
  readonly data: T;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

interface QueryData {
  readonly resultType: string;
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly values?: readonly (readonly [number, string])[];
  }[];
}

interface ExemplarSeries {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: string;
    readonly timestamp: number;
  }[];
}

/** Steps aligned to multiples of the step, so that a live refresh asks for the same points again. */
function axisOf({ fromMs, toMs }: Range, stepS: number): number[] {
  const t: number[] = [];
  for (let at = Math.ceil(fromMs / 1000 / stepS) * stepS; at <= toMs / 1000; at += stepS) t.push(at);
  return t;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
