import { SondeError } from '../../model/errors.ts';
import type { Clock } from '../clock.ts';
import { checkParameters, stepDurationMs, type EngineParameters } from './parameters.ts';
import { knownTokens, Scheduler, type StepPlan } from './scheduler.ts';
import { makeSequence, type FinishReason, type Sequence, type SequenceInput } from './sequence.ts';

/** Who wants to know what an engine does: metrics, spans, logs. Called in the order things happen. */
export interface EngineObserver {
  admitted?(sequence: Sequence): void;
  preempted?(sequence: Sequence): void;
  /** The first token, or for pooling the end of the prefill. */
  firstToken?(sequence: Sequence): void;
  /** A later token, and the seconds since the one before. */
  nextToken?(sequence: Sequence, gapSeconds: number): void;
  finished?(sequence: Sequence, reason: FinishReason): void;
  stepped?(plan: StepPlan, durationMs: number): void;
}

/**
 * An LLM engine that computes nothing but takes its time over it: requests queue, share steps, hold KV-cache blocks
 * and are preempted as in the real one; a step lasts as long as the cost model says. Everything is deterministic
 * for a given clock and order of calls.
 */
export class Engine {
  readonly parameters: EngineParameters;
  private readonly clock: Clock;
  /** Queue, batch and blocks, to look at; only the engine changes them. */
  readonly scheduler: Scheduler;
  private readonly observers: EngineObserver[] = [];
  private cancelStep: (() => void) | undefined;
  private dueMs = 0;
  private busyMsTotal = 0;
  private stopped = false;

  constructor(parameters: EngineParameters, clock: Clock) {
    checkParameters(parameters);
    this.parameters = parameters;
    this.clock = clock;
    this.scheduler = new Scheduler(parameters);
  }

  observe(observer: EngineObserver): void {
    this.observers.push(observer);
  }

  get runningCount(): number {
    return this.scheduler.running.length;
  }

  get waitingCount(): number {
    return this.scheduler.waiting.length;
  }

  /** Share of KV-cache blocks in use, 0..1. */
  get kvUsageRatio(): number {
    return this.scheduler.pool.usageRatio;
  }

  /** Milliseconds spent in steps since the start. */
  get busyMs(): number {
    return this.busyMsTotal;
  }

  /** Tokens that running requests hold or may still ask for. */
  get committedTokens(): number {
    return this.scheduler.running.reduce((sum, s) => sum + s.input.promptTokens + s.input.maxTokens, 0);
  }

  /** @throws SondeError `demo-request-too-long` when prompt and answer exceed what the model can hold */
  submit(input: SequenceInput): Sequence {
    const longest = input.promptTokens + Math.min(input.answerTokens, input.maxTokens);
    if (longest > this.parameters.maxModelTokens || input.promptTokens < 1) {
      throw new SondeError(`a request of ${longest} tokens, the model holds ${this.parameters.maxModelTokens}`, {
        kind: 'invalid',
        code: 'demo-request-too-long',
        mend: 'send a shorter prompt or ask for fewer tokens',
      });
    }
    const sequence = makeSequence(input, this.clock.now());
    this.scheduler.add(sequence);
    if (!this.stopped && this.cancelStep === undefined) this.startStep(false);
    return sequence;
  }

  /** The client went away. Blocks are free at once; a step under way still takes its time. */
  abort(sequence: Sequence): void {
    if (sequence.state !== 'finished') this.finish(sequence, 'abort', this.clock.now());
  }

  /** Ends the step under way and lets no other begin; what is inside is aborted. */
  stop(): void {
    this.stopped = true;
    this.cancelStep?.();
    this.cancelStep = undefined;
    for (const sequence of [...this.scheduler.running, ...this.scheduler.waiting]) this.abort(sequence);
  }

  private startStep(followsAnother: boolean): void {
    const plan = this.scheduler.plan();
    if (plan === undefined) {
      this.cancelStep = undefined;
      return;
    }
    const nowMs = this.clock.now();
    for (const sequence of plan.preempted) for (const o of this.observers) o.preempted?.(sequence);
    for (const sequence of plan.admitted) {
      if (Number.isNaN(sequence.firstScheduledMs)) sequence.firstScheduledMs = nowMs;
      for (const o of this.observers) o.admitted?.(sequence);
    }
    const durationMs = stepDurationMs(this.parameters.stepCost, plan.prefillTokens, plan.decodes, plan.kvTokens);
    // A timer that fired late must not slow the engine down: what it lost is taken off the next step.
    const startMs = followsAnother ? Math.max(this.dueMs, nowMs - durationMs / 2) : nowMs;
    this.dueMs = startMs + durationMs;
    this.cancelStep = this.clock.after(Math.max(0, this.dueMs - nowMs), () => this.endStep(plan, durationMs));
  }

  private endStep(plan: StepPlan, durationMs: number): void {
    const nowMs = this.clock.now();
    this.busyMsTotal += durationMs;
    for (const o of this.observers) o.stepped?.(plan, durationMs);
    for (let i = 0; i < plan.sequences.length; i++) {
      const sequence = plan.sequences[i]!;
      // Aborted while the step ran, or preempted in the planning of it.
      if (sequence.state !== 'running') continue;
      this.scheduler.settle(sequence, plan.tokens[i]!);
      if (sequence.computed === knownTokens(sequence)) this.produce(sequence, nowMs);
    }
    if (!this.stopped) this.startStep(true);
  }

  private produce(sequence: Sequence, nowMs: number): void {
    const { answerTokens, maxTokens, failsAfterTokens, onToken } = sequence.input;
    const pooling = answerTokens === 0;
    if (!pooling) sequence.generated++;
    if (Number.isNaN(sequence.firstTokenMs)) {
      sequence.firstTokenMs = nowMs;
      for (const o of this.observers) o.firstToken?.(sequence);
    } else {
      const gapSeconds = (nowMs - sequence.lastTokenMs) / 1000;
      for (const o of this.observers) o.nextToken?.(sequence, gapSeconds);
    }
    sequence.lastTokenMs = nowMs;
    onToken?.(sequence);
    if (pooling) this.finish(sequence, 'stop', nowMs);
    else if (failsAfterTokens !== undefined && sequence.generated >= failsAfterTokens)
      this.finish(sequence, 'error', nowMs);
    else if (sequence.generated >= answerTokens) this.finish(sequence, 'stop', nowMs);
    else if (sequence.generated >= maxTokens) this.finish(sequence, 'length', nowMs);
  }

  private finish(sequence: Sequence, reason: FinishReason, nowMs: number): void {
    this.scheduler.remove(sequence);
    sequence.finishedMs = nowMs;
    sequence.finishReason = reason;
    for (const o of this.observers) o.finished?.(sequence, reason);
    sequence.input.onFinish?.(sequence, reason);
  }
}
