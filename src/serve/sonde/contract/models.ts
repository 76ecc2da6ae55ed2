import { z } from 'zod';
import { chart, lane, marker, panel, range, state, unit } from './figure.ts';

/** A server as a line of the table; a null cell prints "unknown". Rates cover the last 5 minutes. */
export const serverRow = z.object({
  instance: z.string(),
  job: z.string(),
  engine: z.string().nullable(),
  models: z.array(z.string()),
  up: z.boolean().nullable(),
  state,
  running: z.number().nullable(),
  waiting: z.number().nullable(),
  kvCacheRatio: z.number().nullable(),
  /** On the page's `t`. */
  kvCacheSeries: z.array(z.number().nullable()),
  tokensPerStep: z.number().nullable(),
  gpuComputeRatio: z.number().nullable(),
  gpuMemoryRatio: z.number().nullable(),
  gpus: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  tokensPerSecondPerGpu: z.number().nullable(),
  ttftP95Seconds: z.number().nullable(),
  interTokenP95Seconds: z.number().nullable(),
  preemptionsPerMinute: z.number().nullable(),
  prefixHitRatio: z.number().nullable(),
  requestsPerSecond: z.number().nullable(),
  /** Which cells are over (bad) or near (warn) their limit, by field name. */
  cellStates: z.record(z.string(), state),
});
export type ServerRow = z.infer<typeof serverRow>;

export const modelRow = z.object({
  model: z.string(),
  state,
  engines: z.array(z.string()),
  servers: z.array(serverRow),
  running: z.number().nullable(),
  waiting: z.number().nullable(),
  requestsPerSecond: z.number().nullable(),
  errorRatio: z.number().nullable(),
  ttftP95Seconds: z.number().nullable(),
  interTokenP95Seconds: z.number().nullable(),
  inputTokensPerSecond: z.number().nullable(),
  outputTokensPerSecond: z.number().nullable(),
  prefixHitRatio: z.number().nullable(),
  usdPerMillionOutput: z.number().nullable(),
  basis: z.enum(['server-metrics', 'client-metrics', 'client-spans']),
  cellStates: z.record(z.string(), state),
});
export type ModelRow = z.infer<typeof modelRow>;

/** A GPU seen by an exporter; `server` when its host is the server's host and no other server's. */
export const gpuRow = z.object({
  gpu: z.string(),
  host: z.string(),
  product: z.string().nullable(),
  server: z.string().nullable(),
  computeRatio: z.number().nullable(),
  memoryRatio: z.number().nullable(),
  memoryUsedBytes: z.number().nullable(),
  powerWatts: z.number().nullable(),
  temperatureCelsius: z.number().nullable(),
  state,
});
export type GpuRow = z.infer<typeof gpuRow>;

/** GET models */
export const modelsResponse = z.object({
  range,
  t: z.array(z.number()),
  models: z.array(modelRow),
  /** Servers whose model is not known. */
  otherServers: z.array(serverRow),
  gpus: panel(z.array(gpuRow)),
});
export type ModelsResponse = z.infer<typeof modelsResponse>;

/** A titled chart of a page's grid, with its latest value. */
export const titledChart = z.object({
  id: z.string(),
  title: z.string(),
  /** What it shows, with quantile and window. */
  what: z.string(),
  now: z.number().nullable(),
  nowUnit: unit,
  state,
  chart,
  /** Which native series it used, approximations: as the query engine told. */
  infos: z.array(z.string()),
});
export type TitledChart = z.infer<typeof titledChart>;

/** GET models/:model */
export const modelResponse = z.object({
  range,
  t: z.array(z.number()),
  model: modelRow,
  lanes: panel(z.array(lane)),
  charts: z.array(panel(titledChart)),
  markers: z.array(marker),
});
export type ModelResponse = z.infer<typeof modelResponse>;

/** GET servers/:instance */
export const serverResponse = z.object({
  range,
  t: z.array(z.number()),
  server: serverRow,
  lanes: panel(z.array(lane)),
  charts: z.array(panel(titledChart)),
  gpus: panel(z.array(gpuRow)),
  markers: z.array(marker),
});
export type ServerResponse = z.infer<typeof serverResponse>;
