import { z } from 'zod';
import { chart, facet, panel, range } from './figure.ts';
import { attributes } from './traces.ts';

export const severity = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'unknown']);
export type Severity = z.infer<typeof severity>;

export const logRow = z.object({
  /** Unique within the answer; stable across pages. */
  id: z.string(),
  timeUnixMs: z.number(),
  /** Exact, decimal text. */
  timeUnixNano: z.string(),
  observedUnixMs: z.number().nullable(),
  service: z.string(),
  severity,
  severityNumber: z.number(),
  severityText: z.string(),
  body: z.string(),
  bodyIsJson: z.boolean(),
  /** The body is longer than what is returned here. */
  bodyCut: z.boolean(),
  eventName: z.string().nullable(),
  traceId: z.string().nullable(),
  spanId: z.string().nullable(),
  scopeName: z.string(),
  attributes,
  resource: attributes,
  dropped: z.array(z.object({ field: z.string(), bytes: z.number() })),
});
export type LogRow = z.infer<typeof logRow>;

/** GET logs */
export const logsResponse = z.object({
  range,
  rows: z.array(logRow),
  nextCursor: z.string().nullable(),
  tookMs: z.number(),
});
export type LogsResponse = z.infer<typeof logsResponse>;

/** GET logs/volume: records per step by severity, and facets. */
export const logVolumeResponse = z.object({
  range,
  t: z.array(z.number()),
  total: z.number(),
  chart,
  facets: panel(z.array(facet)),
  tookMs: z.number(),
});
export type LogVolumeResponse = z.infer<typeof logVolumeResponse>;
