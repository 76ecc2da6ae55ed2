import type { Random } from '../random.ts';

const SUBJECTS = [
  'the parcel',
  'your order',
  'the invoice',
  'this device',
  'the warranty',
  'a refund',
  'the courier',
  'our team',
  'the account',
  'the subscription',
  'this setting',
  'the return label',
  'the replacement',
  'the charger',
];
const VERBS = [
  'arrives',
  'is checked',
  'will be sent',
  'can be changed',
  'needs',
  'was confirmed by',
  'depends on',
  'replaces',
  'is covered by',
  'should match',
  'updates',
  'is listed under',
  'has been moved to',
  'follows',
];
const OBJECTS = [
  'within two working days',
  'the delivery address',
  'the serial number',
  'the confirmation mail',
  'the next billing date',
  'the original packaging',
  'the regional warehouse',
  'the support portal',
  'our terms of service',
  'the product page',
  'the payment method',
  'a new firmware version',
  'the tracking page',
  'the quantity on the slip',
];
const LINKS = ['Also,', 'In that case', 'Please note that', 'If not,', 'Usually', 'For most customers'];

/** Subjects that customers ask about and the knowledge base writes about. */
export const TOPICS = [
  'delivery',
  'refund',
  'warranty',
  'invoice',
  'password',
  'firmware',
  'battery',
  'subscription',
  'exchange',
  'customs',
  'tracking',
  'discount',
  'installation',
  'compatibility',
  'recycling',
  'privacy',
  'cancellation',
  'repair',
  'voucher',
  'payment',
  'address',
  'accessories',
  'bluetooth',
  'display',
] as const;

/** Support prose of at least this many characters: plain words, no meaning. */
export function prose(random: Random, minChars: number): string {
  let text = '';
  while (text.length < minChars) {
    const sentence = `${random.pick(SUBJECTS)} ${random.pick(VERBS)} ${random.pick(OBJECTS)}.`;
    const start = random.chance(0.3)
      ? `${random.pick(LINKS)} ${sentence}`
      : sentence[0]!.toUpperCase() + sentence.slice(1);
    text += text === '' ? start : ` ${start}`;
  }
  return text;
}
