import { z } from 'zod';
import { byteSize } from '../../util/byte-size.ts';
import { duration, formatDuration } from '../../util/duration.ts';
import { DISCOVERY_KEYS, discoverySettings, unsupportedDiscovery, type DiscoverySettings } from './discovery-config.ts';
import { HTTP_KEYS, httpSettings, UNSUPPORTED_HTTP_KEYS, type HttpSettings } from './http-config.ts';
import { relabelConfig, scalarText, type RelabelRule } from './relabel-config.ts';

/** Prometheus' names of the formats, as in `scrape_protocols`. */
export const SCRAPE_PROTOCOLS = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
  'PrometheusProto',
] as const;
export type ScrapeProtocol = (typeof SCRAPE_PROTOCOLS)[number];

const DEFAULT_PROTOCOLS: readonly ScrapeProtocol[] = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
];

/** Limits of one scrape; 0 means none. */
export interface ScrapeLimits {
  readonly sampleLimit: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
  readonly targetLimit: number;
  readonly bodyBytesLimit: number;
}

/** One entry of `scrape_configs`, with what it inherits from `global`. */
export interface ScrapeJob {
  readonly jobName: string;
  readonly scheme: 'http' | 'https';
  readonly metricsPath: string;
  readonly params: Readonly<Record<string, readonly string[]>>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  readonly enableCompression: boolean;
  readonly protocols: readonly ScrapeProtocol[];
  readonly fallbackProtocol: ScrapeProtocol | undefined;
  readonly limits: ScrapeLimits;
  /** How many dropped targets to keep for show; 0 means all. */
  readonly keepDroppedTargets: number;
  readonly http: HttpSettings;
  readonly discoveries: readonly DiscoverySettings[];
  readonly relabelRules: readonly RelabelRule[];
  readonly metricRelabelRules: readonly RelabelRule[];
}

/** Discovery without configuration: which loopback ports to look at, how often. */
export interface LocalDiscoverySettings {
  readonly enabled: boolean;
  readonly intervalMs: number;
  /** Instead of the well-known ports; undefined for those. */
  readonly ports: readonly number[] | undefined;
}

export interface ScrapeSettings {
  readonly jobs: readonly ScrapeJob[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly discovery: LocalDiscoverySettings;
}

const count = z.number().int().nonnegative().prefault(0);
const protocol = z.enum(SCRAPE_PROTOCOLS);

const LIMIT_KEYS = {
  body_size_limit: byteSize.prefault('64MiB').describe('Largest answer, unpacked; a larger one fails the scrape.'),
  sample_limit: count.describe('Most samples of a scrape after relabelling; more fail it whole. 0: no limit.'),
  target_limit: count.describe('Most targets of a job; more fail all of its scrapes. 0: no limit.'),
  label_limit: count.describe('Most labels of a sample; more fail the scrape. 0: no limit.'),
  label_name_length_limit: count.describe('Longest label name; a longer one fails the scrape. 0: no limit.'),
  label_value_length_limit: count.describe('Longest label value; a longer one fails the scrape. 0: no limit.'),
} as const;

const NO_NATIVE = 'is not supported yet: Sonde scrapes the text formats, which carry no native histograms; remove it';
const UNSUPPORTED_KEYS: Readonly<Record<string, string>> = {
  ...UNSUPPORTED_HTTP_KEYS,
  scrape_native_histograms: NO_NATIVE,
  scrape_classic_histograms: NO_NATIVE,
  always_scrape_classic_histograms: NO_NATIVE,
  convert_classic_histograms_to_nhcb: NO_NATIVE,
  native_histogram_bucket_limit: NO_NATIVE,
  native_histogram_min_bucket_factor: NO_NATIVE,
  scrape_failure_log_file: 'is not supported; see the targets page and `sonde targets` for the reasons of failures',
};

const jobObject = z.strictObject({
  job_name: z.string().min(1, 'is empty; every job needs a name').describe('Name of the job; the label `job`.'),
  scrape_interval: duration.optional().describe('How often to scrape; `global.scrape_interval` by default.'),
  scrape_timeout: duration.optional().describe('How long a scrape may take; `global.scrape_timeout` by default.'),
  scheme: z.enum(['http', 'https']).prefault('http').describe('http or https.'),
  metrics_path: z
    .string()
    .startsWith('/', 'does not begin with /')
    .prefault('/metrics')
    .describe('Path of the metrics.'),
  params: z.record(z.string(), z.array(scalarText)).prefault({}).describe('Query parameters of the request.'),
  honor_labels: z.boolean().prefault(false).describe("Whether a target's labels win over the target's own."),
  honor_timestamps: z.boolean().prefault(true).describe("Whether a target's timestamps count."),
  track_timestamps_staleness: z
    .boolean()
    .prefault(false)
    .describe('Whether series with timestamps of their own become stale when they vanish.'),
  enable_compression: z.boolean().prefault(true).describe('Whether to ask for gzip.'),
  scrape_protocols: z.array(protocol).min(1).optional().describe('Formats to ask for, the best first.'),
  fallback_scrape_protocol: protocol.optional().describe('Format of an answer without a usable Content-Type.'),
  keep_dropped_targets: count.describe('How many dropped targets to keep for show. 0: all.'),
  relabel_configs: z.array(relabelConfig).prefault([]).describe('Rewrites or drops targets.'),
  metric_relabel_configs: z.array(relabelConfig).prefault([]).describe('Rewrites or drops samples.'),
  ...LIMIT_KEYS,
  ...HTTP_KEYS,
  ...DISCOVERY_KEYS,
});

const toJob = jobObject.transform((config, context) => {
  if (config.scrape_protocols?.every((name) => name === 'PrometheusProto') === true) {
    context.addIssue({
      code: 'custom',
      path: ['scrape_protocols'],
      message: 'names no text format; add one, Sonde reads no protobuf',
    });
  }
  return {
    jobName: config.job_name,
    scheme: config.scheme,
    metricsPath: config.metrics_path,
    params: config.params,
    intervalMs: config.scrape_interval,
    timeoutMs: config.scrape_timeout,
    honorLabels: config.honor_labels,
    honorTimestamps: config.honor_timestamps,
    trackTimestampsStaleness: config.track_timestamps_staleness,
    enableCompression: config.enable_compression,
    protocols: config.scrape_protocols ?? DEFAULT_PROTOCOLS,
    fallbackProtocol: config.fallback_scrape_protocol,
    keepDroppedTargets: config.keep_dropped_targets,
    limits: {
      sampleLimit: config.sample_limit,
      labelLimit: config.label_limit,
      labelNameLengthLimit: config.label_name_length_limit,
      labelValueLengthLimit: config.label_value_length_limit,
      targetLimit: config.target_limit,
      bodyBytesLimit: config.body_size_limit,
    },
    http: httpSettings(config, context),
    discoveries: discoverySettings(config),
    relabelRules: config.relabel_configs,
    metricRelabelRules: config.metric_relabel_configs,
  };
});

/** Says what to do about keys that a `prometheus.yml` may have and Sonde has not, before the strict check. */
const scrapeJob = z.preprocess((value, context) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => {
      const message = UNSUPPORTED_KEYS[key] ?? unsupportedDiscovery(key);
      if (message !== undefined) context.addIssue({ code: 'custom', path: [key], message });
      return message === undefined;
    }),
  );
}, toJob);

