import { SondeError } from '../../model/errors.ts';

/**
 * How long one engine step takes, as a straight line through what is in the batch:
 * `base + prefillTokens × perPrefillToken + decodeSequences × perDecodeSequence + kvTokens × perKvToken`.
 * All in milliseconds. `kvTokens` are the cached tokens that attention reads for the sequences that decode.
 */
export interface StepCost {
  readonly baseMs: number;
  readonly perPrefillTokenMs: number;
  readonly perDecodeSequenceMs: number;
  readonly perKvTokenMs: number;
}

/** One engine: what it holds and how fast it is. docs/demo.md lists the values that the demo uses, and why. */
export interface EngineParameters {
  /** Most sequences in one batch (vLLM `--max-num-seqs`). */
  readonly maxSequences: number;
  /** Most tokens computed in one step (vLLM `--max-num-batched-tokens`); longer prompts are prefilled in chunks. */
  readonly maxStepTokens: number;
  /** Most tokens of prompt and answer together (vLLM `--max-model-len`). */
  readonly maxModelTokens: number;
  /** Tokens a KV-cache block holds. */
  readonly blockTokens: number;
  readonly blocks: number;
  readonly prefixCaching: boolean;
  /** True as in TGI: a step either prefills new requests or decodes running ones. False as in vLLM: both at once. */
  readonly separatePrefill: boolean;
  readonly stepCost: StepCost;
}

/** @throws SondeError `demo-engine-parameters` for parameters with which some request could wait forever */
export function checkParameters(parameters: EngineParameters): void {
  const { blocks, blockTokens, maxModelTokens, maxStepTokens, maxSequences } = parameters;
  const fault =
    blocks * blockTokens < maxModelTokens
      ? `${blocks} blocks of ${blockTokens} tokens cannot hold one request of ${maxModelTokens}`
      : maxStepTokens < maxSequences
        ? `a step of ${maxStepTokens} tokens cannot serve ${maxSequences} sequences`
        : undefined;
  if (fault === undefined) return;
  throw new SondeError(fault, {
    kind: 'invalid',
    code: 'demo-engine-parameters',
    mend: 'give more blocks or step tokens, or allow shorter or fewer requests',
  });
}

export function stepDurationMs(cost: StepCost, prefillTokens: number, decodes: number, kvTokens: number): number {
  return (
    cost.baseMs +
    prefillTokens * cost.perPrefillTokenMs +
    decodes * cost.perDecodeSequenceMs +
    kvTokens * cost.perKvTokenMs
  );
}
