import {
  readModelCalls,
  readOtherPhases,
  readSlowestCalls,
  slidingFirstTokenQuantile,
  slidingRatio,
  slidingSum,
  type CallSum,
  type ModelCalls,
  type OtherPhases,
  type SlowCall,
} from '../../../query/overview/index.ts';
import type { StoreReader } from '../../../store/index.ts';
import type { Bounded } from '../bounded.ts';
import type { TimeAxis } from '../time-axis.ts';

/** Exemplars over a chart: this many at most. */
const EXEMPLARS = 8;

/** What one model's spans say on an axis; each point covers the window that ends there. NaN = no value. */
export interface SpanFacts {
  readonly model: string;
  readonly fromEngine: boolean;
  readonly provider: string;
  readonly ttftP95: Float64Array;
  readonly ttftMean: Float64Array;
  /** Seconds from first token to end, of calls that tell their first token. */
  readonly streamMean: Float64Array;
  readonly secondsMean: Float64Array;
  readonly errorRatio: Float64Array;
  readonly requestsPerSecond: Float64Array;
  readonly inputTokensPerSecond: Float64Array;
  readonly outputTokensPerSecond: Float64Array;
  readonly inputTokensPerRequest: Float64Array;
  readonly outputTokensPerRequest: Float64Array;
  readonly cachedRatio: Float64Array;
}

/** Mean seconds a model call's trace spends beside the model, on an axis. */
export interface BesideFacts {
  readonly retrieval: Float64Array;
  readonly tools: Float64Array;
  readonly safety: Float64Array;
}

/** Answers of spans for one page; each question is asked at most once. */
export class ClientSpans {
  readonly axis: TimeAxis;
  private readonly reader: StoreReader;
  private readonly pool: Bounded;
  private readonly scope: { tenant: string; models: readonly string[]; services: readonly string[] };
  private readonly signal: AbortSignal;
  private calls: Promise<SpanFacts[]> | undefined;
  private beside: Promise<BesideFacts> | undefined;
  private slow: Promise<SlowCall[]> | undefined;

  constructor(
    reader: StoreReader,
    pool: Bounded,
    axis: TimeAxis,
    scope: { tenant: string; models: readonly string[]; services: readonly string[] },
    signal: AbortSignal,
  ) {
    this.reader = reader;
    this.pool = pool;
    this.axis = axis;
    this.scope = scope;
    this.signal = signal;
  }

  async models(): Promise<SpanFacts[]> {
    this.calls ??= this.pool.run(async () => {
      const { extra, steps } = this.extended();
      const calls = await readModelCalls(this.reader, this.spanScope(extra), this.axis.stepMs, steps, this.signal);
      return calls
        .map((one) => this.factsOf(one, extra, steps))
        .filter(({ secondsMean }) => secondsMean.some(isFinite));
    });
    return this.calls;
  }

  async besideModels(): Promise<BesideFacts> {
    this.beside ??= this.pool.run(async () => {
      const { extra, steps, window } = this.extended();
      const scope = this.spanScope(extra);
      const phases = await readOtherPhases(this.reader, scope, this.axis.stepMs, steps, this.signal);
      const mean = (seconds: OtherPhases['tools']): Float64Array =>
        slidingRatio(seconds, phases.calls, window).slice(extra);
      return { retrieval: mean(phases.retrieval), tools: mean(phases.tools), safety: mean(phases.safety) };
    });
    return this.beside;
  }

  async slowest(): Promise<SlowCall[]> {
    this.slow ??= this.pool.run(() => readSlowestCalls(this.reader, this.spanScope(0), EXEMPLARS, this.signal));
    return this.slow;
  }

  /** The first points' windows reach back before the axis: that many more steps are read. */
  private extended(): { extra: number; steps: number; window: number } {
    const window = Math.max(1, Math.round(this.axis.windowMs / this.axis.stepMs));
    return { extra: window - 1, steps: this.axis.steps + window - 1, window };
  }

  private spanScope(extra: number): Parameters<typeof readModelCalls>[1] {
    const { fromMs, toMs, stepMs } = this.axis;
    return { ...this.scope, fromUnixMs: fromMs - extra * stepMs, toUnixMs: toMs };
  }

  private factsOf(calls: ModelCalls, extra: number, steps: number): SpanFacts {
    const { window } = this.extended();
    const { sums } = calls;
    const seconds = (window * this.axis.stepMs) / 1000;
    const ratio = (above: CallSum, below: CallSum): Float64Array =>
      slidingRatio(sums[above], sums[below], window).slice(extra);
    const perSecond = (of: CallSum, where: CallSum): Float64Array => {
      const known = slidingSum(sums[where], window);
      return slidingSum(sums[of], window)
        .map((sum, i) => (known[i]! > 0 ? sum / seconds : NaN))
        .slice(extra);
    };
    const streamTotal = sums.stream_seconds.map((whole, i) => whole - sums.ttft_seconds_sum[i]!);
    return {
      model: calls.model,
      fromEngine: calls.fromEngine,
      provider: calls.provider,
      ttftP95: slidingFirstTokenQuantile(calls, 0.95, window, steps).slice(extra),
      ttftMean: ratio('ttft_seconds_sum', 'streams'),
      streamMean: slidingRatio(streamTotal, sums.streams, window).slice(extra),
      secondsMean: ratio('seconds', 'calls'),
      errorRatio: ratio('errors', 'calls'),
      requestsPerSecond: perSecond('calls', 'calls'),
      inputTokensPerSecond: perSecond('input', 'input_calls'),
      outputTokensPerSecond: perSecond('output', 'output_calls'),
      inputTokensPerRequest: ratio('input', 'input_calls'),
      outputTokensPerRequest: ratio('output', 'output_calls'),
      cachedRatio: ratio('cached', 'cacheable'),
    };
  }
}
