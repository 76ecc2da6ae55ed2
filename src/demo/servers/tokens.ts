/**
 * The demo's tokeniser: four characters are a token. Every message begins on a token, so that a prompt which
 * continues an earlier conversation has the same tokens as far as the earlier one went.
 */
export const CHARS_PER_TOKEN = 4;

export interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

/** A message as the OpenAI API has it, as far as the demo uses it. */
export interface ChatMessage {
  readonly role: string;
  readonly content?: string | null;
  readonly tool_calls?: readonly ToolCall[];
  readonly tool_call_id?: string;
}

/** The chat template: all messages, then the beginning of the model's own. */
export function renderPrompt(messages: readonly ChatMessage[], tools: readonly unknown[]): string {
  let text = tools.length === 0 ? '' : padded(`<|tools|>${JSON.stringify(tools)}`);
  for (const message of messages) {
    text += padded(`<|${message.role}|>`) + padded(message.content ?? '');
    if (message.tool_calls !== undefined) text += renderToolCalls(message.tool_calls);
  }
  return text + padded('<|assistant|>');
}

/** What the model writes to call tools; counted as its answer. */
export function renderToolCalls(calls: readonly ToolCall[]): string {
  return padded(`<|call|>${JSON.stringify(calls.map((call) => call.function))}`);
}

export function countTokens(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}

export function padded(text: string): string {
  return text.padEnd(countTokens(text) * CHARS_PER_TOKEN);
}

/** [full blocks] 53-bit hashes of the text from its beginning to the end of each block; never 0. */
export function hashBlocks(text: string, blockTokens: number): Float64Array {
  const blockChars = blockTokens * CHARS_PER_TOKEN;
  const hashes = new Float64Array(Math.floor(text.length / blockChars));
  let high = 0x811c9dc5 | 0;
  let low = 0x9747b28c | 0;
  for (let block = 0, i = 0; block < hashes.length; block++) {
    for (const end = i + blockChars; i < end; i++) {
      const code = text.charCodeAt(i);
      high = Math.imul(high ^ code, 0x01000193);
      low = Math.imul(low ^ code, 0x5bd1e995);
      low ^= low >>> 13;
    }
    hashes[block] = (high >>> 11) * 4294967296 + (low >>> 0) || 1;
  }
  return hashes;
}
