import { RESET_HINT } from '../../../model/histogram.ts';
import { timeAt, type Grid } from '../grid.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { isReset } from '../histogram/reset.ts';
import { LabelSet, METRIC_NAME } from '../label-set.ts';
import type { SelectorPlan } from '../plan.ts';
import { ABSENT, ColumnBuilder, FLOAT, type Column, type SampleSeries, type Value } from '../series.ts';

/** A value of one step repeated for many. */
export function broadcast(value: Value, steps: number): Value {
  if (value.kind === 'string') return value;
  if (value.kind === 'scalar') return { kind: 'scalar', values: new Float64Array(steps).fill(value.values[0]!) };
  const series = value.series.map((column) => {
    const builder = new ColumnBuilder(steps);
    if (column.kinds[0] === FLOAT) {
      builder.values.fill(column.values[0]!);
      builder.kinds.fill(FLOAT);
    } else if (column.kinds[0] !== ABSENT) {
      for (let step = 0; step < steps; step++) builder.setHistogram(step, column.histograms![0]!);
    }
    return builder.build(column.labels, column.dropName);
  });
  return { ...value, series };
}

/** A subquery's column as samples. Its histograms lose what they said of resets, as samples between may be missing. */
export function samplesOf(column: Column, grid: Grid): SampleSeries {
  const at: number[] = [];
  const histAt: number[] = [];
  for (let step = 0; step < grid.steps; step++) {
    if (column.kinds[step] === FLOAT) at.push(step);
    else if (column.kinds[step] !== ABSENT) histAt.push(step);
  }
  const { labels, dropName, histograms } = column;
  return {
    labels,
    dropName,
    times: Float64Array.from(at, (step) => timeAt(grid, step)),
    values: Float64Array.from(at, (step) => column.values[step]!),
    stale: undefined,
    starts: undefined,
    histograms:
      histAt.length === 0
        ? undefined
        : {
            times: Float64Array.from(histAt, (step) => timeAt(grid, step)),
            values: histAt.map((step) => withoutResetHint(histograms![step]!)),
            starts: undefined,
          },
  };
}

/** Histograms that do not say whether a reset came before them say it after comparison with the one before. */
export function withResetsFound(series: SampleSeries): SampleSeries {
  if (series.histograms === undefined) return series;
  let previous: FloatHistogram | undefined;
  const values = series.histograms.values.map((histogram) => {
    const before = previous;
    previous = histogram;
    if (histogram?.resetHint !== RESET_HINT.UNKNOWN || before === undefined) return histogram;
    return histogram.with({ resetHint: isReset(histogram, before) ? RESET_HINT.RESET : RESET_HINT.NOT_RESET });
  });
  return { ...series, histograms: { ...series.histograms, values } };
}

function withoutResetHint(histogram: FloatHistogram): FloatHistogram {
  const { RESET, NOT_RESET, UNKNOWN } = RESET_HINT;
  const said = histogram.resetHint === RESET || histogram.resetHint === NOT_RESET;
  return said ? histogram.with({ resetHint: UNKNOWN }) : histogram;
}

/** Labels of the series that `absent()` makes: those its selector pins down by one equality each. */
export function absentLabels(selector: SelectorPlan | undefined): LabelSet {
  if (selector === undefined) return LabelSet.EMPTY;
  const matchers = selector.matchers.filter((matcher) => matcher.name !== METRIC_NAME);
  const single = matchers.filter(({ name }) => matchers.filter((other) => other.name === name).length === 1);
  return LabelSet.of(single.filter(({ op }) => op === '=').map(({ name, value }) => [name, value] as const));
}
