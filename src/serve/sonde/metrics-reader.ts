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

/** The query engine as a `MetricsReader`. */
export function metricsReader(engine: Pick<PromqlEngine, 'range'>, tenant: string): MetricsReader {
  return {
    async range(query, grid, signal) {
      const { value, infos } = await engine.range(query, { ...grid, tenant, signal });
      if (value.type !== 'matrix') return { series: [], infos };
      return { series: value.series.map(gridSeries), infos };
    },
  };
}

function gridSeries({ labels, values, kinds }: Column): GridSeries {
  return { labels: labels.toObject(), values: values.map((value, i) => (kinds[i] === FLOAT ? value : NaN)) };
}
