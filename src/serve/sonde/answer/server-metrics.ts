import { canonicalSources } from '../../../vocabulary/catalogue.ts';
import type { Bounded } from '../bounded.ts';
import type { GridResult, GridSeries, MetricsReader } from '../metrics-reader.ts';
import type { TimeAxis } from '../time-axis.ts';

const BY_SERVER = 'by (job, instance, gen_ai_request_model)';
const BY_MODEL = 'by (job, gen_ai_request_model)';

const p95 =
  (metric: string, by: string) =>
  (window: string): string =>
    `histogram_quantile(0.95, sum by (${by}le) (rate(${metric}_bucket[${window}])))`;
const rate =
  (metric: string, by = BY_SERVER) =>
  (window: string): string =>
    `sum ${by} (rate(${metric}[${window}]))`;
const mean =
  (metric: string) =>
  (window: string): string =>
    `sum ${BY_MODEL} (rate(${metric}_sum[${window}])) / (sum ${BY_MODEL} (rate(${metric}_count[${window}])) > 0)`;
const gauge =
  (metric: string, op = 'max', by = BY_SERVER) =>
  (): string =>
    `${op} ${by} (${metric})`;
const gpu = (metric: string) => (): string =>
  `max by (gpu_uuid, gpu, host_name, gpu_model, instance, pod, exported_pod) (${metric})`;

/** The questions the pages ask of metrics; each is PromQL on canonical names, for a window such as `300s`. */
export const SERVER_QUERIES = {
  ttftByModel: p95('gen_ai_server_time_to_first_token_seconds', 'job, gen_ai_request_model, '),
  ttftByServer: p95('gen_ai_server_time_to_first_token_seconds', 'job, instance, gen_ai_request_model, '),
  interTokenByModel: p95('gen_ai_server_inter_token_latency_seconds', 'job, gen_ai_request_model, '),
  interTokenByServer: p95('gen_ai_server_inter_token_latency_seconds', 'job, instance, gen_ai_request_model, '),
  durationByModel: p95('gen_ai_server_request_duration_seconds', 'job, gen_ai_request_model, '),
  requests: rate('gen_ai_server_requests_total'),
  errors: rate('gen_ai_server_request_errors_total'),
  aborts: rate('gen_ai_server_request_aborts_total'),
  queueSeconds: mean('gen_ai_server_request_queue_seconds'),
  prefillSeconds: mean('gen_ai_server_prefill_seconds'),
  decodeSeconds: mean('gen_ai_server_decode_seconds'),
  inferenceSeconds: mean('gen_ai_server_inference_seconds'),
  kvCache: gauge('gen_ai_server_kv_cache_usage_ratio'),
  waiting: gauge('gen_ai_server_requests_waiting', 'sum'),
  running: () => `sum by (job, instance, gen_ai_request_model, gen_ai_provider_name) (gen_ai_server_requests_running)`,
  preemptions: (window: string) => `60 * ${rate('gen_ai_server_preemptions_total')(window)}`,
  outputTokens: rate('gen_ai_server_generation_tokens_total'),
  inputTokens: rate('gen_ai_server_prompt_tokens_total'),
  prefixQueries: rate('gen_ai_server_prefix_cache_query_tokens_total'),
  prefixHits: rate('gen_ai_server_prefix_cache_hit_tokens_total'),
  prefixRatio: gauge('gen_ai_server_prefix_cache_hit_ratio'),
  tokensPerStep: (window: string) =>
    `sum ${BY_SERVER} (rate(gen_ai_server_batch_tokens_sum[${window}])) / (sum ${BY_SERVER} (rate(gen_ai_server_batch_tokens_count[${window}])) > 0)`,
  gpuCompute: gpu('gpu_utilization_ratio'),
  gpuMemoryUsed: gpu('gpu_memory_used_bytes'),
  gpuMemoryTotal: gpu('gpu_memory_total_bytes'),
  gpuPower: gpu('gpu_power_watts'),
  gpuTemperature: gpu('gpu_temperature_celsius'),
  cpu: gauge('host_cpu_usage_ratio', 'max', 'by (job, instance)'),
  cpuFromSeconds: (window: string) =>
    `1 - avg by (job, instance) (rate(host_cpu_seconds_total{mode="idle"}[${window}]))`,
  up: () => 'max by (job, instance) (up)',
  processStart: () => 'max by (job, instance) (process_start_time_seconds)',
  clientTtft: p95('gen_ai_client_operation_time_to_first_chunk_seconds', 'job, gen_ai_request_model, '),
} as const satisfies Record<string, (window: string) => string>;

