import { z } from 'zod';
import { duration } from '../util/duration.ts';

/** What may be done with content. */
export const CONTENT_POLICIES = ['drop', 'keep', 'hash', 'redact'] as const;
export type ContentPolicy = (typeof CONTENT_POLICIES)[number];

export const IDENTITY_POLICIES = ['hash', 'keep', 'drop'] as const;
export type IdentityPolicy = (typeof IDENTITY_POLICIES)[number];

/** Policies for prompts, completions, tool arguments and results, documents, and who they belong to. */
export const contentConfig = z
  .strictObject({
    policy: z
      .enum(CONTENT_POLICIES)
      .prefault('drop')
      .describe(
        'What becomes of prompts, completions, tool arguments and results and retrieved documents: drop, keep, hash (so that equal texts can be found) or redact (e-mail addresses, telephone numbers, cards and keys become [email], [phone], [card], [key]). Credentials are dropped under every policy.',
      ),
    fields: z
      .record(z.string(), z.enum(CONTENT_POLICIES))
      .prefault({})
      .describe(
        'Exceptions by field, as named in docs/safety.md; a name may end in `*`. Example: {"gen_ai.tool.call.arguments": redact}.',
      ),
    identity: z
      .enum(IDENTITY_POLICIES)
      .prefault('hash')
      .describe('What becomes of conversation, session and user ids in spans and logs: hash, keep or drop.'),
    hash_key: z
      .string()
      .min(16, 'is shorter than 16 characters, so that hashes could be guessed back')
      .optional()
      .describe(
        'Secret that hashes are made with. Without it a random one is made at start, and the hashes of one text differ from run to run.',
      ),
  })
  .prefault({})
  .transform((c) => ({ policy: c.policy, fields: c.fields, identity: c.identity, hashKey: c.hash_key }));

/** Bounds of what metrics may say. */
export const labelsConfig = z
  .strictObject({
    ban: z
      .array(z.string())
      .prefault([])
      .describe('Labels to take from metrics beside the built-in ones (prompt, request_id, user_id, …).'),
    allow: z.array(z.string()).prefault([]).describe('Built-in banned labels to keep after all.'),
    max_series_per_metric: z
      .number()
      .int()
      .min(0)
      .prefault(50_000)
      .describe(
        'Series a metric may have within two hours; what is new beyond folds into one series a target with sonde_overflow="true". 0: no bound.',
      ),
  })
  .prefault({})
  .transform((c) => ({ ban: c.ban, allow: c.allow, maxSeriesPerMetric: c.max_series_per_metric }));

/** Metrics made from spans. */
export const deriveConfig = z
  .strictObject({
    enabled: z.boolean().prefault(true).describe('Whether rates, durations and token counts are made from spans.'),
    interval: duration.prefault('15s').describe('How often they are written.'),
    max_series: z
      .number()
      .int()
      .min(100)
      .prefault(5000)
      .describe('Label sets kept at a time; spans beyond count in one with sonde_overflow="true".'),
    idle_after: duration.prefault('1h').describe('A label set without spans for this long is forgotten.'),
  })
  .prefault({})
  .transform((c) => ({
    enabled: c.enabled,
    intervalMs: c.interval,
    maxSeries: c.max_series,
    idleAfterMs: c.idle_after,
  }));

export const processConfig = z
  .strictObject({
    content: contentConfig.describe('What is kept of what users and models write.'),
    labels: labelsConfig.describe('Which labels metrics may carry, and how many series.'),
    derive: deriveConfig.describe('Metrics made from spans.'),
  })
  .prefault({});

export type ContentSettings = z.output<typeof contentConfig>;
export type LabelSettings = z.output<typeof labelsConfig>;
export type DeriveSettings = z.output<typeof deriveConfig>;
export type ProcessSettings = z.output<typeof processConfig>;
