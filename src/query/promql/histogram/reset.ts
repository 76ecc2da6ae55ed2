import { RESET_HINT } from '../../../model/histogram.ts';
import { atBounds, atSchema, sameBounds, widenZero } from './arithmetic.ts';
import { exponentialBound, type Buckets, type FloatHistogram } from './float-histogram.ts';

/**
 * Whether the counter behind these histograms started anew between them: something counts less than before, a
 * populated bucket is gone, or the resolution rose, which only a restart brings about.
 * @see https://prometheus.io/docs/specs/native_histograms/#counter-reset-considerations
 */
export function isReset(current: FloatHistogram, previous: FloatHistogram): boolean {
  if (current.resetHint === RESET_HINT.RESET) return true;
  if (current.resetHint === RESET_HINT.NOT_RESET) return false;
  if (current.count < previous.count) return true;
  if (current.isCustom) {
    if (!previous.isCustom) return true;
    if (!sameBounds(current.bounds, previous.bounds)) {
      const shared = current.bounds.filter((bound) => previous.bounds.includes(bound));
      return anyLess(atBounds(current, shared).positive, atBounds(previous, shared).positive);
    }
    return anyLess(current.positive, previous.positive);
  }
  if (previous.isCustom || current.schema > previous.schema) return true;
  if (current.zeroThreshold < previous.zeroThreshold) return true;
  const widened = widenZero(previous, current.zeroThreshold);
  if (widened.zeroThreshold !== current.zeroThreshold || current.zeroCount < widened.zeroCount) return true;
  const before = atSchema(widened, current.schema);
  const outside = ({ index, count }: Buckets): Buckets => {
    const first = index.findIndex((i) => exponentialBound(current.schema, i) > current.zeroThreshold);
    return first < 0 ? { index: [], count: [] } : { index: index.slice(first), count: count.slice(first) };
  };
  return (
    anyLess(outside(current.positive), outside(before.positive)) ||
    anyLess(outside(current.negative), outside(before.negative))
  );
}

function anyLess(current: Buckets, previous: Buckets): boolean {
  let at = 0;
  for (let i = 0; i < previous.index.length; i++) {
    while (at < current.index.length && current.index[at]! < previous.index[i]!) at++;
    const count = current.index[at] === previous.index[i] ? current.count[at]! : 0;
    if (count < previous.count[i]!) return true;
  }
  return false;
}
