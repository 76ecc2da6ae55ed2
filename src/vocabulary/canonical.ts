/** Type of a canonical metric; canonical summaries do not exist, since quantiles of several servers cannot be merged. */
export type CanonicalType = 'counter' | 'gauge' | 'histogram';

/**
 * A metric under the one name that holds for every server and SDK. It is a view at query time: nothing is stored
 * under it unless a sender itself uses the name.
 */
export interface CanonicalMetric {
  /** Prometheus name of the family: base unit in it, counters with `_total`, histograms without `_bucket`. */
  readonly name: string;
  readonly type: CanonicalType;
  /** UCUM, as OpenTelemetry writes units: `s`, `By`, `1`, `{token}`. */
  readonly unit: string;
  readonly help: string;
  /** Upper bounds that the convention advises, and that Sonde uses where it makes the histogram itself. */
  readonly buckets?: readonly number[];
  /** Dotted OpenTelemetry names that mean this metric, newest first; each resolves in queries as well. */
  readonly otel?: readonly string[];
  /**
   * Canonical labels that tell one thing measured from another. Of several sources of this metric that report the
   * same values in these labels, only those of the lowest rank count (see `CanonicalSource.rank`).
   */
  readonly identity: readonly string[];
}

/** One server process and one model it serves. */
export const SERVER_IDENTITY = ['job', 'instance', 'gen_ai_request_model'] as const;
/** One calling service, one kind of call, one model. */
export const CLIENT_IDENTITY = ['job', 'instance', 'gen_ai_operation_name', 'gen_ai_request_model'] as const;
/** One GPU, wherever it is reported from. */
export const GPU_IDENTITY = ['gpu_uuid'] as const;
/** One scrape target. */
export const TARGET_IDENTITY = ['job', 'instance'] as const;
