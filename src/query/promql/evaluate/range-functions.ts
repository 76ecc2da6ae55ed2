import { SondeError } from '../../../model/errors.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { formatCompact } from '../number-format.ts';
import { changes, resets } from './changes.ts';
import {
  avgOverTime,
  countOverTime,
  deriv,
  doubleExponentialSmoothing,
  firstOverTime,
  lastOverTime,
  madOverTime,
  maxOverTime,
  minOverTime,
  predictLinear,
  presentOverTime,
  quantileOverTime,
  stddevOverTime,
  sumOverTime,
  timeOfExtreme,
  timeOfFirst,
  timeOfLast,
  varianceOverTime,
} from './over-time.ts';
import { DELTA, INCREASE, RATE } from './growth.ts';
import { extrapolatedRate, instantRate } from './rate.ts';
import type { Window } from './window.ts';

/** A function of one window; `scalars` are its other arguments at the step, in order. */
export type RangeFunction = (window: Window, scalars: readonly number[]) => number | FloatHistogram | undefined;

export const RANGE_FUNCTIONS: ReadonlyMap<string, RangeFunction> = new Map<string, RangeFunction>([
  ['rate', (window) => extrapolatedRate(window, RATE)],
  ['increase', (window) => extrapolatedRate(window, INCREASE)],
  ['delta', (window) => extrapolatedRate(window, DELTA)],
  ['irate', (window) => instantRate(window, true)],
  ['idelta', (window) => instantRate(window, false)],
  ['changes', changes],
  ['resets', resets],
  ['sum_over_time', sumOverTime],
  ['avg_over_time', avgOverTime],
  ['count_over_time', countOverTime],
  ['min_over_time', minOverTime],
  ['max_over_time', maxOverTime],
  ['stddev_over_time', stddevOverTime],
  ['stdvar_over_time', varianceOverTime],
  ['mad_over_time', madOverTime],
  ['first_over_time', firstOverTime],
  ['last_over_time', lastOverTime],
  ['present_over_time', presentOverTime],
  // Turned round by the evaluator, which knows all series.
  ['absent_over_time', presentOverTime],
  ['ts_of_first_over_time', timeOfFirst],
  ['ts_of_last_over_time', timeOfLast],
  ['ts_of_max_over_time', (window) => timeOfExtreme(window, 1)],
  ['ts_of_min_over_time', (window) => timeOfExtreme(window, -1)],
  ['quantile_over_time', (window, [q]) => quantileOverTime(window, q!)],
  ['deriv', deriv],
  ['predict_linear', (window, [seconds]) => predictLinear(window, seconds!)],
  ['double_exponential_smoothing', smoothing],
]);

/** Functions that keep the metric's name: their value is a sample of the metric. */
export const KEEPS_NAME: ReadonlySet<string> = new Set(['first_over_time', 'last_over_time']);

const ANCHORED_FUNCTIONS = ['changes', 'delta', 'increase', 'rate', 'resets'];
const SMOOTHED_FUNCTIONS = ['delta', 'increase', 'rate'];

/** @throws SondeError for a function that cannot work on samples from beyond its range */
export function checkModifier(name: string, modifier: 'anchored' | 'smoothed'): void {
  const allowed = modifier === 'anchored' ? ANCHORED_FUNCTIONS : SMOOTHED_FUNCTIONS;
  if (allowed.includes(name)) return;
  throw new SondeError(`${modifier} modifier can only be used with: ${allowed.join(', ')} - not with ${name}`, {
    kind: 'invalid',
    code: 'query-argument',
  });
}

function smoothing(window: Window, [factor, trend]: readonly number[]): number | undefined {
  for (const [value, what, short] of [
    [factor!, 'smoothing', 'sf'],
    [trend!, 'trend', 'tf'],
  ] as const) {
    if (value > 0 && value < 1) continue;
    throw new SondeError(`invalid ${what} factor. Expected: 0 < ${short} < 1, got: ${formatCompact(value)}`, {
      kind: 'invalid',
      code: 'query-argument',
    });
  }
  return doubleExponentialSmoothing(window, factor!, trend!);
}
