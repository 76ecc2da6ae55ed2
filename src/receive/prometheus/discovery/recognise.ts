/** How one kind of server is known by the names of its metrics. */
export interface MetricsSignature {
  /** What it is: `vllm`; also the `job` of its target. */
  readonly kind: string;
  /** As people write it. */
  readonly title: string;
  /** Any metric that begins so. */
  readonly prefixes?: readonly string[];
  /** Metric names of which `atLeast` must be there, for servers whose names have no prefix. */
  readonly names?: readonly string[];
  readonly atLeast?: number;
}

/** How a server that exports no metrics is known by another answer, and how to make it export them. */
export interface SilentSignature {
  readonly kind: string;
  readonly title: string;
  /** Where to ask; an answer of `/metrics` itself is looked at for any signature with that path. */
  readonly path: string;
  readonly status: number;
  /** Texts of which every one must stand in the body. */
  readonly bodyHas: readonly string[];
  /** The flag or setting that makes it export metrics, in a sentence. */
  readonly mend: string;
}

/** A loopback port to look at, and where on it metrics may be; each path once, the likeliest first. */
export interface PortToProbe {
  readonly port: number;
  readonly metricsPaths: readonly string[];
}

/** Everything that discovery without configuration knows; data, so that others can hand in their own. */
export interface RecognitionTable {
  /** In order: of several that fit, the first is right (an engine behind a framework shows both). */
  readonly metrics: readonly MetricsSignature[];
  readonly silent: readonly SilentSignature[];
  readonly ports: readonly PortToProbe[];
}

const AT_METRICS = ['/metrics'];

/**
 * Servers and exporters with their signatures and default ports.
 * The order matters: Dynamo, Ray and Triton pass their engine's metrics on; NIM's names, which have no prefix, are
 * the last resort.
 */
