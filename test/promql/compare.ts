import { nearlyEqual } from '../../src/query/promql/histogram/classic.ts';
import type { FloatHistogram } from '../../src/query/promql/histogram/float-histogram.ts';
import { LabelSet } from '../../src/query/promql/label-set.ts';
import { timeAt } from '../../src/query/promql/grid.ts';
import { formatFloat } from '../../src/query/promql/number-format.ts';
import type { QueryResult, QueryValue } from '../../src/query/promql/run.ts';
import { FLOAT, HISTOGRAM } from '../../src/query/promql/series.ts';
import type { EvalCommand, Expectation } from './script.ts';
import type { Point } from './series-notation.ts';

const TOLERANCE = 1e-6;

interface Found {
  readonly labels: LabelSet;
  readonly points: Map<number, number | FloatHistogram>;
}

/** What is wrong with a result; empty if nothing. */
export function compareResult(command: EvalCommand, result: QueryResult): string[] {
  return [...compareValue(command, result.value), ...compareAnnotations(command, result)];
}

export function compareError(command: EvalCommand, message: string): string[] {
  return command.expectations.fail.every((expectation) => meets(expectation, message))
    ? []
    : [`failed with ${JSON.stringify(message)}, expected ${JSON.stringify(command.expectations.fail)}`];
}

function compareValue(command: EvalCommand, value: QueryValue): string[] {
  if (value.type === 'string') {
    return value.text === command.text
      ? []
      : [`expected string ${JSON.stringify(command.text)}, got ${JSON.stringify(value.text)}`];
  }
  if (command.text !== undefined) return [`expected a string, got a ${value.type}`];
  if (command.instant && value.type === 'scalar') {
    if (command.scalar === undefined) return [`expected a vector, got the scalar ${formatFloat(value.values[0]!)}`];
    if (nearlyEqual(command.scalar, value.values[0]!, TOLERANCE)) return [];
    return [`expected ${formatFloat(command.scalar)}, got ${formatFloat(value.values[0]!)}`];
  }
  if (command.scalar !== undefined) return [`expected a scalar, got a ${value.type}`];
  const found = seriesOf(value);
  const faults = found.flatMap((one) =>
    one.points.size === 0 ? [`series ${one.labels.toString()} without a sample`] : [],
  );
  const byKey = new Map(found.map((one) => [one.labels.key, one]));
  if (byKey.size !== found.length) faults.push('a series stands in the result twice');
  const expectedKeys = new Set(command.series.map(({ labels }) => labels.key));
  for (const one of found) {
    if (!expectedKeys.has(one.labels.key))
      faults.push(`unexpected ${one.labels.toString()} ${show([...one.points.values()])}`);
  }
  command.series.forEach(({ labels, points }, position) => {
    const got = byKey.get(labels.key);
    const want = wantedPoints(command, points);
    if (want === undefined) {
      faults.push(`more points for ${labels.toString()} than the query has`);
      return;
    }
    if (got === undefined) {
      faults.push(`missing ${labels.toString()} ${showPoints(points)}`);
      return;
    }
    if (command.ordered && found[position] !== got)
      faults.push(`${labels.toString()} is not at position ${position + 1}`);
    if (!samePoints(want, got.points)) {
      faults.push(`${labels.toString()}: expected ${showPoints(points)}, got ${show([...got.points.values()])}`);
    }
  });
  return faults;
}

function wantedPoints(command: EvalCommand, points: readonly Point[]): Map<number, Point> | undefined {
  const times = command.rangeVector ?? command;
  const wanted = new Map<number, Point>();
  for (let i = 0; i < points.length; i++) {
    const timeMs = times.startMs + i * times.stepMs;
    if (timeMs > times.endMs) return undefined;
    if (points[i]!.kind !== 'omitted') wanted.set(timeMs, points[i]!);
  }
  return wanted;
}

function samePoints(want: ReadonlyMap<number, Point>, got: ReadonlyMap<number, number | FloatHistogram>): boolean {
  if (want.size !== got.size) return false;
  for (const [timeMs, point] of want) {
    const value = got.get(timeMs);
    if (value === undefined) return false;
    if (point.kind === 'float') {
      if (typeof value !== 'number' || !nearlyEqual(point.value, value, TOLERANCE)) return false;
    } else if (point.kind !== 'histogram' || typeof value === 'number') return false;
    else if (!sameHistogram(point.histogram, value, point.hintGiven)) return false;
  }
  return true;
}

