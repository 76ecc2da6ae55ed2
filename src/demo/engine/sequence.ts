/** Why a request ended; the names are vLLM's `finished_reason`. */
export const FINISH_REASONS = ['stop', 'length', 'abort', 'error'] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];

/** What an engine is asked for. The simulator is told beforehand what the model "will say". */
export interface SequenceInput {
  readonly id: string;
  readonly promptTokens: number;
  /** Tokens after which the model stops by itself; 0 for pooling (embeddings), which ends with the prefill. */
  readonly answerTokens: number;
  /** Most tokens the caller wants. */
  readonly maxTokens: number;
  /** [blocks] for each full block of prompt and answer, the hash of all text up to its end; never 0. */
  readonly blockHashes: Float64Array;
  /** Breaks with `error` after this many tokens; for faults that happen now and then. */
  readonly failsAfterTokens?: number;
  /** Called after each step that produced a token of this request. */
  readonly onToken?: (sequence: Sequence) => void;
  readonly onFinish?: (sequence: Sequence, reason: FinishReason) => void;
}

/** A request inside an engine. Times are Unix milliseconds, NaN until they happen. */
export interface Sequence {
  readonly input: SequenceInput;
  readonly arrivedMs: number;
  firstScheduledMs: number;
  firstTokenMs: number;
  lastTokenMs: number;
  finishedMs: number;
  /** Tokens whose keys and values are in the cache. */
  computed: number;
  /** Tokens produced. */
  generated: number;
  /** Prompt tokens found in the prefix cache at first admission. */
  cachedTokens: number;
  /** Tokens computed again after preemptions. */
  recomputedTokens: number;
  preemptions: number;
  state: 'waiting' | 'running' | 'finished';
  finishReason: FinishReason | undefined;
  readonly blocks: number[];
  /** How many of `blocks` have been given their name in the prefix cache. */
  named: number;
}

export function makeSequence(input: SequenceInput, nowMs: number): Sequence {
  return {
    input,
    arrivedMs: nowMs,
    firstScheduledMs: NaN,
    firstTokenMs: NaN,
    lastTokenMs: NaN,
    finishedMs: NaN,
    computed: 0,
    generated: 0,
    cachedTokens: 0,
    recomputedTokens: 0,
    preemptions: 0,
    state: 'waiting',
    finishReason: undefined,
    blocks: [],
    named: 0,
  };
}

/** Seconds of each phase, as vLLM measures them; NaN for phases the request never reached. */
export interface PhaseSeconds {
  readonly queue: number;
  readonly prefill: number;
  readonly decode: number;
  readonly inference: number;
  readonly ttft: number;
  readonly e2e: number;
}

export function phaseSeconds(sequence: Sequence): PhaseSeconds {
  const scheduled = Number.isNaN(sequence.firstScheduledMs) ? sequence.finishedMs : sequence.firstScheduledMs;
  return {
    queue: (scheduled - sequence.arrivedMs) / 1000,
    prefill: (sequence.firstTokenMs - sequence.firstScheduledMs) / 1000,
    decode: (sequence.lastTokenMs - sequence.firstTokenMs) / 1000,
    inference: (sequence.lastTokenMs - sequence.firstScheduledMs) / 1000,
    ttft: (sequence.firstTokenMs - sequence.arrivedMs) / 1000,
    e2e: (sequence.finishedMs - sequence.arrivedMs) / 1000,
  };
}
