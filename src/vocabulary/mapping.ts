import type { MetricType } from '../model/sample.ts';
import type { CLIENT_METRICS, GATEWAY_METRICS, SERVER_METRICS } from './genai.ts';
import type { GPU_METRICS, HOST_METRICS } from './infrastructure.ts';

/** Every canonical name; a table that maps to anything else does not compile. */
export type CanonicalName = (
  | (typeof SERVER_METRICS)[number]
  | (typeof GATEWAY_METRICS)[number]
  | (typeof CLIENT_METRICS)[number]
  | (typeof GPU_METRICS)[number]
  | (typeof HOST_METRICS)[number]
)['name'];

/** A condition on a native label; `=~` patterns are anchored RE2, as in PromQL. */
export interface LabelFilter {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** One line of a server's table: a native metric and, where there is one, the canonical metric it feeds. */
export interface MappingLine {
  /**
   * Name as in the text format: of a histogram or summary without `_bucket`, `_sum`, `_count`; of a counter with
   * `_total` if it is exposed so. Written with the table's first prefix; the other spellings follow from it.
   */
  readonly native: string;
  /** Type the native family has, which its suffix does not tell (`vllm:iteration_tokens_total` is a histogram). */
  readonly type: MetricType;
  /** Canonical metric it feeds; absent for metrics that are known but have no common meaning. */
  readonly to?: CanonicalName;
  /** What it measures, where the canonical help does not say it. */
  readonly note?: string;
  /** Factor from the native unit to the canonical one: 1e-6 for microseconds, 1048576 for MiB. Default 1. */
  readonly scale?: number;
  /** Which part of a native histogram or summary feeds a canonical counter. */
  readonly from?: 'sum' | 'count';
  /** Which part of a canonical histogram a native counter feeds (cumulative microseconds: only the mean is known). */
  readonly as?: 'sum' | 'count';
  /** Native label → canonical label, beside those of the table; '' takes the label away. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Labels added with a fixed value. */
  readonly add?: Readonly<Record<string, string>>;
  /** Only series that fulfil all of these. */
  readonly where?: readonly LabelFilter[];
  /**
   * Lines of one table and one canonical metric that share this word are parts of one whole (inputs and outputs,
   * successes and failures): all are taken, none stands in for another.
   */
  readonly together?: string;
  /** A second native metric with the same labels, added to or divided into the first. */
  readonly operand?: { readonly op: 'add' | 'divide'; readonly native: string };
  /** Values from here on mean "unknown" and are left out. */
  readonly absentFrom?: number;
  /** Why the value is not quite what the canonical name promises. */
  readonly approximate?: string;
  /** First and last version that has it, as far as known. */
  readonly since?: string;
  readonly until?: string;
}

/** For servers that name no model in their metrics: the target's own labels may, under either usual name. */
export const MODEL_FROM_TARGET = { model: 'gen_ai_request_model', model_name: 'gen_ai_request_model' } as const;

/** All that is known of one server's, exporter's or SDK's metrics. */
export interface MetricTable {
  /** Short name, also the value of `gen_ai_provider_name` that servers get: `vllm`, `dcgm`. */
  readonly system: string;
  readonly title: string;
  readonly kind: 'server' | 'gateway' | 'sdk' | 'hardware' | 'platform';
  /** Where the names were read. */
  readonly source: string;
  /** Spellings of the prefix, the usual one first; native names begin with it. Empty if names carry none. */
  readonly prefixes: readonly string[];
  /** Native label → canonical label, for all lines; '' takes the label away. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly add?: Readonly<Record<string, string>>;
  /** Labels over whose values the same thing is repeated: the highest counts once, the label goes. */
  readonly maxOver?: readonly string[];
  /** A label value that means "no such label". */
  readonly absentLabelValue?: string;
  /** Lines in order of preference among those that feed the same canonical metric. */
  readonly lines: readonly MappingLine[];
}
