import type { Clock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { FinishReason, Sequence } from '../engine/sequence.ts';
import type { Random } from '../random.ts';
import { answerText, type Answer, type Behaviour } from './behaviour.ts';
import { CHARS_PER_TOKEN, countTokens, hashBlocks, padded, renderPrompt, type ChatMessage } from './tokens.ts';

/** Everything a server needs to turn a prompt into a request of its engine. */
export interface Generator {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly behaviour: Behaviour;
  /** For faults that happen now and then. */
  readonly random: Random;
  /** Share of requests that break while generating, 0..1. */
  readonly faultRatio: number;
  /** Tokens sent together after the first (vLLM `--stream-interval`). */
  readonly streamInterval: number;
}

export interface GenerationRequest {
  readonly id: string;
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly unknown[];
  readonly maxTokens: number | undefined;
  /** A piece of the answer; for tool calls the text of the call, which the API words differently. */
  readonly onPiece: (text: string, sequence: Sequence) => void;
  readonly onFinish: (sequence: Sequence, reason: FinishReason) => void;
}

export interface Generation {
  readonly sequence: Sequence;
  readonly answer: Answer;
}

/**
 * Hands a prompt to the engine and its tokens back in pieces: the first alone, the others `streamInterval` at a time.
 * @throws SondeError `demo-request-too-long`
 */
export function generate(generator: Generator, request: GenerationRequest): Generation {
  const { engine } = generator;
  const prompt = renderPrompt(request.messages, request.tools);
  const answer = generator.behaviour(request.messages, request.tools);
  const text = answerText(answer);
  const promptTokens = countTokens(prompt);
  const answerTokens = Math.max(1, countTokens(text));
  const room = Math.max(1, engine.parameters.maxModelTokens - promptTokens);
  const maxTokens = Math.min(request.maxTokens ?? room, room);
  const fails = generator.random.chance(generator.faultRatio);
  let sent = 0;
  const sequence = engine.submit({
    id: request.id,
    promptTokens,
    answerTokens,
    maxTokens,
    blockHashes: hashBlocks(prompt + padded(text), engine.parameters.blockTokens),
    ...(fails ? { failsAfterTokens: 1 + generator.random.below(answerTokens) } : {}),
    onToken(current) {
      const last = current.generated >= Math.min(answerTokens, maxTokens);
      if (sent > 0 && !last && current.generated - sent < generator.streamInterval) return;
      request.onPiece(text.slice(sent * CHARS_PER_TOKEN, current.generated * CHARS_PER_TOKEN), current);
      sent = current.generated;
    },
    onFinish: request.onFinish,
  });
  return { sequence, answer };
}
