import { identifier, TABLES, type QueryParameters } from '../../store/index.ts';
import type { Matcher } from './matcher.ts';
import type { PushedAggregate, PushedFunction } from './source.ts';

/** A SELECT and the values of its `{name:Type}` places. */
export interface Statement {
  readonly sql: string;
  readonly params: QueryParameters;
}

/** Bits of the staleness marker, which survives storage as bits only. */
const STALE_BITS = '0x7ff0000000000002';

/** Last values of `Date` and, well within it, of `DateTime64(3)`. */
const LAST_DAY_MS = 65_535 * 86_400_000;
const LAST_TIME_MS = 10_000_000_000_000;

/** Conditions that matchers and times put on the series table, and the parameters they need. */
class Conditions {
  readonly params: Record<string, string | number | readonly string[]> = {};
  private readonly parts: string[] = [];
  private count = 0;

  constructor(tenant: string) {
    this.add(`tenant = ${this.text(tenant)}`);
  }

  add(condition: string): void {
    this.parts.push(condition);
  }

  /** A place for a text; the engine never reads it as SQL. */
  text(value: string): string {
    return this.place('String', value);
  }

  integer(value: number): string {
    return this.place('Int64', Math.trunc(value));
  }

  texts(values: readonly string[]): string {
    return this.place('Array(String)', values);
  }

  match(matchers: readonly Matcher[]): void {
    for (const matcher of matchers) {
      if (matcher.name === '__name__') this.add(this.nameCondition(matcher));
      // A label that is not there reads as the empty text, as matchers want it.
      else this.add(this.condition(`labels[${this.text(matcher.name)}]`, matcher));
    }
  }

  days(fromMs: number, toMs: number): void {
    // A day beyond the type's range would wrap round to its other end.
    const bound = (ms: number): number => Math.min(LAST_DAY_MS, Math.max(0, ms));
    const day = (ms: number): string => `toDate(fromUnixTimestamp64Milli(${this.integer(bound(ms))}, 'UTC'))`;
    this.add(`day >= ${day(fromMs)}`);
    this.add(`day <= ${day(toMs)}`);
  }

  times(fromMs: number, toMs: number): void {
    const bound = (ms: number): number => Math.min(LAST_TIME_MS, Math.max(-1, ms));
    this.add(`time > fromUnixTimestamp64Milli(${this.integer(bound(fromMs))})`);
    this.add(`time <= fromUnixTimestamp64Milli(${this.integer(bound(toMs))})`);
  }

  toString(): string {
    return this.parts.join(' AND ');
  }

  private nameCondition(matcher: Matcher): string {
    const names = matcher.op === '=~' ? literalAlternatives(matcher.value) : undefined;
    return names === undefined ? this.condition('metric', matcher) : `metric IN ${this.texts(names)}`;
  }

  private condition(column: string, { op, value }: Matcher): string {
    if (op === '=' || op === '!=') return `${column} ${op} ${this.text(value)}`;
    const matches = `match(${column}, ${this.text(`^(?s:${value})$`)})`;
    return op === '=~' ? matches : `NOT ${matches}`;
  }

  private place(type: string, value: string | number | readonly string[]): string {
    const name = `p${this.count++}`;
    this.params[name] = value;
    return `{${name}:${type}}`;
  }
}

/** The texts of a pattern like `a|b\\.c`; undefined if it is anything more. */
export function literalAlternatives(pattern: string): string[] | undefined {
  if (!/^(?:[\w:|]|\\\.)+$/.test(pattern)) return undefined;
  return pattern.split('|').map((text) => text.replaceAll('\\.', '.'));
}

/**
 * Metric, fingerprint and labels of the series that match, each once; beside them whether the tenant has any native
 * histogram, since where there is none (the usual case) nobody needs to ask again for these series.
 */
