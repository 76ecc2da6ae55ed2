import type { EngineAccount } from '../engine/account.ts';
import type { Engine, EngineObserver } from '../engine/engine.ts';
import type { StepPlan } from '../engine/scheduler.ts';
import { FINISH_REASONS, phaseSeconds, type Sequence } from '../engine/sequence.ts';
import { ExpositionWriter, Histogram, oneTwoFive } from './exposition.ts';

const TTFT_SECONDS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];
const GAP_SECONDS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
const REQUEST_SECONDS = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];
const STEP_TOKENS = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];

/**
 * `/metrics` in the shape of vLLM's v1 engine: same names, labels, buckets and moments of counting. A request that
 * ended before it was scheduled, or before its first token, is absent from the phases it never reached.
 *
 * @see https://docs.vllm.ai/en/latest/usage/metrics.html
 */
export class VllmMetrics implements EngineObserver {
  private readonly engine: Engine;
  private readonly account: EngineAccount;
  private readonly model: string;
  private readonly ttft = new Histogram(TTFT_SECONDS);
  private readonly gap = new Histogram(GAP_SECONDS);
  private readonly perToken = new Histogram(GAP_SECONDS);
  private readonly e2e = new Histogram(REQUEST_SECONDS);
  private readonly queue = new Histogram(REQUEST_SECONDS);
  private readonly prefill = new Histogram(REQUEST_SECONDS);
  private readonly decode = new Histogram(REQUEST_SECONDS);
  private readonly inference = new Histogram(REQUEST_SECONDS);
  private readonly step = new Histogram(STEP_TOKENS);
  private readonly prompt: Histogram;
  private readonly generation: Histogram;
  private readonly maxTokens: Histogram;
  private readonly computed: Histogram;

  constructor(engine: Engine, account: EngineAccount, model: string) {
    this.engine = engine;
    this.account = account;
    this.model = model;
    const tokenBounds = oneTwoFive(engine.parameters.maxModelTokens);
    this.prompt = new Histogram(tokenBounds);
    this.generation = new Histogram(tokenBounds);
    this.maxTokens = new Histogram(tokenBounds);
    this.computed = new Histogram(tokenBounds);
    engine.observe(this);
  }

  firstToken(sequence: Sequence): void {
    this.ttft.observe((sequence.firstTokenMs - sequence.arrivedMs) / 1000);
  }

  nextToken(_sequence: Sequence, gapSeconds: number): void {
    this.gap.observe(gapSeconds);
  }

  stepped(plan: StepPlan): void {
    this.step.observe(plan.prefillTokens + plan.decodes);
  }

  finished(sequence: Sequence): void {
    const seconds = phaseSeconds(sequence);
    this.e2e.observe(seconds.e2e);
    this.queue.observe(seconds.queue);
    this.prompt.observe(sequence.input.promptTokens);
    this.generation.observe(sequence.generated);
    if (sequence.input.answerTokens > 0) this.maxTokens.observe(sequence.input.maxTokens);
    if (Number.isNaN(sequence.firstTokenMs)) return;
    this.prefill.observe(seconds.prefill);
    this.decode.observe(seconds.decode);
    this.inference.observe(seconds.inference);
    this.computed.observe(sequence.input.promptTokens - sequence.cachedTokens);
    if (sequence.generated > 1) this.perToken.observe(seconds.decode / (sequence.generated - 1));
  }

  render(): string {
    const out = new ExpositionWriter(true);
    const labels = { engine: '0', model_name: this.model };
    this.writeState(out, labels);
    this.writeCounters(out, labels);
    for (const [name, help, histogram] of this.histograms()) out.histogram(`vllm:${name}`, help, labels, histogram);
    return out.toString();
  }

  private writeState(out: ExpositionWriter, labels: Readonly<Record<string, string>>): void {
    const { engine } = this;
    const gauge = (name: string, help: string, value: number): void =>
      out.single(`vllm:${name}`, 'gauge', help, labels, value);
    gauge('num_requests_running', 'Number of requests in model execution batches.', engine.runningCount);
    gauge('num_requests_waiting', 'Number of requests waiting to be processed.', engine.waitingCount);
    gauge('kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.', engine.kvUsageRatio);
    out.family('vllm:engine_sleep_state', 'gauge', 'Engine sleep state; awake = 1 means the engine serves.');
    for (const state of ['awake', 'weights_offloaded', 'discard_all']) {
      out.sample('vllm:engine_sleep_state', { ...labels, sleep_state: state }, state === 'awake' ? 1 : 0);
    }
    const { blocks, blockTokens, prefixCaching } = engine.parameters;
    const config = {
      block_size: `${blockTokens}`,
      cache_dtype: 'auto',
      enable_prefix_caching: prefixCaching ? 'True' : 'False',
      engine: '0',
      gpu_memory_utilization: '0.9',
      num_gpu_blocks: `${blocks}`,
    };
    out.single('vllm:cache_config_info', 'gauge', 'Information of the LLMEngine CacheConfig', config, 1);
  }

  private writeCounters(out: ExpositionWriter, labels: Readonly<Record<string, string>>): void {
    const { account } = this;
    const counter = (name: string, help: string, value: number): void =>
      out.single(`vllm:${name}_total`, 'counter', help, labels, value);
    counter('prefix_cache_queries', 'Prefix cache queries, in number of queried tokens.', account.prefixQueryTokens);
    counter('prefix_cache_hits', 'Prefix cache hits, in number of cached tokens.', account.prefixHitTokens);
    counter('num_preemptions', 'Cumulative number of preemption from the engine.', account.preemptions);
    counter('prompt_tokens', 'Number of prefill tokens processed.', account.promptTokens);
    counter('prompt_tokens_cached', 'Prompt tokens served from the prefix cache.', account.prefixHitTokens);
    counter('prompt_tokens_recomputed', 'Tokens computed again after preemption.', account.recomputedTokens);
    counter('generation_tokens', 'Number of generation tokens processed.', account.generationTokens);
    out.family('vllm:request_success_total', 'counter', 'Count of successfully processed requests.');
    for (const reason of FINISH_REASONS) {
      out.sample('vllm:request_success_total', { ...labels, finished_reason: reason }, account.finishedBy[reason]);
    }
  }

  private histograms(): readonly (readonly [name: string, help: string, histogram: Histogram])[] {
    return [
      ['time_to_first_token_seconds', 'Histogram of time to first token in seconds.', this.ttft],
      ['inter_token_latency_seconds', 'Histogram of inter-token latency in seconds.', this.gap],
      ['request_time_per_output_token_seconds', 'Mean time per output token of a request.', this.perToken],
      ['e2e_request_latency_seconds', 'Histogram of e2e request latency in seconds.', this.e2e],
      ['request_queue_time_seconds', 'Histogram of time spent in WAITING phase for request.', this.queue],
      ['request_prefill_time_seconds', 'Histogram of time spent in PREFILL phase for request.', this.prefill],
      ['request_decode_time_seconds', 'Histogram of time spent in DECODE phase for request.', this.decode],
      ['request_inference_time_seconds', 'Histogram of time spent in RUNNING phase for request.', this.inference],
      ['request_prompt_tokens', 'Number of prefill tokens processed.', this.prompt],
      ['request_generation_tokens', 'Number of generation tokens processed.', this.generation],
      ['request_prefill_kv_computed_tokens', 'Prompt tokens really computed in prefill.', this.computed],
      ['request_params_max_tokens', 'Histogram of the max_tokens request parameter.', this.maxTokens],
      ['iteration_tokens_total', 'Histogram of number of tokens per engine_step.', this.step],
    ];
  }
}
