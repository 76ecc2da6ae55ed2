import type { ValueType } from './syntax/ast.ts';

export interface FunctionSignature {
  readonly name: string;
  readonly args: readonly ValueType[];
  /** How many of the last argument may come: 0 exactly one, n at most n (or none), -1 any number (or none). */
  readonly variadic: number;
  readonly returns: ValueType;
  /** Behind a feature flag in Prometheus. */
  readonly experimental: boolean;
}

function make(
  name: string,
  args: string,
  returns: ValueType = 'vector',
  variadic = 0,
  experimental = false,
): FunctionSignature {
  const types: Record<string, ValueType> = { v: 'vector', m: 'matrix', s: 'scalar', t: 'string' };
  return { name, args: [...args].map((letter) => types[letter]!), returns, variadic, experimental };
}

const OF_VECTOR =
  'abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count histogram_sum ' +
  'histogram_stddev histogram_stdvar ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp';
const OF_MATRIX =
  'absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate last_over_time ' +
  'max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time';
const OF_MATRIX_EXPERIMENTAL =
  'mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time';
const OF_TIME = 'days_in_month day_of_month day_of_week day_of_year hour minute month year';

/**
 * Every PromQL function and its types.
 * @see https://prometheus.io/docs/prometheus/latest/querying/functions/
 */
export const FUNCTIONS: ReadonlyMap<string, FunctionSignature> = new Map(
  [
    ...OF_VECTOR.split(' ').map((name) => make(name, 'v')),
    ...OF_MATRIX.split(' ').map((name) => make(name, 'm')),
    ...OF_MATRIX_EXPERIMENTAL.split(' ').map((name) => make(name, 'm', 'vector', 0, true)),
    ...OF_TIME.split(' ').map((name) => make(name, 'v', 'vector', 1)),
    ...['start', 'end', 'range', 'step'].map((name) => make(name, '', 'scalar', 0, true)),
    ...['min_of', 'max_of'].map((name) => make(name, 'ss', 'scalar', 0, true)),
    make('clamp', 'vss'),
    make('clamp_max', 'vs'),
    make('clamp_min', 'vs'),
    make('double_exponential_smoothing', 'mss', 'vector', 0, true),
    make('histogram_fraction', 'ssv'),
    make('histogram_quantile', 'sv'),
    make('histogram_quantiles', 'vtss', 'vector', 9, true),
    make('info', 'vv', 'vector', 1, true),
    make('label_join', 'vttt', 'vector', -1),
    make('label_replace', 'vtttt'),
    make('pi', '', 'scalar'),
    make('predict_linear', 'ms'),
    make('quantile_over_time', 'sm'),
    make('round', 'vs', 'vector', 1),
    make('scalar', 'v', 'scalar'),
    make('sort_by_label', 'vt', 'vector', -1, true),
    make('sort_by_label_desc', 'vt', 'vector', -1, true),
    make('start_timestamp', 'v', 'vector', 0, true),
    make('time', '', 'scalar'),
    make('vector', 's'),
  ].map((signature) => [signature.name, signature]),
);

/** The known word nearest to `word`, if one is near enough to be meant. */
export function nearestWord(word: string, known: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(lower, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

/** Levenshtein distance with swaps of neighbours as one edit, or `limit` when it is at least that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return Math.min(limit, last[b.length]!);
}