export type ServerQuery = keyof typeof SERVER_QUERIES;

/** Which servers and models a page is about. Models are matched by name as `modelOf` gives it. */
export interface ServerScope {
  readonly models: ReadonlySet<string> | undefined;
  readonly jobs: ReadonlySet<string> | undefined;
}

/**
 * Answers of metrics for one page: each question is asked at most once, whoever needs it, and only if someone does.
 * Filters are applied here, not in PromQL: servers that name no model are known by their job.
 */
export class ServerMetrics {
  readonly axis: TimeAxis;
  private readonly reader: MetricsReader;
  private readonly pool: Bounded;
  private readonly scope: ServerScope;
  private readonly signal: AbortSignal;
  private readonly present: () => Promise<ReadonlySet<string>>;
  private readonly asked = new Map<ServerQuery, Promise<GridResult>>();

  /**
   * @param present names of stored metrics; what none of them can answer is not asked, which spares a page most of
   *                its questions
   */
  constructor(
    reader: MetricsReader,
    present: () => Promise<ReadonlySet<string>>,
    pool: Bounded,
    axis: TimeAxis,
    scope: ServerScope,
    signal: AbortSignal,
  ) {
    this.reader = reader;
    this.present = present;
    this.pool = pool;
    this.axis = axis;
    this.scope = scope;
    this.signal = signal;
  }

  /** PromQL of a question, for links to Explore. */
  query(name: ServerQuery): string {
    return SERVER_QUERIES[name](`${this.axis.windowMs / 1000}s`);
  }

  /** Series within the scope. GPU series belong to no job of a server and are given whole. */
  async get(name: ServerQuery): Promise<readonly GridSeries[]> {
    const { series } = await this.ask(name);
    if (name.startsWith('gpu')) return series;
    return series.filter(({ labels }) => this.accepts(labels));
  }

  async infos(name: ServerQuery): Promise<readonly string[]> {
    return (await this.ask(name)).infos;
  }

  private async ask(name: ServerQuery): Promise<GridResult> {
    const known = this.asked.get(name);
    if (known !== undefined) return known;
    const { t, stepMs, toMs } = this.axis;
    const grid = { startMs: Math.round(t[0]! * 1000), endMs: toMs, stepMs };
    const answer = this.canAnswer(name).then((can) =>
      can ? this.pool.run(() => this.reader.range(this.query(name), grid, this.signal)) : NOTHING,
    );
    this.asked.set(name, answer);
    return answer;
  }

  private async canAnswer(name: ServerQuery): Promise<boolean> {
    const stored = await this.present();
    return metricsOf(this.query(name)).every(
      (metric) => stored.has(metric) || canonicalSources(metric).some(({ native }) => stored.has(native)),
    );
  }

  private accepts(labels: Readonly<Record<string, string>>): boolean {
    const { models, jobs } = this.scope;
    if (jobs !== undefined && !jobs.has(labels['job'] ?? '')) return false;
    return (
      models === undefined || !('gen_ai_request_model' in labels || 'job' in labels) || models.has(modelOf(labels))
    );
  }
}

const NOTHING: GridResult = { series: [], infos: [] };

/** Names of metrics in one of the queries above: what stands in parentheses and is neither a label nor a function. */
function metricsOf(query: string): string[] {
  const names = query.match(/(?<=\()(?:up|process_start_time_seconds|(?:gen_ai|gpu|host)_\w+)(?=[[{)])/g) ?? [];
  return names.filter((name) => !LABELS.has(name));
}
const LABELS: ReadonlySet<string> = new Set(['gpu_uuid', 'gpu_model', 'host_name', 'gen_ai_request_model']);

/** The model a series speaks of; a server that names none is known by its job. */
export function modelOf(labels: Readonly<Record<string, string>>): string {
  return labels['gen_ai_request_model'] || labels['job'] || 'unknown';
}

/** Series by model; several of one model (of several jobs or servers) stay apart. */
export function byModel(series: readonly GridSeries[]): Map<string, Float64Array[]> {
  const result = new Map<string, Float64Array[]>();
  for (const { labels, values } of series) {
    const model = modelOf(labels);
    const same = result.get(model);
    if (same === undefined) result.set(model, [values]);
    else same.push(values);
  }
  return result;
}
