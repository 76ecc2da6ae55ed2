import { CUSTOM_BUCKETS_SCHEMA, RESET_HINT, type ResetHint } from '../../src/model/histogram.ts';
import { parseDurationMs } from '../../src/util/duration.ts';
import { combine } from '../../src/query/promql/histogram/arithmetic.ts';
import { FloatHistogram, NO_BUCKETS, type Buckets } from '../../src/query/promql/histogram/float-histogram.ts';
import { LabelSet } from '../../src/query/promql/label-set.ts';
import { parseNumber, unquote } from '../../src/query/promql/syntax/literals.ts';

/** One point of a series line: nothing, a number, a staleness marker or a histogram. */
export type Point =
  | { readonly kind: 'omitted' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'histogram'; readonly histogram: FloatHistogram; readonly hintGiven: boolean };

export interface SeriesLine {
  readonly labels: LabelSet;
  /** The line gives start timestamps (`metric@st`), in `points` as milliseconds relative to the sample. */
  readonly startTimes: boolean;
  readonly points: readonly Point[];
}

const OMITTED: Point = { kind: 'omitted' };

/**
 * A line like `metric{a="b"} 1+2x3 _ stale {{schema:0 count:4}}` of Prometheus's test language.
 * @see https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
 */
export function parseSeriesLine(line: string): SeriesLine {
  const head =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)?\s*(\{(?!\{)(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|[^"'`}])*\})?(@st)?/.exec(
      line,
    );
  if (head === null || head[0] === '') throw new Error(`no series in ${JSON.stringify(line)}`);
  const labels = parseLabels(head[1], head[2]);
  const startTimes = head[3] !== undefined;
  const rest = line.slice(head[0].length).trim();
  const points = startTimes ? rest.split(/\s+/).flatMap(startTimePoints) : parsePoints(rest);
  return { labels, startTimes, points };
}

function parseLabels(metric: string | undefined, braces: string | undefined): LabelSet {
  const labels: [string, string][] = metric === undefined ? [] : [['__name__', metric]];
  const item =
    /("(?:\\.|[^"\\])*"|[a-zA-Z_][a-zA-Z0-9_]*)\s*(?:=\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`))?\s*(?:,|$)/gy;
  const text = (braces ?? '{}').slice(1, -1).trim();
  let end = 0;
  while (end < text.length) {
    while (/\s/.test(text[end]!)) end++;
    item.lastIndex = end;
    const match = item.exec(text);
    if (match === null) throw new Error(`bad labels ${text}`);
    end = item.lastIndex;
    const name = match[1]!.startsWith('"') ? unquote(match[1]!)! : match[1]!;
    if (match[2] === undefined) labels.push(['__name__', name]);
    else labels.push([name, unquote(match[2])!]);
  }
  return LabelSet.of(labels);
}

export function parsePoints(text: string): Point[] {
  const points: Point[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const item = /^(?:\{\{.*?\}\}(?:[+-]\{\{.*?\}\})?(?:x\d+)?|\S+)/.exec(rest)![0];
    points.push(...pointsOf(item));
    rest = rest.slice(item.length).trim();
  }
  return points;
}

function pointsOf(item: string): Point[] {
  if (item === '_') return [OMITTED];
  if (item === 'stale') return [{ kind: 'stale' }];
  const gap = /^_x(\d+)$/.exec(item);
  if (gap !== null) return repeat(Number(gap[1]), () => OMITTED);
  const histograms = /^(\{\{.*?\}\})(?:([+-])(\{\{.*?\}\}))?(?:x(\d+))?$/.exec(item);
  if (histograms !== null) return histogramPoints(histograms);
  const number = String.raw`[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|nan)`;

  const match = new RegExp(`^(${number})(?:([+-]${number.slice(5)})?x(\\d+))?$`, 'i').exec(item);
  if (match === null) throw new Error(`bad value ${JSON.stringify(item)}`);
  const start = parseNumber(match[1]!)!;
  const step = match[2] === undefined ? 0 : parseNumber(match[2])!;
  let value = start;
  return repeat(Number(match[3] ?? 0) + 1, () => {
    const point: Point = { kind: 'float', value };
    value += step;
    return point;
  });
}

function histogramPoints(match: RegExpExecArray): Point[] {
  const first = parseHistogram(match[1]!);
  const step = match[3] === undefined ? undefined : parseHistogram(match[3]).histogram;
  let histogram = first.histogram;
  return repeat(Number(match[4] ?? 0) + 1, () => {
    const point: Point = { kind: 'histogram', histogram, hintGiven: first.hintGiven };
    if (step !== undefined) histogram = combine(histogram, step, match[2] === '-' ? -1 : 1)!;
    return point;
  });
}

const HINTS: Readonly<Record<string, ResetHint>> = {
  unknown: RESET_HINT.UNKNOWN,
  reset: RESET_HINT.RESET,
  not_reset: RESET_HINT.NOT_RESET,
  gauge: RESET_HINT.GAUGE,
};

/** `{{schema:0 sum:5 count:4 buckets:[1 2 1]}}` */
export function parseHistogram(text: string): { histogram: FloatHistogram; hintGiven: boolean } {
  const fields = new Map<string, string>();
  for (const match of text.slice(2, -2).matchAll(/([a-z_]+):(\[[^\]]*\]|\S+)/g)) {
    if (fields.has(match[1]!)) throw new Error(`duplicate key ${match[1]} in histogram`);
    fields.set(match[1]!, match[2]!);
  }
  const number = (name: string): number => {
    const field = fields.get(name);
    const value = field === undefined ? 0 : parseNumber(field);
    if (value === undefined) throw new Error(`bad ${name} in histogram ${text}`);
    return value;
  };
  const list = (name: string): number[] =>
    (fields.get(name) ?? '[]')
      .slice(1, -1)
      .split(/\s+/)
      .filter((part) => part !== '')
      .map((part) => parseNumber(part)!);
  const buckets = (name: string, offset: string): Buckets => {
    const count = list(name);
    return count.length === 0 ? NO_BUCKETS : { index: count.map((_, i) => number(offset) + i), count };
  };
  const schema = number('schema');
  const hint = fields.get('counter_reset_hint');
  const histogram = new FloatHistogram({
    schema,
    count: number('count'),
    sum: number('sum'),
    zeroThreshold: number('z_bucket_w'),
    zeroCount: number('z_bucket'),
    positive: buckets('buckets', 'offset'),
    negative: buckets('n_buckets', 'n_offset'),
    bounds: schema === CUSTOM_BUCKETS_SCHEMA ? list('custom_values') : [],
    resetHint: HINTS[hint ?? 'unknown']!,
  });
  return { histogram, hintGiven: hint !== undefined };
}

/** `-1m`, `30sx3`, `-30s-1mx2`, `_`. */
function startTimePoints(item: string): Point[] {
  if (item === '_') return [OMITTED];
  const gap = /^_x(\d+)$/.exec(item);
  if (gap !== null) return repeat(Number(gap[1]), () => OMITTED);
  const match = /^([+-]?)(\d+(?:ms|[smhdwy])?)(?:([+-])(\d+(?:ms|[smhdwy])?))?(?:x(\d+))?$/.exec(item);
  if (match === null) throw new Error(`bad start time ${JSON.stringify(item)}`);
  const ms = (sign: string | undefined, text: string | undefined): number =>
    text === undefined ? 0 : (sign === '-' ? -1 : 1) * (parseDurationMs(text) ?? NaN);
  let value = ms(match[1], match[2]);
  return repeat(Number(match[5] ?? 0) + 1, () => {
    const point: Point = { kind: 'float', value };
    value += ms(match[3], match[4]);
    return point;
  });
}

function repeat(count: number, make: () => Point): Point[] {
  return Array.from({ length: count }, make);
}