export const RECOGNITION: RecognitionTable = {
  metrics: [
    { kind: 'dynamo', title: 'NVIDIA Dynamo', prefixes: ['dynamo_'] },
    { kind: 'triton', title: 'NVIDIA Triton', prefixes: ['nv_inference_', 'nv_gpu_', 'nv_cpu_', 'nv_energy_'] },
    { kind: 'ray', title: 'Ray Serve', prefixes: ['ray_'] },
    { kind: 'litellm', title: 'LiteLLM', prefixes: ['litellm_'] },
    { kind: 'vllm', title: 'vLLM', prefixes: ['vllm:', 'vllm_'] },
    { kind: 'sglang', title: 'SGLang', prefixes: ['sglang:', 'sglang_'] },
    { kind: 'tgi', title: 'Text Generation Inference', prefixes: ['tgi_'] },
    { kind: 'tei', title: 'Text Embeddings Inference', prefixes: ['te_'] },
    { kind: 'llamacpp', title: 'llama.cpp', prefixes: ['llamacpp:', 'llamacpp_'] },
    { kind: 'tensorrt-llm', title: 'TensorRT-LLM', prefixes: ['trtllm_'] },
    { kind: 'dcgm', title: 'NVIDIA DCGM exporter', prefixes: ['DCGM_FI_', 'DCGM_EXP_'] },
    {
      kind: 'torchserve',
      title: 'TorchServe',
      prefixes: ['ts_inference_', 'ts_queue_'],
      names: ['Requests2XX', 'Requests4XX', 'Requests5XX', 'WorkerThreadTime', 'QueueTime', 'HandlerTime'],
      atLeast: 2,
    },
    { kind: 'node', title: 'node_exporter', prefixes: ['node_exporter_', 'node_cpu_', 'node_memory_'] },
    {
      kind: 'nim',
      title: 'NVIDIA NIM',
      names: [
        'num_requests_running',
        'num_requests_waiting',
        'num_request_max',
        'gpu_cache_usage_perc',
        'request_success_total',
        'request_failure_total',
        'request_finish_total',
        'time_to_first_token_seconds',
        'time_per_output_token_seconds',
        'e2e_request_latency_seconds',
        'prompt_tokens_total',
        'generation_tokens_total',
      ],
      // The first trtllm-serve has four of these and no more.
      atLeast: 6,
    },
    {
      kind: 'tensorrt-llm',
      title: 'TensorRT-LLM',
      names: [
        'request_success_total',
        'e2e_request_latency_seconds',
        'time_to_first_token_seconds',
        'time_per_output_token_seconds',
        'request_queue_time_seconds',
      ],
      atLeast: 3,
    },
  ],
  silent: [
    {
      kind: 'llamacpp',
      title: 'llama.cpp',
      path: '/metrics',
      status: 501,
      bodyHas: ['does not support metrics endpoint'],
      mend: 'start llama-server with --metrics',
    },
    {
      kind: 'llamacpp',
      title: 'llama.cpp',
      path: '/props',
      status: 200,
      bodyHas: ['default_generation_settings'],
      mend: 'start llama-server with --metrics',
    },
    {
      kind: 'ollama',
      title: 'Ollama',
      path: '/',
      status: 200,
      bodyHas: ['Ollama is running'],
      mend: 'Ollama has no metrics endpoint in its releases; instrument the client, or put a gateway such as LiteLLM in front',
    },
    {
      kind: 'sglang',
      title: 'SGLang',
      path: '/get_model_info',
      status: 200,
      bodyHas: ['"model_path"', '"is_generation"'],
      mend: 'start SGLang with --enable-metrics',
    },
    {
      kind: 'vllm',
      title: 'vLLM',
      path: '/v1/models',
      status: 200,
      bodyHas: ['"owned_by"', '"vllm"'],
      mend: 'start vLLM without --disable-log-stats',
    },
    {
      kind: 'litellm',
      title: 'LiteLLM',
      path: '/health/liveliness',
      status: 200,
      bodyHas: ["I'm alive!"],
      mend: 'add prometheus to litellm_settings.callbacks in the configuration of the proxy',
    },
    {
      kind: 'tensorrt-llm',
      title: 'TensorRT-LLM',
      path: '/v1/models',
      status: 200,
      bodyHas: ['"owned_by"', '"tensorrt_llm"'],
      mend: 'set return_perf_metrics: true in the options of trtllm-serve',
    },
  ],
  ports: [
    { port: 8000, metricsPaths: ['/metrics', '/v1/metrics', '/prometheus/metrics'] },
    { port: 3000, metricsPaths: AT_METRICS },
    { port: 9000, metricsPaths: AT_METRICS },
    { port: 8002, metricsPaths: AT_METRICS },
    { port: 30000, metricsPaths: AT_METRICS },
    { port: 8082, metricsPaths: AT_METRICS },
    { port: 9400, metricsPaths: AT_METRICS },
    { port: 8080, metricsPaths: AT_METRICS },
    { port: 8081, metricsPaths: AT_METRICS },
    { port: 11434, metricsPaths: AT_METRICS },
    { port: 4000, metricsPaths: ['/metrics/', '/metrics'] },
    { port: 9100, metricsPaths: AT_METRICS },
  ],
};

/** Paths of a port that is not in the table. */
export const DEFAULT_METRICS_PATHS: readonly string[] = ['/metrics', '/v1/metrics', '/prometheus/metrics', '/metrics/'];

/** The server whose metrics these are, by name; undefined for none that we know. */
export function recogniseMetrics(
  names: ReadonlySet<string>,
  signatures: readonly MetricsSignature[],
): MetricsSignature | undefined {
  return signatures.find(({ prefixes = [], names: wanted = [], atLeast = 1 }) => {
    if (prefixes.some((prefix) => [...names].some((name) => name.startsWith(prefix)))) return true;
    return wanted.length > 0 && wanted.filter((name) => has(names, name)).length >= atLeast;
  });
}

/** The silent server that answered so, by one of its signatures. */
export function recogniseSilent(
  path: string,
  status: number,
  body: string,
  signatures: readonly SilentSignature[],
): SilentSignature | undefined {
  return signatures.find(
    (signature) =>
      signature.path === path && signature.status === status && signature.bodyHas.every((text) => body.includes(text)),
  );
}

/** A family may show as itself or, for histograms, only as its parts. */
function has(names: ReadonlySet<string>, name: string): boolean {
  return names.has(name) || names.has(`${name}_bucket`) || names.has(`${name}_count`);
}