/** The top-level keys of this component, for `config/schema.ts` to spread or nest. */
export const SCRAPE_KEYS = {
  global: z
    .strictObject({
      scrape_interval: duration.prefault('15s').describe('How often to scrape a target.'),
      scrape_timeout: duration.optional().describe('How long a scrape may take; 10s, or the interval if shorter.'),
      evaluation_interval: duration.optional().describe('How often rules run; for the rules of Sonde itself.'),
      external_labels: z
        .record(z.string().min(1), scalarText)
        .prefault({})
        .describe('Labels this Sonde adds where it sends metrics on.'),
    })
    .prefault({})
    .describe('Defaults of all scrape jobs, as in prometheus.yml.'),
  scrape_configs: z.array(scrapeJob).prefault([]).describe('What to scrape, as in prometheus.yml.'),
  discovery: z
    .strictObject({
      enabled: z.boolean().prefault(true).describe('Whether to look for LLM servers and exporters on this host.'),
      interval: duration.prefault('30s').describe('How often to look.'),
      ports: z
        .array(z.number().int().min(1).max(65535))
        .optional()
        .describe('Loopback ports to look at instead of the well-known ones.'),
    })
    .prefault({})
    .describe('Finds LLM servers on the loopback interface by what they answer.'),
} as const;

const scrapeObject = z.strictObject(SCRAPE_KEYS);

/**
 * Settings of `SCRAPE_KEYS`: every job with what it inherits. Faults between keys are added to `context`.
 */
export function scrapeSettings(
  { global, scrape_configs: jobs, discovery }: z.output<typeof scrapeObject>,
  context: z.core.$RefinementCtx,
): ScrapeSettings {
  const defaults = { intervalMs: global.scrape_interval, timeoutMs: global.scrape_timeout };
  const fallbackTimeoutMs = Math.min(10_000, defaults.intervalMs);
  const names = new Set<string>();
  return {
    intervalMs: defaults.intervalMs,
    timeoutMs: timeout(defaults.timeoutMs ?? fallbackTimeoutMs, defaults.intervalMs, ['global'], context),
    externalLabels: global.external_labels,
    discovery: { enabled: discovery.enabled, intervalMs: discovery.interval, ports: discovery.ports },
    jobs: jobs.map((job, i) => {
      const path = ['scrape_configs', i];
      if (names.has(job.jobName)) {
        context.addIssue({
          code: 'custom',
          path: [...path, 'job_name'],
          message: `${JSON.stringify(job.jobName)} is the name of another job already`,
        });
      }
      names.add(job.jobName);
      const intervalMs = job.intervalMs ?? defaults.intervalMs;
      // A timeout inherited from `global` shrinks to the job's interval; one of the job's own must fit.
      const inherited = Math.min(defaults.timeoutMs ?? fallbackTimeoutMs, intervalMs);
      return { ...job, intervalMs, timeoutMs: timeout(job.timeoutMs ?? inherited, intervalMs, path, context) };
    }),
  };
}

/** The whole as one block, for use on its own (tests, tools). */
export const scrapeConfig = scrapeObject.transform(scrapeSettings);

function timeout(
  timeoutMs: number,
  intervalMs: number,
  path: readonly PropertyKey[],
  context: z.core.$RefinementCtx,
): number {
  if (intervalMs === 0) {
    context.addIssue({ code: 'custom', path: [...path, 'scrape_interval'], message: 'is 0; write for example 15s' });
  } else if (timeoutMs > intervalMs) {
    const message = `${formatDuration(timeoutMs)} is longer than the scrape_interval of ${formatDuration(intervalMs)}; shorten it`;
    context.addIssue({ code: 'custom', path: [...path, 'scrape_timeout'], message });
  }
  return timeoutMs;
}
