import { hashText, makeRandom } from '../random.ts';
import { prose } from './lexicon.ts';
import { CHARS_PER_TOKEN, type ChatMessage, renderToolCalls, type ToolCall } from './tokens.ts';

/** What a model says to a prompt. */
export interface Answer {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
}

/** A model's habits: the same prompt gets the same answer, and the same seed the same habits. */
export type Behaviour = (messages: readonly ChatMessage[], tools: readonly unknown[]) => Answer;

/** Answers in support prose; when an order is named, tools are offered and none has answered yet, looks it up. */
export function supportBehaviour(seed: number, medianAnswerTokens: number): Behaviour {
  return (messages, tools) => {
    const last = messages.at(-1);
    const question = last?.content ?? '';
    const random = makeRandom(hashText(`${messages.length} ${question}`, seed));
    const order = /order (\d{4,8})\b/.exec(question);
    if (order !== null && tools.length > 0 && last?.role === 'user') {
      const id = `call_${hashText(question, seed).toString(36)}`;
      const call = {
        name: 'order_lookup',
        arguments: JSON.stringify({ order_id: order[1], include: ['items', 'shipment'] }),
      };
      return { text: '', toolCalls: [{ id, type: 'function', function: call }] };
    }
    const tokens = Math.round(Math.min(600, Math.max(8, random.logNormal(medianAnswerTokens, 0.55))));
    const text = prose(random, tokens * CHARS_PER_TOKEN)
      .slice(0, tokens * CHARS_PER_TOKEN)
      .trimEnd();
    return { text, toolCalls: [] };
  };
}

/** A guard model: `safe`, or now and then `unsafe` and the category, as Llama Guard writes it. */
export function guardBehaviour(seed: number, unsafeRatio: number): Behaviour {
  return (messages) => {
    const random = makeRandom(hashText(messages.at(-1)?.content ?? '', seed + 7));
    const text = random.chance(unsafeRatio) ? `\n\nunsafe\nS${1 + random.below(13)}` : '\n\nsafe';
    return { text, toolCalls: [] };
  };
}

/** An answer as the text whose tokens the engine produces. */
export function answerText(answer: Answer): string {
  return answer.toolCalls.length > 0 ? renderToolCalls(answer.toolCalls) : answer.text;
}

const EMBEDDING_SIZE = 96;

/** A bag of words folded into a unit vector: enough for texts that share words to be near each other. */
export function embed(text: string): Float32Array {
  const vector = new Float32Array(EMBEDDING_SIZE);
  for (const [word] of text.toLowerCase().matchAll(/[a-z]{4,}/g)) {
    const hash = hashText(word);
    vector[hash % EMBEDDING_SIZE]! += hash & 0x10000 ? 1 : -1;
  }
  let norm = 0;
  for (const value of vector) norm += value * value;
  const scale = norm === 0 ? 0 : 1 / Math.sqrt(norm);
  return vector.map((value) => value * scale);
}
