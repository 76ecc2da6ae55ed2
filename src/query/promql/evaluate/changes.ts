import { isReset } from '../histogram/reset.ts';
import { isStartReset } from './rate.ts';
import type { Window } from './window.ts';

/** How often the value changed; from a float to a histogram and back is a change too. */
export function changes(window: Window): number | undefined {
  return countSteps(window, (from, to) => {
    if (from.float !== to.float) return true;
    if (!to.float) return !window.histogram(to.at).equals(window.histogram(from.at));
    const [a, b] = [window.values[from.at]!, window.values[to.at]!];
    return a !== b && !(Number.isNaN(a) && Number.isNaN(b));
  });
}

/** How often the counter was reset. */
export function resets(window: Window): number | undefined {
  return countSteps(window, (from, to) => {
    if (from.float !== to.float) return true;
    const { times, starts } = to.float ? window : window.histograms;
    if (starts !== undefined && isStartReset(starts[from.at]!, times[from.at]!, starts[to.at]!, times[to.at]!))
      return true;
    if (to.float) return window.values[to.at]! < window.values[from.at]!;
    return isReset(window.histogram(to.at), window.histogram(from.at));
  });
}

interface Point {
  readonly float: boolean;
  readonly at: number;
}

/** Walks floats and histograms of the window in order of time; counts neighbours for which `counts` holds. */
function countSteps(window: Window, counts: (from: Point, to: Point) => boolean): number | undefined {
  let { lo, histLo } = window;
  if (window.shape.modifier === 'anchored') {
    const anchored = anchor(window);
    if (anchored === undefined) return undefined;
    ({ lo, histLo } = anchored);
  } else if (window.isEmpty) return undefined;
  const histTimes = window.histograms.times;
  let count = 0;
  let previous: Point | undefined;
  while (lo < window.hi || histLo < window.histHi) {
    const float = histLo >= window.histHi || (lo < window.hi && window.times[lo]! < histTimes[histLo]!);
    const point = { float, at: float ? lo++ : histLo++ };
    if (previous !== undefined && counts(previous, point)) count++;
    previous = point;
  }
  return count;
}

/** First indices when the newest sample at or before the range's start is the baseline; undefined without samples in it. */
function anchor(window: Window): { lo: number; histLo: number } | undefined {
  const { times, startMs, hi, histHi } = window;
  const histTimes = window.histograms.times;
  let { lo, histLo } = window;
  while (lo < hi && times[lo]! <= startMs) lo++;
  while (histLo < histHi && histTimes[histLo]! <= startMs) histLo++;
  if (lo === hi && histLo === histHi) return undefined;
  const float = lo > window.lo ? times[lo - 1]! : -Infinity;
  const histogram = histLo > window.histLo ? histTimes[histLo - 1]! : -Infinity;
  if (float === -Infinity && histogram === -Infinity) return { lo, histLo };
  return float >= histogram ? { lo: lo - 1, histLo } : { lo, histLo: histLo - 1 };
}
