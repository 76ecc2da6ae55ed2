import { parseDurationMs } from '../../../util/duration.ts';

/**
 * Value of a number or duration token: decimal, hexadecimal, octal with a leading 0, `_` between digits, `Inf`,
 * `NaN`, or a duration (`1h30m`) as seconds. Undefined if the text is none of these.
 */
export function parseNumber(text: string): number | undefined {
  const lower = text.toLowerCase().replace(/(?<=[0-9a-f])_(?=[0-9a-f])/g, '');
  if (lower.startsWith('-') || lower.startsWith('+')) {
    const magnitude = parseNumber(lower.slice(1));
    return magnitude === undefined ? undefined : lower.startsWith('-') ? -magnitude : magnitude;
  }
  if (lower === 'inf' || lower === 'infinity') return Infinity;
  if (lower === 'nan') return NaN;
  if (/^0x[0-9a-f]+$/.test(lower)) return Number(lower);
  if (/^0[0-7]+$/.test(lower)) return parseInt(lower, 8);
  if (/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(lower)) return Number(lower);
  const durationMs = parseDurationMs(lower);
  return durationMs === undefined ? undefined : durationMs / 1000;
}

export function isDurationText(text: string): boolean {
  return /[a-z]$/i.test(text) && /^\d/.test(text) && !/^0x/i.test(text);
}

/** Text in double quotes as Go writes it, what was no UTF-8 as `\\xc5`. */
export function quoteText(text: string): string {
  return JSON.stringify(text).replace(/\\udc([0-9a-f]{2})/g, '\\x$1');
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([\s\S]))/g;

/**
 * Text of a quoted literal with Go's escapes; bytes given by `\x` and octal escapes are read as UTF-8.
 * @returns the text, or undefined when the quotes or an escape are wrong
 */
export function unquote(literal: string): string | undefined {
  const quote = literal[0];
  if (literal.length < 2 || literal.at(-1) !== quote) return undefined;
  const body = literal.slice(1, -1);
  if (quote === '`') return body;
  if (body.includes('\n') || /(^|[^\\])(\\\\)*\\$/.test(body)) return undefined;
  if (!body.includes('\\')) return body;
  let valid = true;
  let bytes = false;
  // Byte escapes become private marks first, so that a run of them can be decoded together as UTF-8.
  const text = body.replace(ESCAPE, (_, hex?: string, u4?: string, u8?: string, octal?: string, simple?: string) => {
    if (hex !== undefined || octal !== undefined) {
      const byte = hex !== undefined ? parseInt(hex, 16) : parseInt(octal!, 8);
      if (byte > 255) valid = false;
      if (byte < 0x80) return String.fromCharCode(byte);
      bytes = true;
      return String.fromCharCode(0xf700 + byte);
    }
    const point = u4 ?? u8;
    if (point !== undefined) {
      const code = parseInt(point, 16);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) valid = false;
      return valid ? String.fromCodePoint(code) : '';
    }
    const known = SIMPLE_ESCAPES[simple!];
    if (known === undefined || (simple !== quote && (simple === '"' || simple === "'"))) valid = false;
    return known ?? '';
  });
  if (!valid) return undefined;
  return bytes ? text.replace(/[\uf780-\uf7ff]+/g, decodeMarks) : text;
}

/** Bytes that are no UTF-8 become lone surrogates, so that nothing takes them for text and messages can show them. */
function decodeMarks(marks: string): string {
  const bytes = Buffer.from([...marks].map((mark) => mark.charCodeAt(0) - 0xf700));
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : bytes.toString('latin1').replace(/[^]/g, escapeByte);
}

function escapeByte(char: string): string {
  return String.fromCharCode(0xdc00 + char.charCodeAt(0));
}
