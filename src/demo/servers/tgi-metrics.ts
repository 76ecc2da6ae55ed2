import type { EngineAccount } from '../engine/account.ts';
import type { Engine, EngineObserver } from '../engine/engine.ts';
import type { StepPlan } from '../engine/scheduler.ts';
import { phaseSeconds, type FinishReason, type Sequence } from '../engine/sequence.ts';
import { ExpositionWriter, Histogram } from './exposition.ts';

/** TGI's duration buckets: from 0.1 ms, each half as wide again as the one before. */
const DURATION_SECONDS = durationBounds();
const BATCH_SIZES = Array.from({ length: 32 }, (_, i) => i + 1);
/** TGI keeps its own names for what went wrong; the simulator can only break while generating or by the client. */
export const TGI_FAILURES = ['validation', 'generation', 'overloaded', 'incomplete'] as const;
export type TgiFailure = (typeof TGI_FAILURES)[number];

/**
 * `/metrics` in the shape of Hugging Face TGI: no model label, counters without `_total`, no time to first token.
 * Requests whose client went away leave no trace in it but `tgi_request_count`, as in the original.
 *
 * @see https://huggingface.co/docs/text-generation-inference/reference/metrics
 */
export class TgiMetrics implements EngineObserver {
  private readonly engine: Engine;
  private readonly failures: Record<TgiFailure, number> = {
    validation: 0,
    generation: 0,
    overloaded: 0,
    incomplete: 0,
  };
  private requests = 0;
  private success = 0;
  private readonly request = new Histogram(DURATION_SECONDS);
  private readonly validation = new Histogram(DURATION_SECONDS);
  private readonly queue = new Histogram(DURATION_SECONDS);
  private readonly inference = new Histogram(DURATION_SECONDS);
  private readonly perToken = new Histogram(DURATION_SECONDS);
  private readonly inputLength: Histogram;
  private readonly generated: Histogram;
  private readonly maxNew: Histogram;
  private readonly nextSize = new Histogram(BATCH_SIZES);
  private readonly batches = { prefill: new Histogram(DURATION_SECONDS), decode: new Histogram(DURATION_SECONDS) };
  private concatenations = 0;

  constructor(engine: Engine) {
    this.engine = engine;
    const { maxModelTokens } = engine.parameters;
    const hundredths = (max: number): number[] => Array.from({ length: 100 }, (_, i) => (max / 100) * (i + 1));
    this.inputLength = new Histogram(hundredths(maxModelTokens - 1));
    this.generated = new Histogram(hundredths(maxModelTokens));
    this.maxNew = new Histogram(hundredths(maxModelTokens));
    engine.observe(this);
  }

  /** A request came in; its check took this long. */
  received(validationSeconds: number): void {
    this.requests++;
    this.validation.observe(validationSeconds);
  }

  failed(failure: TgiFailure): void {
    this.failures[failure]++;
  }

  stepped(plan: StepPlan, durationMs: number): void {
    const prefill = plan.prefillTokens > 0;
    this.batches[prefill ? 'prefill' : 'decode'].observe(durationMs / 1000);
    if (plan.admitted.length > 0) {
      this.nextSize.observe(plan.admitted.length);
      if (this.engine.runningCount > plan.admitted.length) this.concatenations++;
    }
  }

  finished(sequence: Sequence, reason: FinishReason): void {
    if (reason === 'abort') return;
    if (reason === 'error') {
      this.failed('generation');
      return;
    }
    const seconds = phaseSeconds(sequence);
    this.success++;
    this.request.observe(seconds.e2e);
    this.queue.observe(seconds.queue);
    this.inference.observe(seconds.inference);
    this.perToken.observe(seconds.inference / Math.max(1, sequence.generated));
    this.inputLength.observe(sequence.input.promptTokens);
    this.generated.observe(sequence.generated);
    this.maxNew.observe(sequence.input.maxTokens);
  }

  render(account: EngineAccount): string {
    const out = new ExpositionWriter(false);
    const { engine } = this;
    out.single('tgi_request_count', 'counter', 'Total number of requests', {}, this.requests);
    out.single('tgi_request_success', 'counter', 'Number of successful requests', {}, this.success);
    out.family('tgi_request_failure', 'counter', 'Number of failed requests');
    for (const err of TGI_FAILURES) out.sample('tgi_request_failure', { err }, this.failures[err]);
    out.single('tgi_queue_size', 'gauge', 'Current queue size', {}, engine.waitingCount);
    out.single('tgi_batch_current_size', 'gauge', 'Current batch size', {}, engine.runningCount);
    const maxTokens = 'Maximum tokens for the current batch';
    out.single('tgi_batch_current_max_tokens', 'gauge', maxTokens, {}, engine.committedTokens);
    const total = engine.parameters.blocks * engine.parameters.blockTokens;
    out.single('tgi_batch_max_total_tokens', 'gauge', 'Maximum tokens of all batches', {}, total);
    out.family('tgi_batch_concat', 'counter', 'Number of batches that were put together');
    out.sample('tgi_batch_concat', { reason: 'wait_exceeded' }, this.concatenations);
    for (const [name, help] of [
      ['tgi_batch_inference_count', 'Inference calls per method (prefill or decode)'],
      ['tgi_batch_inference_success', 'Number of successful inference calls per method (prefill or decode)'],
    ] as const) {
      out.family(name, 'counter', help);
      for (const method of ['prefill', 'decode'] as const) out.sample(name, { method }, this.batches[method].count);
    }
    out.family('tgi_batch_inference_duration', 'histogram', 'Batch inference duration');
    for (const method of ['prefill', 'decode'] as const) {
      out.histogramSamples('tgi_batch_inference_duration', { method }, this.batches[method]);
    }
    out.histogram('tgi_batch_next_size', 'Batch size of the next batch', {}, this.nextSize);
    out.histogram('tgi_request_duration', 'Request duration', {}, this.request);
    out.histogram('tgi_request_validation_duration', 'Request validation duration', {}, this.validation);
    out.histogram('tgi_request_queue_duration', 'Request queue duration', {}, this.queue);
    out.histogram('tgi_request_inference_duration', 'Request inference duration', {}, this.inference);
    const perToken = 'Mean time per token per request';
    out.histogram('tgi_request_mean_time_per_token_duration', perToken, {}, this.perToken);
    out.histogram('tgi_request_input_length', 'Input token length per request', {}, this.inputLength);
    out.histogram('tgi_request_generated_tokens', 'Generated tokens per request', {}, this.generated);
    out.histogram('tgi_request_max_new_tokens', 'Maximum new tokens per request', {}, this.maxNew);
    this.writeSkipped(out, account);
    return out.toString();
  }

  /** A summary in the original too, although documented as a histogram; without speculation all its values are 0. */
  private writeSkipped(out: ExpositionWriter, account: EngineAccount): void {
    out.family('tgi_request_skipped_tokens', 'summary', 'Speculated tokens per request');
    for (const quantile of ['0', '0.5', '0.9', '0.95', '0.99', '0.999', '1']) {
      out.sample('tgi_request_skipped_tokens', { quantile }, 0);
    }
    out.sample('tgi_request_skipped_tokens_sum', {}, 0);
    out.sample('tgi_request_skipped_tokens_count', {}, account.finishedBy.stop + account.finishedBy.length);
  }
}

/** Multiplied step by step, so that the last digits are those of the original. */
function durationBounds(): number[] {
  const bounds: number[] = [];
  for (let bound = 0.0001 * 1.5; bounds.length < 35; bound *= 1.5) bounds.push(bound);
  return bounds;
}
