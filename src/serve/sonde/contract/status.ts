import { z } from 'zod';
import { limit } from './figure.ts';

const perSignal = <T extends z.ZodType>(of: T) => z.object({ metrics: of, traces: of, logs: of });

/** GET status: what the frame, its foot and the start page need. Cheap: asked every few seconds. */
export const statusResponse = z.object({
  version: z.string(),
  /** True when the data is invented (`sonde demo`): every page's header says so. */
  demo: z.boolean(),
  nowUnixMs: z.number(),
  startedUnixMs: z.number(),
  /** Addresses really bound, e.g. `http://127.0.0.1:4600`; null when that door is closed. */
  addresses: z.object({ http: z.string(), otlpHttp: z.string().nullable(), otlpGrpc: z.string().nullable() }),
  everReceived: perSignal(z.boolean()),
  lastReceivedUnixMs: perSignal(z.number().nullable()),
  /** Records a second over the last minute. */
  ratePerSecond: perSignal(z.number()),
  /** Age of the newest record when it became readable; null without data. Above 30 s the foot warns. */
  lagMs: z.number().nullable(),
  /** Records lost for a named reason in the last hour, content policy not counted (that is no loss of records). */
  lostLastHour: z.number(),
  store: z.object({
    state: z.enum(['ready', 'starting', 'unavailable']),
    mode: z.enum(['embedded', 'remote']),
    detail: z.string().nullable(),
  }),
  limits: z.array(limit),
  pricesConfigured: z.boolean(),
  /** What the start page's snippets tick themselves off by. */
  arrivals: z.array(
    z.object({
      key: z.string(),
      label: z.string(),
      arrived: z.boolean(),
      lastUnixMs: z.number().nullable(),
      detail: z.string().nullable(),
    }),
  ),
  /** Requests and records refused lately, newest first. */
  refusals: z.array(
    z.object({ unixMs: z.number(), source: z.string(), signal: z.string(), reason: z.string(), count: z.number() }),
  ),
});
export type StatusResponse = z.infer<typeof statusResponse>;

export const target = z.object({
  job: z.string(),
  instance: z.string(),
  url: z.string(),
  health: z.enum(['up', 'down', 'unknown']),
  /** vllm, tgi, dcgm, …; null when not recognised. */
  kind: z.string().nullable(),
  /** As a person says it: `vLLM 0.11.2`. */
  title: z.string().nullable(),
  discovered: z.boolean(),
  lastScrapeUnixMs: z.number().nullable(),
  lastScrapeMs: z.number().nullable(),
  samples: z.number().nullable(),
  lastError: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
});
export type Target = z.infer<typeof target>;

/** GET targets: what is scraped, and what was found on this machine. */
export const targetsResponse = z.object({
  targets: z.array(target),
  found: z.array(
    z.object({
      url: z.string(),
      kind: z.string(),
      title: z.string(),
      /** watched = is a target; silent = answers but exports no metrics, see `mend`. */
      state: z.enum(['watched', 'silent']),
      mend: z.string().nullable(),
      lastSeenUnixMs: z.number(),
    }),
  ),
  discovery: z.object({ enabled: z.boolean(), intervalMs: z.number(), lastRoundUnixMs: z.number().nullable() }),
});
export type TargetsResponse = z.infer<typeof targetsResponse>;

/** GET filters: values of the filter bar with the requests behind each. */
export const filtersResponse = z.object({
  models: z.array(z.object({ value: z.string(), requests: z.number().nullable(), share: z.number().nullable() })),
  deployments: z.array(z.object({ value: z.string(), requests: z.number().nullable(), share: z.number().nullable() })),
  services: z.array(z.object({ value: z.string(), requests: z.number().nullable(), share: z.number().nullable() })),
  tenants: z.array(z.object({ value: z.string(), requests: z.number().nullable(), share: z.number().nullable() })),
});
export type FiltersResponse = z.infer<typeof filtersResponse>;

/** GET metrics/names: for completion in the query editor. */
export const metricNamesResponse = z.object({
  metrics: z.array(
    z.object({
      name: z.string(),
      type: z.string().nullable(),
      unit: z.string().nullable(),
      help: z.string().nullable(),
      /** canonical = Sonde's one name over all servers; native = as it came. */
      origin: z.enum(['canonical', 'native']),
      series: z.number().nullable(),
    }),
  ),
});
export type MetricNamesResponse = z.infer<typeof metricNamesResponse>;
