/** What a plot draws, computed from the contract's charts and lanes; no canvas here, so that it is tested apart. */
import type { Breach, Chart, Exemplar, Lane, Limit, Series, State, Unit } from '../../../src/serve/sonde/contract.ts';
import { formatTick, formatValue } from '../format.ts';
import { phaseColor } from './colors.ts';

/** One curve, bar or layer. `color` is the name of a CSS variable. */
export interface DrawnSeries {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly color: string;
  readonly width: number;
  readonly dash: readonly number[] | undefined;
  readonly form: 'line' | 'area' | 'layer' | 'bars';
}

export interface YAxis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
  readonly labels: readonly string[];
}

/** One lane of a saturation plot. */
export interface DrawnLane {
  readonly label: string;
  readonly nearness: readonly (number | null)[];
  readonly values: readonly (number | null)[];
  readonly unit: Unit;
  readonly end: string;
}

export interface PlotModel {
  /** Unix seconds, ascending. */
  readonly t: readonly number[];
  readonly y: YAxis;
  readonly unit: Unit;
  readonly stacked: boolean;
  readonly series: readonly DrawnSeries[];
  readonly lanes: readonly DrawnLane[];
  readonly limit: Limit | undefined;
  readonly breaches: readonly Breach[];
  readonly exemplars: readonly Exemplar[];
}

const MOST_SERIES = 8;

/** The model of a chart of the contract. `height` decides how many ticks fit. */
export function chartModel(chart: Chart, t: readonly number[], height: number): PlotModel {
  const stacked = chart.kind === 'stacked' || (chart.kind === 'bars' && chart.series.length > 1);
  const series = topSeries(chart.series, stacked ? 12 : MOST_SERIES).map((one, i, all) =>
    drawn(one, i, all.length, chart.kind),
  );
  const top = stacked ? stackTop(series) : Math.max(0, ...series.map((s) => largest(s.values)));
  const limit = chart.limit?.value ?? 0;
  const shareOnly = chart.unit === 'ratio' && top <= 1 && limit <= 1;
  const highest = Math.max(top, shareOnly ? limit : limit * 1.12, ...exemplarValues(chart));
  const lowest = Math.min(0, ...series.map((s) => smallest(s.values)));
  return {
    t,
    y: niceAxis(lowest, highest, chart.unit, height),
    unit: chart.unit,
    stacked,
    series,
    lanes: [],
    limit: chart.limit ?? undefined,
    breaches: chart.breaches,
    exemplars: chart.exemplars,
  };
}

/** The model of saturation lanes: colour by nearness to each resource's own limit, text by value. */
export function lanesModel(lanes: readonly Lane[], t: readonly number[]): PlotModel {
  return {
    t,
    y: { min: 0, max: Math.max(1, lanes.length), ticks: [], labels: [] },
    unit: 'ratio',
    stacked: false,
    series: [],
    lanes: lanes.map((lane) => ({
      label: lane.label,
      nearness: lane.nearness,
      values: lane.values,
      unit: lane.unit,
      end: `${formatValue(lane.now, lane.unit)}${lane.note === null ? '' : `, ${lane.note}`}`,
    })),
    limit: undefined,
    breaches: [],
    exemplars: [],
  };
}

/** An axis from 0 (or below) to a round number above `highest`, with two to four steps. */
export function niceAxis(lowest: number, highest: number, unit: Unit, height: number): YAxis {
  const wanted = height < 110 ? 3 : height < 220 ? 4 : 6;
  if (unit === 'ratio' && lowest >= 0 && highest > 0.4 && highest <= 1)
    return axisOf(0, 1, height < 110 ? 0.5 : 0.25, unit);
  const spread = highest - lowest;
  if (!(spread > 0) || !Number.isFinite(spread)) return axisOf(0, 1, unit === 'ratio' ? 0.5 : 1, unit);
  const base = unit === 'bytes' ? 1024 ** Math.floor(Math.log(spread) / Math.log(1024)) : 1;
  const raw = spread / base / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((m) => m * power >= raw * 0.999) ?? 10) * power * base;
  const min = lowest < 0 ? Math.floor(lowest / step) * step : 0;
  return axisOf(min, Math.ceil((highest / step) * 0.999) * step, step, unit);
}

/** At most `most` curves: the rest, by mean, is one curve "other n". */
export function topSeries(series: readonly Series[], most: number): readonly Series[] {
  if (series.length <= most) return series;
  const byMean = [...series].sort((a, b) => mean(b.values) - mean(a.values));
  const kept = new Set(byMean.slice(0, most));
  const rest = byMean.slice(most);
  const length = rest[0]?.values.length ?? 0;
  const values = Array.from({ length }, (_, i) => {
    const present = rest.map((s) => s.values[i]).filter((v): v is number => typeof v === 'number');
    return present.length === 0 ? null : present.reduce((a, b) => a + b, 0) / present.length;
  });
  const other: Series = { name: `other ${rest.length}, mean`, role: 'comparison', key: 'other', values };
  return [...series.filter((s) => kept.has(s)), other];
}

