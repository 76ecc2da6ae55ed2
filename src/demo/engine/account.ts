import type { Engine, EngineObserver } from './engine.ts';
import { FINISH_REASONS, phaseSeconds, type FinishReason, type Sequence } from './sequence.ts';

/** What happened in an engine, told exactly: the truth that what Sonde shows can be held against. */
export interface EngineTruth {
  readonly name: string;
  readonly model: string;
  /** Requests by how they ended. */
  readonly finished: Readonly<Record<FinishReason, number>>;
  /** Prompts whose prefill was completed, in tokens. */
  readonly promptTokens: number;
  readonly generationTokens: number;
  readonly prefixQueryTokens: number;
  readonly prefixHitTokens: number;
  readonly recomputedTokens: number;
  readonly preemptions: number;
  readonly steps: number;
  readonly running: number;
  readonly waiting: number;
  /** Share of KV-cache blocks in use, 0..1. */
  readonly kvUsageRatio: number;
  readonly ttftSeconds: Quantiles;
  readonly e2eSeconds: Quantiles;
}

/** Exact quantiles of the latest observations; count and sum are of all. */
export interface Quantiles {
  readonly count: number;
  readonly sum: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Keeps an engine's books. */
export class EngineAccount implements EngineObserver {
  readonly finishedBy: Record<FinishReason, number> = { stop: 0, length: 0, abort: 0, error: 0 };
  promptTokens = 0;
  generationTokens = 0;
  prefixQueryTokens = 0;
  prefixHitTokens = 0;
  recomputedTokens = 0;
  preemptions = 0;
  steps = 0;
  private readonly engine: Engine;
  private readonly ttft = new Recent();
  private readonly e2e = new Recent();

  constructor(engine: Engine) {
    this.engine = engine;
    engine.observe(this);
  }

  admitted(sequence: Sequence): void {
    if (sequence.preemptions > 0 || !this.engine.parameters.prefixCaching) return;
    this.prefixQueryTokens += sequence.input.promptTokens;
    this.prefixHitTokens += sequence.cachedTokens;
  }

  preempted(): void {
    this.preemptions++;
  }

  firstToken(sequence: Sequence): void {
    this.promptTokens += sequence.input.promptTokens;
    this.generationTokens += Math.min(1, sequence.generated);
    this.ttft.add((sequence.firstTokenMs - sequence.arrivedMs) / 1000);
  }

  nextToken(): void {
    this.generationTokens++;
  }

  finished(sequence: Sequence, reason: FinishReason): void {
    this.finishedBy[reason]++;
    this.recomputedTokens += sequence.recomputedTokens;
    this.e2e.add(phaseSeconds(sequence).e2e);
  }

  stepped(): void {
    this.steps++;
  }

  truth(name: string, model: string): EngineTruth {
    return {
      name,
      model,
      finished: { ...this.finishedBy },
      promptTokens: this.promptTokens,
      generationTokens: this.generationTokens,
      prefixQueryTokens: this.prefixQueryTokens,
      prefixHitTokens: this.prefixHitTokens,
      recomputedTokens: this.recomputedTokens,
      preemptions: this.preemptions,
      steps: this.steps,
      running: this.engine.runningCount,
      waiting: this.engine.waitingCount,
      kvUsageRatio: this.engine.kvUsageRatio,
      ttftSeconds: this.ttft.quantiles(),
      e2eSeconds: this.e2e.quantiles(),
    };
  }
}

/** Requests that ended, however they did. */
export function finishedTotal(finished: Readonly<Record<FinishReason, number>>): number {
  return FINISH_REASONS.reduce((sum, reason) => sum + finished[reason], 0);
}

/** The latest observations of one quantity, bounded. */
export class Recent {
  private readonly values = new Float64Array(16_384);
  private count = 0;
  private sum = 0;

  add(value: number): void {
    this.values[this.count++ % this.values.length] = value;
    this.sum += value;
  }

  quantiles(): Quantiles {
    const sorted = this.values.slice(0, Math.min(this.count, this.values.length)).sort();
    const at = (q: number): number => (sorted.length === 0 ? NaN : sorted[Math.ceil(q * sorted.length) - 1]!);
    return { count: this.count, sum: this.sum, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}
