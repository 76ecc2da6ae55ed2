import type { ChatMessage } from '../servers/tokens.ts';
import type { Hit } from './knowledge-base.ts';

/** A version of the application: how it builds its prompts. */
export interface Deployment {
  readonly version: string;
  /** Chunks put into the prompt. */
  readonly topK: number;
  /** Where they stand. Before the instructions they change the prompt's beginning, and no cached prefix fits. */
  readonly contextPlace: 'before-instructions' | 'with-question';
}

export const STABLE: Deployment = { version: '2026.11.17-3', topK: 4, contextPlace: 'with-question' };

/** The deploy of the incident: "more context, better answers". Prompts become 2.8 times as long. */
export const LONG_PROMPTS: Deployment = { version: '2026.11.24-1', topK: 24, contextPlace: 'before-instructions' };

const INSTRUCTIONS = [
  'You are the support assistant of an electronics shop. Answer in the language of the customer, in short paragraphs.',
  'Use the context only; when it does not hold the answer, say so and offer to open a ticket with the support team.',
  'Never promise a refund, a delivery date or a discount that the context does not state word by word.',
  'When the customer names an order, look it up before answering, and quote its state and the carrier.',
  'Do not repeat personal data of the customer: no addresses, no mail addresses, no phone numbers, no card numbers.',
  'Name the article you used by its title. If two articles disagree, prefer the newer one and say that they disagree.',
  'Warranty is two years for devices and one year for batteries; accessories are exchanged within thirty days.',
  'Parcels within the country take two working days, abroad up to ten; customs may add days that nobody can promise.',
  'A return needs the original packaging or a note why it is missing; the label is made on the portal, not by mail.',
  'For a device that smokes, smells or swells: tell the customer to unplug it, keep away from it, and call the hotline.',
  'Firmware is updated over the app; a device that does not start after an update is reset by holding both buttons.',
  'Invoices are sent by mail on the day of dispatch and stay in the account for ten years; a copy needs no ticket.',
  'A subscription ends with the paid month; what was paid is not returned, except where the law says otherwise.',
  'Passwords are reset by the customer alone; you never ask for one, and never accept one that is offered to you.',
  'Be friendly and plain. No exclamation marks, no emojis, no apologies longer than one sentence.',
].join('\n');

export const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'order_lookup',
      description: 'State of an order: items, payment and shipment.',
      parameters: {
        type: 'object',
        properties: {
          order_id: { type: 'string' },
          include: { type: 'array', items: { enum: ['items', 'shipment', 'payment'] } },
        },
        required: ['order_id'],
      },
    },
  },
] as const;

/** The messages to send: instructions, what was said before, the question, and the context where it belongs. */
export function buildPrompt(
  deployment: Deployment,
  history: readonly ChatMessage[],
  question: string,
  hits: readonly Hit[],
): ChatMessage[] {
  const context = hits.map((hit) => `[${hit.chunk.id}] ${hit.chunk.text}`).join('\n');
  const before = deployment.contextPlace === 'before-instructions';
  return [
    { role: 'system', content: before ? `Context:\n${context}\n\n${INSTRUCTIONS}` : INSTRUCTIONS },
    ...history,
    { role: 'user', content: before ? question : `Context:\n${context}\n\nQuestion: ${question}` },
  ];
}
