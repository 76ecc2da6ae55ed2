import type { ColumnSet, StoreReader } from '../../store/index.ts';
import { numberAt, textAt } from '../traces/index.ts';
import {
  BUCKETS_PER_OCTAVE,
  firstTokenTimesSql,
  modelCallsSql,
  otherPhasesSql,
  type SpanScope,
  type Statement,
} from './sql.ts';

const SUMS = [
  'calls',
  'errors',
  'seconds',
  'streams',
  'ttft_seconds_sum',
  'stream_seconds',
  'input_calls',
  'output_calls',
  'cache_calls',
  'input',
  'output',
  'cacheable',
  'cached',
] as const;
export type CallSum = (typeof SUMS)[number];

/** Spans of one model, in steps of the grid. All arrays are [steps]; sums of what happened in the step. */
export interface ModelCalls {
  readonly model: string;
  /** From the engine's own spans, since no caller's span names the model. */
  readonly fromEngine: boolean;
  readonly provider: string;
  readonly sums: Readonly<Record<CallSum, Float64Array>>;
  /** Counts of calls by first-token time: logarithmic bucket → [steps]. */
  readonly firstTokenTimes: ReadonlyMap<number, Float64Array>;
}

/** Seconds spent beside models in each step, and the callers' model calls to divide them by. */
export interface OtherPhases {
  readonly retrieval: Float64Array;
  readonly tools: Float64Array;
  readonly safety: Float64Array;
  readonly calls: Float64Array;
}

/**
 * Model calls of all models in the scope. Of a model that both callers and engines wrote spans of, the callers'
 * count: they are what users wait for, and counting both would count each call twice.
 */
export async function readModelCalls(
  reader: StoreReader,
  scope: SpanScope,
  stepMs: number,
  steps: number,
  signal: AbortSignal,
): Promise<ModelCalls[]> {
  const [sums, times] = await Promise.all([
    ask(reader, modelCallsSql(scope, stepMs), signal),
    ask(reader, firstTokenTimesSql(scope, stepMs), signal),
  ]);
  const bySide = new Map<string, Building>();
  for (let row = 0; row < sums.rows; row++) {
    const calls = sideOf(bySide, sums, row, steps);
    const bucket = numberAt(sums.get('bucket'), row)!;
    if (calls.provider === '') calls.provider = textAt(sums.get('provider'), row);
    if (bucket >= steps) continue;
    for (const name of SUMS) calls.sums[name][bucket]! += numberAt(sums.get(name), row)!;
  }
  for (let row = 0; row < times.rows; row++) {
    const { firstTokenTimes } = sideOf(bySide, times, row, steps);
    const bucket = numberAt(times.get('bucket'), row)!;
    const width = numberAt(times.get('width'), row)!;
    const counts = firstTokenTimes.get(width) ?? new Float64Array(steps);
    firstTokenTimes.set(width, counts);
    if (bucket < steps) counts[bucket]! += numberAt(times.get('calls'), row)!;
  }
  const all = [...bySide.values()];
  const called = new Set(all.filter(({ fromEngine }) => !fromEngine).map(({ model }) => model));
  return all.filter(({ model, fromEngine }) => !fromEngine || !called.has(model));
}

export async function readOtherPhases(
  reader: StoreReader,
  scope: SpanScope,
  stepMs: number,
  steps: number,
  signal: AbortSignal,
): Promise<OtherPhases> {
  const set = await ask(reader, otherPhasesSql(scope, stepMs), signal);
  const names = ['retrieval', 'tools', 'safety', 'calls'] as const;
  const phases = Object.fromEntries(names.map((name) => [name, new Float64Array(steps)])) as Record<
    (typeof names)[number],
    Float64Array
  >;
  for (let row = 0; row < set.rows; row++) {
    const bucket = numberAt(set.get('bucket'), row)!;
    if (bucket >= steps) continue;
    for (const name of names) phases[name][bucket]! += numberAt(set.get(name), row)!;
  }
  return phases;
}

/** Sum over the last `window` steps, at each step; fewer at the beginning. */
export function slidingSum(values: Float64Array, window: number): Float64Array {
  const result = new Float64Array(values.length);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    if (i >= window) sum -= values[i - window]!;
    // Sums of floats drift; what is nearly nothing is nothing.
    result[i] = Math.abs(sum) < 1e-9 ? 0 : sum;
  }
  return result;
}

/** The quotient of two sliding sums: a mean, a share. NaN where there is nothing to divide by. */
export function slidingRatio(numerator: Float64Array, denominator: Float64Array, window: number): Float64Array {
  const above = slidingSum(numerator, window);
  const below = slidingSum(denominator, window);
  return above.map((value, i) => (below[i]! > 0 ? value / below[i]! : NaN));
}

/**
 * Quantile of the first-token time over the last `window` steps, at each step, seconds.
 * Linear within a bucket, so off by at most half its width (2.2 %). NaN where no call streamed.
 */
export function slidingFirstTokenQuantile(calls: ModelCalls, q: number, window: number, steps: number): Float64Array {
  const widths = [...calls.firstTokenTimes.keys()].sort((a, b) => a - b);
  const counts = widths.map((width) => slidingSum(calls.firstTokenTimes.get(width)!, window));
  const result = new Float64Array(steps).fill(NaN);
  for (let step = 0; step < steps; step++) {
    let total = 0;
    for (const count of counts) total += count[step]!;
    if (total <= 0) continue;
    let rank = q * total;
    for (let i = 0; i < widths.length; i++) {
      const count = counts[i]![step]!;
      if (count < rank) {
        rank -= count;
        continue;
      }
      const low = 2 ** (widths[i]! / BUCKETS_PER_OCTAVE);
      const high = 2 ** ((widths[i]! + 1) / BUCKETS_PER_OCTAVE);
      result[step] = low + (high - low) * (count === 0 ? 0 : rank / count);
      break;
    }
  }
  return result;
}

interface Building extends ModelCalls {
  provider: string;
  readonly firstTokenTimes: Map<number, Float64Array>;
}

function sideOf(bySide: Map<string, Building>, set: ColumnSet, row: number, steps: number): Building {
  const model = textAt(set.get('model'), row);
  const fromEngine = numberAt(set.get('engine'), row) === 1;
  const key = `${fromEngine}\0${model}`;
  const known = bySide.get(key);
  if (known !== undefined) return known;
  const sums = Object.fromEntries(SUMS.map((name) => [name, new Float64Array(steps)])) as ModelCalls['sums'];
  const made: Building = { model, fromEngine, provider: '', sums, firstTokenTimes: new Map() };
  bySide.set(key, made);
  return made;
}

async function ask(reader: StoreReader, { sql, params }: Statement, signal: AbortSignal): Promise<ColumnSet> {
  return reader.columns(sql, { params, signal, limits: { timeoutMs: 15_000 } });
}
