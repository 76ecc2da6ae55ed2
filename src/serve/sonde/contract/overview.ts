import { z } from 'zod';
import { basis, chart, empty, figure, lane, limit, marker, panel, range, sentencePart, state } from './figure.ts';

/** The one sentence on top: a rule over figures and limits, not prose. */
export const verdict = z.object({
  state,
  /** The sentence; ends without a full stop. */
  parts: z.array(sentencePart),
  subject: z.string().nullable(),
  row: z.enum(['experience', 'time', 'saturation', 'cost', 'safety']).nullable(),
  value: z.number().nullable(),
  limit: limit.nullable(),
  sinceUnixMs: z.number().nullable(),
  /** Further crossings beside the one told: "and 2 more". */
  others: z.array(z.object({ parts: z.array(sentencePart), href: z.string().nullable() })),
  action: z.object({ label: z.string(), href: z.string() }).nullable(),
});
export type Verdict = z.infer<typeof verdict>;

export const budget = z.object({
  state,
  parts: z.array(sentencePart),
  /** Bar: full width = limit, or the value when over; `tick` then marks the limit. 0..1. */
  fill: z.number().nullable(),
  tick: z.number().nullable(),
  note: z.array(sentencePart),
});
export type Budget = z.infer<typeof budget>;

export const explanation = z.object({
  parts: z.array(sentencePart),
  href: z.string().nullable(),
  note: z.array(sentencePart),
});
export type Explanation = z.infer<typeof explanation>;

export const overviewRow = z.object({
  question: z.enum(['experience', 'time', 'saturation', 'cost', 'safety']),
  title: z.string(),
  ask: z.string(),
  state,
  figure,
  subFigures: z.array(figure),
  /** Null for the row that has lanes, and when there is nothing (see `empty`). */
  chart: chart.nullable(),
  lanes: z.array(lane),
  limit: limit.nullable(),
  /** Begin of the breach that still lasts; null when the limit holds. */
  sinceUnixMs: z.number().nullable(),
  budget: budget.nullable(),
  explanation: explanation.nullable(),
  basis: basis.nullable(),
  /** One sentence: where the figure comes from, and what it does not cover. */
  basisText: z.string(),
  /** What is missing from the figure ("1 of 3 servers missing in the sum"). */
  partial: z.array(z.string()),
  empty: empty.nullable(),
});
export type OverviewRow = z.infer<typeof overviewRow>;

/** A GPU, or a server where its GPUs are not known; coloured by its fullest resource. */
export const fleetCell = z.object({
  name: z.string(),
  /** fullest resource over its own limit; null = no data (hatched). */
  nearness: z.number().nullable(),
  value: z.number().nullable(),
  unit: figure.shape.unit,
  resource: lane.shape.resource.nullable(),
  overLimit: z.boolean(),
});
export type FleetCell = z.infer<typeof fleetCell>;

export const fleetServer = z.object({
  instance: z.string(),
  name: z.string(),
  up: z.boolean().nullable(),
  /** gpu = one cell a GPU; server = one cell for the whole server. */
  cellsAre: z.enum(['gpu', 'server']),
  cells: z.array(fleetCell),
});
export type FleetServer = z.infer<typeof fleetServer>;

export const fleetRow = z.object({
  model: z.string(),
  state,
  /** `vLLM`, `TGI`, …; null when only client spans know the model. */
  engine: z.string().nullable(),
  servers: z.array(fleetServer),
  running: z.number().nullable(),
  waiting: z.number().nullable(),
  ttftP95Seconds: z.number().nullable(),
  ttftState: state,
  tokensPerSecond: z.number().nullable(),
  tokensPerSecondPerGpu: z.number().nullable(),
  /** Ratio of load that still fits before the first limit, e.g. 0.34; null when it cannot be computed. */
  headroom: z.number().nullable(),
  basis,
});
export type FleetRow = z.infer<typeof fleetRow>;

export const fleet = z.object({
  models: z.number(),
  servers: z.number(),
  gpus: z.number().nullable(),
  rows: z.array(fleetRow),
});
export type Fleet = z.infer<typeof fleet>;

/** GET overview */
export const overviewResponse = z.object({
  range,
  /** Shared time axis of all rows, unix seconds. */
  t: z.array(z.number()),
  /** Points after this are not complete yet: drawn hollow. */
  completeUpToUnixMs: z.number(),
  verdict: panel(verdict),
  rows: z.object({
    experience: panel(overviewRow),
    time: panel(overviewRow),
    saturation: panel(overviewRow),
    cost: panel(overviewRow),
    safety: panel(overviewRow),
  }),
  markers: z.array(marker),
  fleet: panel(fleet),
  /** Filters that some row cannot apply, named there. */
  notApplied: z.array(z.object({ row: z.string(), filter: z.string(), reason: z.string() })),
});
export type OverviewResponse = z.infer<typeof overviewResponse>;
