import { METRIC_TYPES, type MetricType } from '../../../model/sample.ts';
import type { Dialect } from './dialect.ts';
import { expositionFault } from './fault.ts';
import { decodeName, decodeText, unescape } from './series-text.ts';

/** What a line beginning with `#` says; `remark` is a comment without meaning. */
export type CommentLine =
  | { readonly kind: 'help'; readonly family: string; readonly text: string }
  | { readonly kind: 'type'; readonly family: string; readonly type: MetricType }
  | { readonly kind: 'unit'; readonly family: string; readonly unit: string }
  | { readonly kind: 'end' }
  | { readonly kind: 'remark' };

const KEYWORDS = ['HELP', 'TYPE', 'UNIT', 'EOF'] as const;
const REMARK: CommentLine = { kind: 'remark' };

/**
 * Decodes the comment line `body[at, end)`. Text 0.0.4 knows HELP and TYPE and takes anything else for a remark;
 * OpenMetrics adds UNIT and EOF and allows nothing else.
 * @throws SondeError `exposition-invalid` with line and column
 * @see https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md#text-format
 */
export function decodeComment(body: Uint8Array, at: number, end: number, dialect: Dialect): CommentLine {
  const wordAt = skipBlanks(body, at + 1);
  const keyword = KEYWORDS.find((word) => standsAt(body, wordAt, word));
  const isKnown = keyword !== undefined && (dialect === 'open-metrics' || keyword === 'HELP' || keyword === 'TYPE');
  // "#HELP" without a blank is a remark in the text format.
  if (!isKnown || wordAt === at + 1) {
    if (dialect === 'text') return REMARK;
    throw expositionFault(body, at, 'expected # HELP, # TYPE, # UNIT or # EOF');
  }
  if (keyword === 'EOF') return { kind: 'end' };
  const nameAt = skipBlanks(body, wordAt + 4);
  const { name, end: nameEnd } = decodeName(body, nameAt);
  if (nameEnd < 0) throw expositionFault(body, nameAt, `expected a metric name behind ${keyword}`);
  const textAt = skipBlanks(body, nameEnd);
  if (textAt < end && textAt === nameEnd)
    throw expositionFault(body, nameEnd, 'expected a blank behind the metric name');
  const text = decodeText(body, textAt, end);
  switch (keyword) {
    case 'HELP':
      return { kind: 'help', family: name, text: unescape(text) };
    case 'UNIT':
      return { kind: 'unit', family: name, unit: text };
    case 'TYPE': {
      const type = typeOf(text.trimEnd());
      if (type === undefined) throw expositionFault(body, textAt, 'expected a metric type');
      return { kind: 'type', family: name, type };
    }
  }
}

function typeOf(text: string): MetricType | undefined {
  return text === 'untyped' ? 'unknown' : METRIC_TYPES.find((type) => type === text);
}

function standsAt(body: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (body[at + i] !== word.charCodeAt(i)) return false;
  const behind = body[at + word.length];
  return behind === 0x20 || behind === 0x09 || (word === 'EOF' && behind === 0x0a);
}

function skipBlanks(body: Uint8Array, at: number): number {
  let i = at;
  while (body[i] === 0x20 || body[i] === 0x09) i++;
  return i;
}
