import { z } from 'zod';
import { chart, limit, panel, range, state } from './figure.ts';

/** received = kept + lost, in records; `unaccounted` is what does not add up and should be 0. */
export const signalAccount = z.object({
  signal: z.enum(['metrics', 'traces', 'logs']),
  received: z.number(),
  kept: z.number(),
  lost: z.number(),
  unaccounted: z.number(),
  receivedBytes: z.number(),
  losses: z.array(z.object({ reason: z.string(), outcome: z.enum(['dropped', 'rejected']), count: z.number() })),
});
export type SignalAccount = z.infer<typeof signalAccount>;

/** What a rule did to records that were kept: fields dropped, hashed, redacted; labels banned. */
export const ruleAccount = z.object({
  rule: z.string(),
  signal: z.enum(['metrics', 'traces', 'logs']),
  source: z.string(),
  outcome: z.enum(['dropped', 'rejected', 'changed']),
  count: z.number(),
  bytes: z.number(),
});
export type RuleAccount = z.infer<typeof ruleAccount>;

export const seriesAccount = z.object({
  active: z.number(),
  budget: limit,
  state,
  topMetrics: z.array(z.object({ metric: z.string(), series: z.number() })),
  topLabels: z.array(z.object({ label: z.string(), values: z.number(), series: z.number() })),
});
export type SeriesAccount = z.infer<typeof seriesAccount>;

export const tableAccount = z.object({
  table: z.string(),
  signal: z.string(),
  rows: z.number(),
  bytesOnDisk: z.number(),
  oldestUnixMs: z.number().nullable(),
  newestUnixMs: z.number().nullable(),
  retentionMs: z.number().nullable(),
});
export type TableAccount = z.infer<typeof tableAccount>;

export const policy = z.object({
  name: z.string(),
  /** drop, hash, redact or keep. */
  action: z.string(),
  appliesTo: z.string(),
  /** One sentence of what it means. */
  detail: z.string(),
});
export type Policy = z.infer<typeof policy>;

/** GET safety */
export const safetyResponse = z.object({
  range,
  t: z.array(z.number()),
  accounts: panel(z.array(signalAccount)),
  rules: panel(z.array(ruleAccount)),
  /** Records kept and lost per minute. */
  chart: panel(chart),
  series: panel(seriesAccount),
  tables: panel(z.array(tableAccount)),
  policies: z.array(policy),
  /** 1 until sampling exists: every trace is kept. */
  tracesKeptRatio: z.number().nullable(),
});
export type SafetyResponse = z.infer<typeof safetyResponse>;
