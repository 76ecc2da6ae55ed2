import { BlockPool } from './block-pool.ts';
import type { EngineParameters } from './parameters.ts';
import type { Sequence } from './sequence.ts';

/** What one step will compute. */
export interface StepPlan {
  /** Sequences in the step, and how many tokens of each. */
  readonly sequences: readonly Sequence[];
  readonly tokens: readonly number[];
  readonly prefillTokens: number;
  /** Sequences that only add one token to what is cached. */
  readonly decodes: number;
  /** Cached tokens that the decoding sequences read. */
  readonly kvTokens: number;
  readonly admitted: readonly Sequence[];
  readonly preempted: readonly Sequence[];
}

/**
 * Continuous batching with paged KV cache, in the order vLLM's scheduler works: running sequences first, each as
 * far as the step's token budget goes; when a block is missing, the sequence that joined last loses all its blocks
 * and goes back to the head of the queue, to be computed again; then waiting sequences in order of arrival, but
 * none in a step that had to preempt.
 *
 * @see https://docs.vllm.ai/en/latest/design/arch_overview.html
 */
export class Scheduler {
  readonly pool: BlockPool;
  readonly waiting: Sequence[] = [];
  readonly running: Sequence[] = [];
  private readonly parameters: EngineParameters;

  constructor(parameters: EngineParameters) {
    this.parameters = parameters;
    this.pool = new BlockPool(parameters.blocks);
  }

  add(sequence: Sequence): void {
    this.waiting.push(sequence);
  }

  /** Takes a sequence out, wherever it is, and frees its blocks. */
  remove(sequence: Sequence): void {
    const list = sequence.state === 'running' ? this.running : this.waiting;
    const index = list.indexOf(sequence);
    if (index >= 0) list.splice(index, 1);
    this.releaseBlocks(sequence);
    sequence.state = 'finished';
  }

  /** Chooses the next step and reserves its blocks; undefined when there is nothing to do. */
  plan(): StepPlan | undefined {
    const step = new PlanBuilder(this.parameters.maxStepTokens);
    if (this.parameters.separatePrefill) {
      this.admit(step);
      if (step.sequences.length === 0) this.continueRunning(step);
    } else {
      this.continueRunning(step);
      if (step.preempted.length === 0) this.admit(step);
    }
    return step.sequences.length === 0 ? undefined : step;
  }

  /** Names the blocks that a finished step filled. */
  settle(sequence: Sequence, tokens: number): void {
    sequence.computed += tokens;
    if (!this.parameters.prefixCaching) return;
    const full = Math.floor(sequence.computed / this.parameters.blockTokens);
    for (; sequence.named < full; sequence.named++) {
      const hash = sequence.input.blockHashes[sequence.named];
      if (hash !== undefined) this.pool.name(sequence.blocks[sequence.named]!, hash);
    }
  }

  private continueRunning(step: PlanBuilder): void {
    for (let i = 0; i < this.running.length && step.budget > 0; i++) {
      const sequence = this.running[i]!;
      const tokens = Math.min(knownTokens(sequence) - sequence.computed, step.budget);
      let reserved = this.reserve(sequence, sequence.computed + tokens);
      while (!reserved) {
        const victim = this.running.pop()!;
        this.preempt(victim);
        step.preempted.push(victim);
        if (victim === sequence) return;
        reserved = this.reserve(sequence, sequence.computed + tokens);
      }
      step.add(sequence, tokens);
    }
  }

  private admit(step: PlanBuilder): void {
    while (this.waiting.length > 0 && step.budget > 0 && this.running.length < this.parameters.maxSequences) {
      const sequence = this.waiting[0]!;
      const cached = this.cachedBlocks(sequence);
      const cachedTokens = cached.length * this.parameters.blockTokens;
      const tokens = Math.min(knownTokens(sequence) - cachedTokens, step.budget);
      const needed = this.blocksFor(cachedTokens + tokens) - cached.length;
      const revived = cached.reduce((count, block) => count + (this.pool.isHeld(block) ? 0 : 1), 0);
      if (needed > this.pool.free - revived) return;
      this.waiting.shift();
      for (const block of cached) {
        this.pool.share(block);
        sequence.blocks.push(block);
      }
      sequence.computed = cachedTokens;
      sequence.named = cached.length;
      this.reserve(sequence, cachedTokens + tokens);
      if (sequence.preemptions === 0) sequence.cachedTokens = cachedTokens;
      else sequence.recomputedTokens += knownTokens(sequence) - cachedTokens;
      sequence.state = 'running';
      this.running.push(sequence);
      step.admitted.push(sequence);
      step.add(sequence, tokens);
    }
  }

  /** Blocks of the longest known prefix; at least one token is left to compute, for there must be a result. */
  private cachedBlocks(sequence: Sequence): number[] {
    const found: number[] = [];
    if (!this.parameters.prefixCaching) return found;
    const most = Math.floor((knownTokens(sequence) - 1) / this.parameters.blockTokens);
    for (let i = 0; i < most; i++) {
      const block = this.pool.find(sequence.input.blockHashes[i] ?? 0);
      if (block < 0) break;
      found.push(block);
    }
    return found;
  }

  private reserve(sequence: Sequence, tokens: number): boolean {
    const missing = this.blocksFor(tokens) - sequence.blocks.length;
    if (missing > this.pool.free) return false;
    for (let i = 0; i < missing; i++) sequence.blocks.push(this.pool.take());
    return true;
  }

  private preempt(sequence: Sequence): void {
    this.releaseBlocks(sequence);
    sequence.computed = 0;
    sequence.preemptions++;
    sequence.state = 'waiting';
    this.waiting.unshift(sequence);
  }

  /** Last block first, so that the common beginnings of prompts stay longest. */
  private releaseBlocks(sequence: Sequence): void {
    for (let i = sequence.blocks.length - 1; i >= 0; i--) this.pool.release(sequence.blocks[i]!);
    sequence.blocks.length = 0;
    sequence.named = 0;
  }

  private blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.parameters.blockTokens);
  }
}

/** Tokens that exist: the prompt and what was produced so far. */
export function knownTokens(sequence: Sequence): number {
  return sequence.input.promptTokens + sequence.generated;
}

class PlanBuilder implements StepPlan {
  readonly sequences: Sequence[] = [];
  readonly tokens: number[] = [];
  readonly admitted: Sequence[] = [];
  readonly preempted: Sequence[] = [];
  prefillTokens = 0;
  decodes = 0;
  kvTokens = 0;
  budget: number;

  constructor(budget: number) {
    this.budget = budget;
  }

  add(sequence: Sequence, tokens: number): void {
    this.sequences.push(sequence);
    this.tokens.push(tokens);
    this.budget -= tokens;
    if (sequence.generated > 0 && tokens === 1) {
      this.decodes++;
      this.kvTokens += sequence.computed;
    } else this.prefillTokens += tokens;
  }
}