function sameHistogram(want: FloatHistogram, got: FloatHistogram, withHint: boolean): boolean {
  const near = (a: number, b: number): boolean => nearlyEqual(a, b, TOLERANCE);
  const same = (a: readonly number[], b: readonly number[]): boolean =>
    a.length === b.length && a.every((x, i) => x === b[i]);
  const nearAll = (a: readonly number[], b: readonly number[]): boolean =>
    a.length === b.length && a.every((x, i) => near(x, b[i]!));
  return (
    want.schema === got.schema &&
    near(want.count, got.count) &&
    near(want.sum, got.sum) &&
    want.zeroThreshold === got.zeroThreshold &&
    near(want.zeroCount, got.zeroCount) &&
    same(want.bounds, got.bounds) &&
    same(want.positive.index, got.positive.index) &&
    nearAll(want.positive.count, got.positive.count) &&
    same(want.negative.index, got.negative.index) &&
    nearAll(want.negative.count, got.negative.count) &&
    (!withHint || want.resetHint === got.resetHint)
  );
}

/** The series of a result with their points by time. */
export function seriesOf(value: QueryValue): Found[] {
  if (value.type === 'string') return [];
  if (value.type === 'range') {
    return value.series.map(({ labels, times, values, histograms }) => ({
      labels,
      points: new Map<number, number | FloatHistogram>([
        ...Array.from(times, (timeMs, i): [number, number] => [timeMs, values[i]!]),
        ...histograms.map(({ timeMs, histogram }): [number, FloatHistogram] => [timeMs, histogram]),
      ]),
    }));
  }
  if (value.type === 'scalar') {
    const points = new Map(Array.from(value.values, (x, step) => [timeAt(value.grid, step), x]));
    return [{ labels: LabelSet.EMPTY, points }];
  }
  return value.series.map((column) => {
    const points = new Map<number, number | FloatHistogram>();
    for (let step = 0; step < value.grid.steps; step++) {
      if (column.kinds[step] === FLOAT) points.set(timeAt(value.grid, step), column.values[step]!);
      else if (column.kinds[step] === HISTOGRAM) points.set(timeAt(value.grid, step), column.histograms![step]!);
    }
    return { labels: column.labels, points };
  });
}

function compareAnnotations(command: EvalCommand, result: QueryResult): string[] {
  const faults: string[] = [];
  if (command.noWarn && result.warnings.length > 0)
    faults.push(`expected no warning, got ${JSON.stringify(result.warnings)}`);
  if (command.noInfo && result.infos.length > 0) faults.push(`expected no info, got ${JSON.stringify(result.infos)}`);
  for (const [kind, given] of [
    ['warn', result.warnings],
    ['info', result.infos],
  ] as const) {
    const expected = command.expectations[kind];
    if (expected.length === 0) continue;
    for (const expectation of expected) {
      if (given.some((text) => meets(expectation, text))) continue;
      faults.push(`no ${kind} meets ${JSON.stringify(expectation)} among ${JSON.stringify(given)}`);
    }
    for (const text of given) {
      if (!expected.some((expectation) => meets(expectation, text)))
        faults.push(`unexpected ${kind} ${JSON.stringify(text)}`);
    }
  }
  return faults;
}

function meets(expectation: Expectation, text: string): boolean {
  if (expectation.match === 'any') return true;

  return expectation.match === 'msg' ? expectation.text === text : new RegExp(expectation.text).test(text);
}

function showPoints(points: readonly Point[]): string {
  return points
    .map((point) =>
      point.kind === 'float' ? formatFloat(point.value) : point.kind === 'histogram' ? describe(point.histogram) : '_',
    )
    .join(' ');
}

function show(values: readonly (number | FloatHistogram)[]): string {
  return values.map((value) => (typeof value === 'number' ? formatFloat(value) : describe(value))).join(' ');
}

function describe(histogram: FloatHistogram): string {
  const { schema, zeroThreshold, resetHint, bounds } = histogram;
  return `{schema:${schema} zero:${zeroThreshold} hint:${resetHint} bounds:[${bounds.join(' ')}] ${histogram.toString()}}`;
}