/** Tops of a stack's layers, bottom first; a missing value adds nothing, a step with no value at all is a gap. */
export function stackLayers(series: readonly DrawnSeries[]): readonly (readonly (number | null)[])[] {
  const length = series[0]?.values.length ?? 0;
  const sums = new Float64Array(length);
  const present = Array.from({ length }, (_, i) => series.some((s) => typeof s.values[i] === 'number'));
  return series.map((one) =>
    Array.from({ length }, (_, i) => {
      sums[i] = (sums[i] ?? 0) + (one.values[i] ?? 0);
      return present[i] === true ? (sums[i] ?? 0) : null;
    }),
  );
}

/** A line of the tooltip. */
export interface Readout {
  readonly name: string;
  readonly value: number | null;
  readonly text: string;
  readonly color: string;
}

/** Values of all curves or lanes at one step, largest first where the order carries no meaning. */
export function readoutAt(model: PlotModel, index: number): readonly Readout[] {
  if (model.lanes.length > 0) {
    return model.lanes.map((lane) => ({
      name: lane.label,
      value: lane.values[index] ?? null,
      text: formatValue(lane.values[index], lane.unit),
      color: laneColor(lane.nearness[index] ?? null),
    }));
  }
  const rows = model.series.map((one) => ({
    name: one.name,
    value: one.values[index] ?? null,
    text: formatValue(one.values[index], model.unit),
    color: one.color,
  }));
  if (model.stacked) return rows.reverse();
  return rows.sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity));
}

/** The sentence that stands for the picture: what it is, its latest value, its limit. */
export function chartSentence(label: string, model: PlotModel, state?: State): string {
  const parts =
    model.lanes.length > 0
      ? model.lanes.map((lane) => `${lane.label} ${lane.end}`)
      : model.series.map((one) => `${one.name} ${formatValue(lastValue(one.values), model.unit)}`);
  const limit =
    model.limit === undefined ? '' : `; ${model.limit.label} ${formatValue(model.limit.value, model.limit.unit)}`;
  const broken = state === 'bad' ? ', over the limit' : '';
  return `${label}. Latest: ${parts.join(', ')}${broken}${limit}.`;
}

/** The latest value that is there. */
export function lastValue(values: readonly (number | null)[]): number | null {
  for (let i = values.length - 1; i >= 0; i -= 1) {
    const value = values[i];
    if (typeof value === 'number') return value;
  }
  return null;
}

/** Step 0..8 of the sequential palette for a nearness 0..1; the CSS variable's name. */
export function laneColor(nearness: number | null): string {
  if (nearness === null) return '--unknown-soft';
  return `--q-${Math.min(8, Math.max(0, Math.round(nearness * 8)))}`;
}

/** Ticks of a time axis `width` pixels wide: round clock times at least `room` pixels apart; unix seconds. */
export function timeTicks(fromS: number, toS: number, width: number, room = 52, offsetS = 0): number[] {
  const least = (toS - fromS) / Math.max(2, Math.floor(width / room));
  const step = TIME_STEPS.find((s) => s >= least) ?? 7 * 86_400;
  const ticks: number[] = [];
  for (let at = Math.ceil((fromS + offsetS) / step) * step - offsetS; at <= toS; at += step) ticks.push(at);
  return ticks;
}

const TIME_STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400, 172_800,
];

function drawn(one: Series, index: number, count: number, kind: Chart['kind']): DrawnSeries {
  const main = one.role === 'main';
  const form = kind === 'stacked' ? 'layer' : kind === 'bars' ? 'bars' : kind === 'area' && main ? 'area' : 'line';
  return {
    name: one.name,
    values: one.values,
    color: phaseColor(one.key) ?? roleColor(one.role, index, count),
    width: main ? 1.8 : 1.3,
    dash: one.key === 'other' || one.key === 'last-week' ? [2, 3] : undefined,
    form,
  };
}

function roleColor(role: Series['role'], index: number, count: number): string {
  if (count <= 3 && role === 'main' && index === 0) return '--c-5';
  if (count <= 3 && role === 'comparison') return '--c-1';
  return `--c-${(index % 8) + 1}`;
}

function axisOf(min: number, max: number, step: number, unit: Unit): YAxis {
  const ticks: number[] = [];
  for (let i = 0; min + i * step <= max + step * 0.001; i += 1) ticks.push(Number((min + i * step).toPrecision(12)));
  return { min, max, ticks, labels: ticks.map((tick) => formatTick(tick, unit, step)) };
}

function exemplarValues(chart: Chart): number[] {
  return chart.exemplars.map((e) => e.value);
}

function stackTop(series: readonly DrawnSeries[]): number {
  return largest(stackLayers(series).at(-1) ?? []);
}

function largest(values: readonly (number | null)[]): number {
  let most = -Infinity;
  for (const value of values) if (value !== null && value > most && Number.isFinite(value)) most = value;
  return most === -Infinity ? 0 : most;
}

function smallest(values: readonly (number | null)[]): number {
  let least = Infinity;
  for (const value of values) if (value !== null && value < least && Number.isFinite(value)) least = value;
  return least === Infinity ? 0 : least;
}

function mean(values: readonly (number | null)[]): number {
  const present = values.filter((v): v is number => v !== null);
  return present.length === 0 ? -Infinity : present.reduce((a, b) => a + b, 0) / present.length;
}
