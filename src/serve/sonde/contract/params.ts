import { z } from 'zod';

/** `now`, `now-1h`, ISO 8601 in UTC, or unix milliseconds. */
export const timeText = z.string().max(40);

const list = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? [value] : value))
  .pipe(z.array(z.string().max(300)).max(50));

export const rangeParams = {
  from: timeText.default('now-1h').describe('Begin: now-1h, ISO 8601 or unix milliseconds.'),
  to: timeText.default('now').describe('End: now, ISO 8601 or unix milliseconds.'),
};

const filters = {
  model: list.optional().describe('Only these models; repeatable.'),
  deployment: list.optional().describe('Only these deployments: service.name of spans, job of metrics; repeatable.'),
  tenant: z.string().max(100).optional().describe('Only this tenant.'),
};

const step = { step: z.string().max(20).optional().describe('Step of the time axis, as 15s; chosen when absent.') };

export const overviewParams = z.object({ ...rangeParams, ...filters, ...step });
export const modelsParams = z.object({ ...rangeParams, ...filters, ...step });
export const filtersParams = z.object(rangeParams);

export const TRACE_SORTS = ['start', 'duration', 'ttft', 'tokens', 'errors', 'spans'] as const;

export const tracesParams = z.object({
  ...rangeParams,
  tenant: filters.tenant,
  service: list.optional().describe('Service of any span of the trace; repeatable.'),
  name: list.optional().describe('Name of any span of the trace; repeatable.'),
  model: filters.model,
  operation: list.optional().describe('gen_ai.operation.name of any span; repeatable.'),
  status: z.enum(['ok', 'error']).optional().describe('error: traces with a failed span; ok: those without.'),
  minDurationMs: z.coerce.number().min(0).optional(),
  maxDurationMs: z.coerce.number().min(0).optional(),
  minTtftMs: z.coerce.number().min(0).optional(),
  q: z.string().max(300).optional().describe('Trace id, or text in a span name, service, tool, agent or error type.'),
  sort: z.enum(TRACE_SORTS).default('start'),
  order: z.enum(['desc', 'asc']).default('desc'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(200).optional(),
});

export const traceParams = z.object({
  tenant: filters.tenant,
});

const logFilters = {
  ...rangeParams,
  tenant: filters.tenant,
  service: list.optional(),
  severity: list.optional().describe('trace, debug, info, warn, error, fatal, unknown; repeatable.'),
  text: z.string().max(300).optional().describe('Part of the body, without regard to case.'),
  traceId: z.string().max(64).optional(),
  spanId: z.string().max(32).optional(),
};

export const logsParams = z.object({
  ...logFilters,
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  direction: z.enum(['backward', 'forward']).default('backward').describe('backward: newest first.'),
  cursor: z.string().max(200).optional(),
});
export const logVolumeParams = z.object({ ...logFilters, ...step });

export const metricNamesParams = z.object({
  ...rangeParams,
  q: z.string().max(200).optional().describe('Part of the name.'),
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
});

export const noParams = z.object({});
