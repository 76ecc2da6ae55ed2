import { z } from 'zod';
import { chart, facet, panel, range } from './figure.ts';
import { titledChart } from './models.ts';

/** A value of an attribute, as it was sent; arrays and lists as JSON text. */
export const attributes = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export type Attributes = z.infer<typeof attributes>;

export const traceRow = z.object({
  /** 32 hex digits. */
  traceId: z.string(),
  rootService: z.string(),
  rootName: z.string(),
  /** False when the root span never came: service and name are of the earliest span. */
  rootKnown: z.boolean(),
  startUnixMs: z.number(),
  durationMs: z.number(),
  spans: z.number(),
  errors: z.number(),
  services: z.array(z.string()),
  models: z.array(z.string()),
  operations: z.array(z.string()),
  /** Sums over the trace's model calls (spans without a model call below them); null when none says. */
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  /** Largest time to first token of the trace's model calls. */
  ttftSeconds: z.number().nullable(),
});
export type TraceRow = z.infer<typeof traceRow>;

/** GET traces */
export const tracesResponse = z.object({
  range,
  rows: z.array(traceRow),
  /** Hand back as `cursor` for what follows; null at the end. */
  nextCursor: z.string().nullable(),
  /** Matching traces in the range; null when they could not be counted. */
  matched: z.number().nullable(),
  t: z.array(z.number()),
  /** Matching root spans per step: `ok` and `error`. */
  volume: panel(chart),
  facets: panel(z.array(facet)),
  tookMs: z.number(),
});
export type TracesResponse = z.infer<typeof tracesResponse>;

/** A phase of a model call, in ms from the trace's start. */
export const phase = z.object({
  phase: z.enum(['queue', 'prefill', 'decode', 'waiting-for-first-token', 'streaming', 'whole']),
  offsetMs: z.number(),
  durationMs: z.number(),
});
export type Phase = z.infer<typeof phase>;

export const span = z.object({
  /** 16 hex digits. */
  spanId: z.string(),
  parentSpanId: z.string().nullable(),
  /** Index in `spans` of the parent; null for roots and for spans whose parent is missing. */
  parent: z.number().nullable(),
  depth: z.number(),
  /** True when `parentSpanId` names a span that never came. */
  parentMissing: z.boolean(),
  service: z.string(),
  name: z.string(),
  kind: z.enum(['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']),
  status: z.enum(['unset', 'ok', 'error']),
  statusMessage: z.string(),
  startUnixMs: z.number(),
  /** From the trace's earliest start. */
  offsetMs: z.number(),
  durationMs: z.number(),
  /** Begins this much before its parent (another machine's clock); null when it does not. */
  clockSkewMs: z.number().nullable(),
  /** queue, prefill, decode for a model call; what it is for others. */
  category: z.enum(['model', 'retrieval', 'tool', 'safety', 'agent', 'other']),
  operation: z.string().nullable(),
  provider: z.string().nullable(),
  requestModel: z.string().nullable(),
  responseModel: z.string().nullable(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  cacheReadTokens: z.number().nullable(),
  cacheWriteTokens: z.number().nullable(),
  reasoningTokens: z.number().nullable(),
  ttftSeconds: z.number().nullable(),
  finishReason: z.string().nullable(),
  tool: z.string().nullable(),
  agent: z.string().nullable(),
  workflow: z.string().nullable(),
  conversation: z.string().nullable(),
  dataSource: z.string().nullable(),
  errorType: z.string().nullable(),
  dialect: z.string().nullable(),
  costUsd: z.number().nullable(),
  phases: z.array(phase),
  attributes,
  resource: attributes,
  scopeName: z.string(),
  scopeVersion: z.string(),
  traceState: z.string(),
  events: z.array(z.object({ offsetMs: z.number(), unixMs: z.number(), name: z.string(), attributes })),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string(), attributes })),
  /** Fields the content policy dropped before storing, with their size. */
  dropped: z.array(z.object({ field: z.string(), bytes: z.number() })),
  /** Kept content fields that stand in `attributes` or events; the page shows them only on a click. */
  contentFields: z.array(z.string()),
});
export type Span = z.infer<typeof span>;

/** GET traces/:traceId */
export const traceResponse = z.object({
  traceId: z.string(),
  rootService: z.string(),
  rootName: z.string(),
  startUnixMs: z.number(),
  endUnixMs: z.number(),
  durationMs: z.number(),
  /** Depth first, children by start. */
  spans: z.array(span),
  /** More spans exist than were read. */
  truncated: z.boolean(),
  errors: z.number(),
  services: z.array(z.string()),
  models: z.array(z.string()),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  cacheReadTokens: z.number().nullable(),
  costUsd: z.number().nullable(),
  /** From the trace's start to the first token of its last user-facing model call; null when no span says. */
  firstTokenOffsetMs: z.number().nullable(),
  ttftLimitSeconds: z.number(),
  /** Parts of the critical path, in order of time; durations add up to `durationMs`. */
  criticalPath: z.array(
    z.object({
      key: z.enum([
        'queue',
        'prefill',
        'decode',
        'waiting-for-first-token',
        'streaming',
        'model',
        'retrieval',
        'tool',
        'safety',
        'agent',
        'other',
        'no-span',
      ]),
      durationMs: z.number(),
      share: z.number(),
    }),
  ),
  /** Span indices on the critical path. */
  criticalSpans: z.array(z.number()),
  /** Stretches without any span below the root, over 5 % of the trace. */
  gaps: z.array(z.object({ offsetMs: z.number(), durationMs: z.number(), underSpan: z.number().nullable() })),
  /** Spans named as parents that never came. */
  missingSpans: z.number(),
  logs: panel(
    z.object({ count: z.number(), byService: z.array(z.object({ service: z.string(), count: z.number() })) }),
  ),
  /** How phases of model calls were found. */
  phasesFrom: z.enum(['span-attributes', 'time-to-first-token', 'none']),
});
export type TraceResponse = z.infer<typeof traceResponse>;

/** GET traces/:traceId/engine: metrics of the server that ran the model calls, around the trace's time. */
export const traceEngineResponse = z.object({
  range,
  t: z.array(z.number()),
  instance: z.string().nullable(),
  /** How it was matched: `server.address` of a span, or the only server of the model. */
  matchedBy: z.enum(['server-address', 'model', 'several-servers-of-model', 'none']),
  /** A sentence when nothing matched. */
  reason: z.string().nullable(),
  traceFromUnixMs: z.number(),
  traceToUnixMs: z.number(),
  charts: z.array(panel(titledChart)),
});
export type TraceEngineResponse = z.infer<typeof traceEngineResponse>;
