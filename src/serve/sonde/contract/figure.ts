import { z } from 'zod';

/**
 * Units a page can print. `ratio` is 0..1 and printed in percent; `s` is printed as ms below 1 s. Counts are plain
 * numbers of what the unit names. Absent values are null everywhere, never 0.
 */
export const UNITS = [
  's',
  'ratio',
  'bytes',
  'tokens',
  'tokens/s',
  'tokens/s/gpu',
  'tokens/request',
  'tokens/step',
  'requests',
  'requests/s',
  'per-minute',
  'records',
  'records/s',
  'records/min',
  'series',
  'usd',
  'usd/1M-tokens',
  'watts',
  'celsius',
  'count',
] as const;
export const unit = z.enum(UNITS);
export type Unit = z.infer<typeof unit>;

/** ok = within its limit; warn = at 80 % of it or more; bad = over it; unknown = no data, which is never good. */
export const state = z.enum(['ok', 'warn', 'bad', 'unknown']);
export type State = z.infer<typeof state>;

/** What a figure rests on: metrics of LLM servers, spans of the applications that call them, or Sonde's own account. */
export const basis = z.enum(['server-metrics', 'client-metrics', 'client-spans', 'sonde']);
export type Basis = z.infer<typeof basis>;

/** A failure, as every API answer tells it; `where` is a position or parameter, `mend` what to do. */
export const problem = z.object({
  code: z.string(),
  message: z.string(),
  where: z.string().nullable(),
  mend: z.string().nullable(),
  retryAfterMs: z.number().nullable(),
});
export type Problem = z.infer<typeof problem>;

/** Body of every answer that is not 2xx. */
export const errorBody = z.object({ error: problem });
export type ErrorBody = z.infer<typeof errorBody>;

/** A part of a page that may fail alone: either what it should be, or `{ error }` in its place. */
export function panel<T extends z.ZodType>(schema: T) {
  return z.union([errorBody, schema]);
}

/**
 * A sentence in pieces, so that the page prints figures and times its own way. `strong` is for figures that carry the
 * message; a `subject` (a model, a server) may link.
 */
export const sentencePart = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({ kind: z.literal('subject'), text: z.string(), href: z.string().nullable() }),
  z.object({ kind: z.literal('figure'), value: z.number(), unit, strong: z.boolean() }),
  z.object({ kind: z.literal('times'), value: z.number(), strong: z.boolean() }),
  z.object({ kind: z.literal('time'), unixMs: z.number() }),
]);
export type SentencePart = z.infer<typeof sentencePart>;

/** A number with all that makes it readable alone. */
export const figure = z.object({
  value: z.number().nullable(),
  unit,
  /** What it is, with quantile: `time to first token, p95`. */
  what: z.string(),
  /** Span of time the value covers, ending at `atUnixMs`; null for a value of an instant. */
  windowSeconds: z.number().nullable(),
  atUnixMs: z.number(),
  state,
  basis: basis.nullable(),
});
export type Figure = z.infer<typeof figure>;

/** A limit from the configuration (`limits:`), in the unit of what it bounds. */
export const limit = z.object({ value: z.number(), unit, label: z.string(), configKey: z.string() });
export type Limit = z.infer<typeof limit>;

/** One curve; `values` stand on the page's shared time axis `t`. */
export const series = z.object({
  name: z.string(),
  /** main = what the figure shows; comparison = thin beside it; phase = part of a stack. */
  role: z.enum(['main', 'comparison', 'phase', 'outcome']),
  /** Stable key for colour: a phase (`queue`), an outcome (`kept`), a severity; null: by order. */
  key: z.string().nullable(),
  values: z.array(z.number().nullable()),
});
export type Series = z.infer<typeof series>;

/** A stretch of time in which the limit was broken; open at the end when `toUnixMs` is the end of the range. */
export const breach = z.object({ fromUnixMs: z.number(), toUnixMs: z.number() });
export type Breach = z.infer<typeof breach>;

export const exemplar = z.object({
  unixMs: z.number(),
  value: z.number(),
  traceId: z.string(),
  spanId: z.string().nullable(),
  service: z.string().nullable(),
  overLimit: z.boolean(),
});
export type Exemplar = z.infer<typeof exemplar>;

export const chart = z.object({
  kind: z.enum(['line', 'area', 'stacked', 'bars']),
  unit,
  series: z.array(series),
  limit: limit.nullable(),
  breaches: z.array(breach),
  exemplars: z.array(exemplar),
  /** PromQL that gives the main series, for Explore; null when the chart is not made from metrics. */
  query: z.string().nullable(),
});
export type Chart = z.infer<typeof chart>;

/** A resource over time. Colour by `nearness`, print `values`. */
export const lane = z.object({
  resource: z.enum(['kv-cache', 'queue', 'gpu-memory', 'gpu-compute', 'cpu']),
  label: z.string(),
  /** The server or GPU that is fullest now. */
  subject: z.string().nullable(),
  unit,
  values: z.array(z.number().nullable()),
  /** value over its own limit, 1 = at the limit; low and flat for memory a server pre-allocates. */
  nearness: z.array(z.number().nullable()),
  now: z.number().nullable(),
  limit: limit.nullable(),
  state,
  /** `pre-allocated`; null when there is nothing to say. */
  note: z.string().nullable(),
  query: z.string().nullable(),
});
export type Lane = z.infer<typeof lane>;

/** A vertical line through all charts. Only what Sonde saw itself: no guessed deploys. */
export const marker = z.object({
  unixMs: z.number(),
  kind: z.enum(['server-start', 'restart', 'target-down', 'target-up', 'sonde-start']),
  letter: z.string(),
  title: z.string(),
  detail: z.string().nullable(),
  href: z.string().nullable(),
});
export type Marker = z.infer<typeof marker>;

/** Why there is nothing to draw: nothing of its kind ever came, none in this range, or filtered away. */
export const empty = z.object({
  kind: z.enum(['never-arrived', 'not-in-range', 'filtered-away']),
  what: z.string(),
  lastUnixMs: z.number().nullable(),
  filter: z.string().nullable(),
});
export type Empty = z.infer<typeof empty>;

/** The answered range; `t` of a page has one entry a step. */
export const range = z.object({ fromUnixMs: z.number(), toUnixMs: z.number(), stepMs: z.number() });
export type Range = z.infer<typeof range>;

/** A value of a filter or facet with its count. */
export const facetValue = z.object({ value: z.string(), count: z.number() });
export type FacetValue = z.infer<typeof facetValue>;

export const facet = z.object({ key: z.string(), label: z.string(), values: z.array(facetValue) });
export type Facet = z.infer<typeof facet>;
