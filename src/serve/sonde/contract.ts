import type { z } from 'zod';
import { logsResponse, logVolumeResponse } from './contract/logs.ts';
import { modelResponse, modelsResponse, serverResponse } from './contract/models.ts';
import { overviewResponse } from './contract/overview.ts';
import {
  filtersParams,
  logsParams,
  logVolumeParams,
  metricNamesParams,
  modelsParams,
  noParams,
  overviewParams,
  traceParams,
  tracesParams,
} from './contract/params.ts';
import { safetyResponse } from './contract/safety.ts';
import { filtersResponse, metricNamesResponse, statusResponse, targetsResponse } from './contract/status.ts';
import { traceEngineResponse, traceResponse, tracesResponse } from './contract/traces.ts';

/**
 * The one contract between Sonde and its pages: everything under `/sonde/api/v1/`. The server validates parameters
 * by it, the OpenAPI document is made from it, `web/` takes its types from it and nothing else.
 *
 * Times are `…UnixMs` (milliseconds, may have a fraction) or, on chart axes, `t` in unix seconds. A value that is
 * not known is null, never 0. Errors are `ErrorBody` with the status of its kind.
 */
export const API_PREFIX = '/sonde/api/v1';

/** Path below `API_PREFIX` (`:name` marks a parameter), query parameters, answer. All are GET. */
export const ENDPOINTS = {
  status: {
    path: '/status',
    params: noParams,
    response: statusResponse,
    summary: 'What runs, where it listens, what has arrived, what was lost.',
  },
  targets: {
    path: '/targets',
    params: noParams,
    response: targetsResponse,
    summary: 'What is scraped, and which LLM servers were found on this machine.',
  },
  filters: {
    path: '/filters',
    params: filtersParams,
    response: filtersResponse,
    summary: 'Values of the filter bar with their share of requests.',
  },
  overview: {
    path: '/overview',
    params: overviewParams,
    response: overviewResponse,
    summary: 'The five answers on one time axis, the verdict and the fleet.',
  },
  models: {
    path: '/models',
    params: modelsParams,
    response: modelsResponse,
    summary: 'Models and the servers that run them: what is full, how fast.',
  },
  model: {
    path: '/models/:model',
    params: modelsParams,
    response: modelResponse,
    summary: 'One model in depth.',
  },
  server: {
    path: '/servers/:instance',
    params: modelsParams,
    response: serverResponse,
    summary: 'One server in depth.',
  },
  traces: {
    path: '/traces',
    params: tracesParams,
    response: tracesResponse,
    summary: 'Traces by filter, with volume and facets.',
  },
  trace: {
    path: '/traces/:traceId',
    params: traceParams,
    response: traceResponse,
    summary: 'A whole trace: spans as a tree, phases, critical path, gaps.',
  },
  traceEngine: {
    path: '/traces/:traceId/engine',
    params: traceParams,
    response: traceEngineResponse,
    summary: 'Metrics of the engine that ran a trace, around its time.',
  },
  logs: {
    path: '/logs',
    params: logsParams,
    response: logsResponse,
    summary: 'Log records by time, service, severity, text and trace.',
  },
  logVolume: {
    path: '/logs/volume',
    params: logVolumeParams,
    response: logVolumeResponse,
    summary: 'Log records over time by severity, with facets.',
  },
  safety: {
    path: '/safety',
    params: filtersParams,
    response: safetyResponse,
    summary: 'Received = kept + named losses; content dropped by rule; series and bytes.',
  },
  metricNames: {
    path: '/metrics/names',
    params: metricNamesParams,
    response: metricNamesResponse,
    summary: 'Metric names with type, unit and help, canonical ones first.',
  },
} as const satisfies Record<string, Endpoint>;

interface Endpoint {
  readonly path: string;
  readonly params: z.ZodType;
  readonly response: z.ZodType;
  readonly summary: string;
}

export type EndpointName = keyof typeof ENDPOINTS;
/** Query parameters as a client writes them. */
export type ParamsOf<N extends EndpointName> = z.input<(typeof ENDPOINTS)[N]['params']>;
/** Query parameters as a handler gets them. */
export type ParsedParamsOf<N extends EndpointName> = z.output<(typeof ENDPOINTS)[N]['params']>;
/** The answer. */
export type ResponseOf<N extends EndpointName> = z.infer<(typeof ENDPOINTS)[N]['response']>;

export type {
  Basis,
  Breach,
  Chart,
  Empty,
  ErrorBody,
  Exemplar,
  Facet,
  FacetValue,
  Figure,
  Lane,
  Limit,
  Marker,
  Problem,
  Range,
  SentencePart,
  Series,
  State,
  Unit,
} from './contract/figure.ts';
export type {
  FiltersResponse,
  MetricNamesResponse,
  StatusResponse,
  Target,
  TargetsResponse,
} from './contract/status.ts';
export type {
  Budget,
  Explanation,
  Fleet,
  FleetCell,
  FleetRow,
  FleetServer,
  OverviewResponse,
  OverviewRow,
  Verdict,
} from './contract/overview.ts';
export type {
  GpuRow,
  ModelResponse,
  ModelRow,
  ModelsResponse,
  ServerResponse,
  ServerRow,
  TitledChart,
} from './contract/models.ts';
export type {
  Attributes,
  Phase,
  Span,
  TraceEngineResponse,
  TraceResponse,
  TraceRow,
  TracesResponse,
} from './contract/traces.ts';
export type { LogRow, LogsResponse, LogVolumeResponse, Severity } from './contract/logs.ts';
export type {
  Policy,
  RuleAccount,
  SafetyResponse,
  SeriesAccount,
  SignalAccount,
  TableAccount,
} from './contract/safety.ts';