export function seriesSql(
  tenant: string,
  matchers: readonly Matcher[],
  fromMs: number,
  toMs: number,
  limit: number,
): Statement {
  const where = new Conditions(tenant);
  where.match(matchers);
  where.days(fromMs, toMs);
  const histograms = `SELECT count() > 0 FROM ${identifier(TABLES.nativeHistograms.name)} WHERE tenant = ${where.text(tenant)}`;
  const sql =
    `SELECT metric, fingerprint, labels, assumeNotNull((${histograms})) AS any_histograms FROM ${identifier(TABLES.series.name)} WHERE ${where.toString()} ` +
    `ORDER BY metric, fingerprint LIMIT 1 BY metric, fingerprint LIMIT ${Math.trunc(limit)}`;
  return { sql, params: where.params };
}

/** Which rows of the sample tables are meant. */
export interface SampleRange {
  readonly tenant: string;
  readonly metrics: readonly string[];
  /** All series of the metrics without. */
  readonly fingerprints: readonly bigint[] | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The metric stands beside the fingerprints, as it comes first in the table's key. */
function sampleConditions(range: SampleRange): Conditions {
  const where = new Conditions(range.tenant);
  where.add(`metric IN ${where.texts(range.metrics)}`);
  where.times(range.fromMs, range.toMs);
  if (range.fingerprints !== undefined) where.add(`fingerprint IN (${range.fingerprints.join()})`);
  return where;
}

export function countSamplesSql(range: SampleRange): Statement {
  const where = sampleConditions(range);
  const sql = `SELECT count() AS samples FROM ${identifier(TABLES.samples.name)} WHERE ${where.toString()}`;
  return { sql, params: where.params };
}

/** Fingerprint, `t` (milliseconds after `range.fromMs`) and value, in order of series and time. */
export function samplesSql(range: SampleRange): Statement {
  const where = sampleConditions(range);
  const number = range.toMs - range.fromMs < 2 ** 32 ? 'toUInt32' : 'toFloat64';
  const sql =
    `SELECT fingerprint, ${number}(toUnixTimestamp64Milli(time) - ${where.integer(range.fromMs)}) AS t, value ` +
    `FROM ${identifier(TABLES.samples.name)} WHERE ${where.toString()} ORDER BY metric, fingerprint, time`;
  return { sql, params: where.params };
}

export function countHistogramsSql(range: SampleRange): Statement {
  const where = sampleConditions(range);
  const sql = `SELECT count() AS samples FROM ${identifier(TABLES.nativeHistograms.name)} WHERE ${where.toString()}`;
  return { sql, params: where.params };
}

export function histogramsSql(range: SampleRange): Statement {
  const where = sampleConditions(range);
  const sql =
    `SELECT fingerprint, toFloat64(toUnixTimestamp64Milli(time)) AS t, schema, count, sum, zero_threshold, zero_count, ` +
    `positive_offsets, positive_lengths, positive_counts, negative_offsets, negative_lengths, negative_counts, ` +
    `custom_bounds, reset_hint FROM ${identifier(TABLES.nativeHistograms.name)} ` +
    `WHERE ${where.toString()} ORDER BY metric, fingerprint, time`;
  return { sql, params: where.params };
}

const GRID_FUNCTIONS: Readonly<Record<PushedFunction, string>> = {
  rate: 'timeSeriesRateToGrid',
  increase: 'timeSeriesIncreaseToGrid',
  delta: 'timeSeriesDeltaToGrid',
};
const GRID_AGGREGATES: Readonly<Record<PushedAggregate, string>> = {
  sum: 'sumKahanForEach',
  min: 'minForEach',
  max: 'maxForEach',
  count: 'countForEach',
  avg: 'sumKahanForEach',
};

export interface GridSelect {
  readonly range: SampleRange;
  readonly function: PushedFunction;
  readonly aggregate: PushedAggregate | undefined;
  /** Times of the data, offset taken off. */
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly windowMs: number;
  /** Group of each of `range.fingerprints`. */
  readonly groups: readonly number[];
  /** Factor of each of them; 1 without. */
  readonly scales: readonly number[] | undefined;
}

/**
 * Group `g` and its values `v` on the grid, with `n` the count of values in it for means and `samples` read.
 * Staleness markers, which the engine's functions do not know, are left out before.
 */
export function gridSql(select: GridSelect): Statement {
  const where = sampleConditions(select.range);
  where.add(`reinterpretAsUInt64(value) != ${STALE_BITS}`);
  const at = (ms: number): string => `fromUnixTimestamp64Milli(${Math.trunc(ms)}::Int64)`;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)}::Decimal64(3)`;
  const grid = [at(select.startMs), at(select.endMs), seconds(select.stepMs), seconds(select.windowMs)].join(', ');
  const fingerprints = `[${select.range.fingerprints!.join()}]`;
  const onGrid = `${GRID_FUNCTIONS[select.function]}(${grid})(time, value)`;
  const scaled =
    select.scales === undefined
      ? onGrid
      : `arrayMap(x -> x * transform(fingerprint, ${fingerprints}, [${select.scales.map(doubleLiteral).join()}], 1.), ${onGrid})`;
  const perSeries =
    `SELECT transform(fingerprint, ${fingerprints}, [${select.groups.join()}]::Array(Int32), -1::Int32) AS g, ` +
    `${scaled} AS r, count() AS c FROM ${identifier(TABLES.samples.name)} WHERE ${where.toString()} GROUP BY fingerprint`;
  const settings = 'SETTINGS allow_experimental_time_series_aggregate_functions = 1';
  if (select.aggregate === undefined) {
    return { sql: `SELECT g, r AS v, c AS samples FROM (${perSeries}) ${settings}`, params: where.params };
  }
  const counts = select.aggregate === 'avg' ? ', countForEach(r) AS n' : '';
  const sql =
    `SELECT g, ${GRID_AGGREGATES[select.aggregate]}(r) AS v${counts}, sum(c) AS samples ` +
    `FROM (${perSeries}) GROUP BY g ${settings}`;
  return { sql, params: where.params };
}

function doubleLiteral(value: number): string {
  return Number.isFinite(value) ? value.toExponential() : 'nan';
}

/** Names of labels of the series that match, `__name__` left out. */
export function labelNamesSql(tenant: string, matchers: readonly Matcher[], fromMs: number, toMs: number): Statement {
  const where = new Conditions(tenant);
  where.match(matchers);
  where.days(fromMs, toMs);
  const sql =
    `SELECT DISTINCT arrayJoin(mapKeys(labels)) AS name FROM ${identifier(TABLES.series.name)} ` +
    `WHERE ${where.toString()} ORDER BY name`;
  return { sql, params: where.params };
}

/** Values of one label (of `__name__`: metrics) among the series that match. */
export function labelValuesSql(
  tenant: string,
  name: string,
  matchers: readonly Matcher[],
  fromMs: number,
  toMs: number,
): Statement {
  const where = new Conditions(tenant);
  where.match(matchers);
  where.days(fromMs, toMs);
  const value = name === '__name__' ? 'toString(metric)' : `labels[${where.text(name)}]`;
  const sql =
    `SELECT DISTINCT ${value} AS value FROM ${identifier(TABLES.series.name)} ` +
    `WHERE ${where.toString()} AND ${value} != '' ORDER BY value`;
  return { sql, params: where.params };
}

export function metadataSql(tenant: string, family: string | undefined, limit: number): Statement {
  const where = new Conditions(tenant);
  if (family !== undefined) where.add(`family = ${where.text(family)}`);
  const sql =
    `SELECT family, argMax(type, updated) AS type, argMax(help, updated) AS help, argMax(unit, updated) AS unit ` +
    `FROM ${identifier(TABLES.metadata.name)} WHERE ${where.toString()} GROUP BY family ORDER BY family ` +
    `LIMIT ${Math.trunc(limit)}`;
  return { sql, params: where.params };
}

/** Exemplars of series, the newest first. */
export function exemplarsSql(range: SampleRange, limit: number): Statement {
  const where = sampleConditions(range);
  const sql =
    `SELECT fingerprint, toFloat64(toUnixTimestamp64Milli(time)) AS t, value, labels ` +
    `FROM ${identifier(TABLES.exemplars.name)} WHERE ${where.toString()} ORDER BY time DESC LIMIT ${Math.trunc(limit)}`;
  return { sql, params: where.params };
}
