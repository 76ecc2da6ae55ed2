import { FLOAT, type Column, type PromqlEngine } from '../../query/promql/index.ts';

/** A series on the points of an axis; NaN where it has no value. */
export interface GridSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: Float64Array;
}

export interface GridResult {
  readonly series: readonly GridSeries[];
  /** What the engine says beside the answer: native series used, approximations. */
  readonly infos: readonly string[];
}

/** PromQL as the pages need it. */
export interface MetricsReader {
  /**
   * Evaluates on `startMs, startMs + stepMs, … endMs`.
   * @throws SondeError of the engine
   */
  range(
    query: string,
    grid: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
    signal: AbortSignal,
  ): Promise<GridResult>;
}

/** The query engine as the pages want it: floats on a grid, absence as NaN. */
export function metricsReader(engine: Pick<PromqlEngine, 'range'>): MetricsReader {
  return {
    async range(query, grid, signal) {
      const { value, infos, warnings } = await engine.range(query, { ...grid, signal });
      return { series: value.type === 'matrix' ? value.series.map(gridSeries) : [], infos: [...warnings, ...infos] };
    },
  };
}

function gridSeries({ labels, values, kinds }: Column): GridSeries {
  const hasGaps = kinds.some((kind) => kind !== FLOAT);
  return {
    labels: labels.toObject(),
    values: hasGaps ? values.map((value, i) => (kinds[i] === FLOAT ? value : NaN)) : values,
  };
}
