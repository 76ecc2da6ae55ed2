import type { Label } from '../../../model/series.ts';
import { expositionFault } from './fault.ts';

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LINE_BREAK = 0x0a;

/** A series as a target wrote it: labels in its order, values unescaped, empty ones included. */
export interface SeriesText {
  readonly metric: string;
  readonly labels: readonly Label[];
}

/**
 * Where the series text (name, braces and all) that begins at `at` ends, found without looking at more than quotes
 * and the closing brace; -1 if it does not end on its line. What `decodeSeries` says of it is the truth.
 */
export function endOfSeries(body: Uint8Array, at: number): number {
  let i = at;
  while (!isBlank(body[i]!) && body[i] !== LINE_BREAK && body[i] !== 0x7b) i++;
  let brace = i;
  while (isBlank(body[brace]!)) brace++;
  if (body[brace] !== 0x7b) return i;
  for (i = brace + 1; body[i] !== LINE_BREAK; i++) {
    if (body[i] === 0x7d) return i + 1;
    if (body[i] !== QUOTE) continue;
    for (i++; body[i] !== QUOTE; i++) {
      if (body[i] === BACKSLASH) i++;
      if (body[i] === LINE_BREAK) return -1;
    }
  }
  return -1;
}

/**
 * Name and labels of `body[at, end)`, `end` as `endOfSeries` gives it; `body` ends in a line break.
 * Accepted beyond the letter: a comma before the closing brace (TorchServe), blanks around everything.
 * @throws SondeError `exposition-invalid` with line and column
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
 */
export function decodeSeries(body: Uint8Array, at: number, end: number): SeriesText {
  const parser = new LabelParser(body, at);
  const metric = parser.metricName();
  if (metric !== undefined && parser.at === end) return { metric, labels: [] };
  parser.skipBlanks();
  if (body[parser.at] !== 0x7b) {
    throw expositionFault(body, parser.at, metric === undefined ? 'expected a metric name' : 'expected a value');
  }
  const { name, labels } = parser.labelSet(metric);
  if (name === undefined) throw expositionFault(body, at, 'expected a metric name, outside the braces or quoted first');
  return { metric: name, labels };
}

/** The labels of an exemplar, from its opening brace; `end` is behind the closing one. */
export function decodeLabelSet(body: Uint8Array, at: number): { readonly labels: readonly Label[]; end: number } {
  const parser = new LabelParser(body, at);
  if (body[at] !== 0x7b) throw expositionFault(body, at, 'expected the opening brace of an exemplar');
  const { labels } = parser.labelSet(undefined, false);
  return { labels, end: parser.at };
}

/** The metric name at `at` of a comment line, plain or quoted; `end` is -1 when there is none. */
export function decodeName(body: Uint8Array, at: number): { readonly name: string; end: number } {
  const parser = new LabelParser(body, at);
  const name = body[at] === QUOTE ? parser.quoted() : parser.metricName();
  return { name: name ?? '', end: name === undefined ? -1 : parser.at };
}

class LabelParser {
  at: number;
  private readonly body: Uint8Array;

  constructor(body: Uint8Array, at: number) {
    this.body = body;
    this.at = at;
  }

  metricName(): string | undefined {
    return this.name(true);
  }

  /** From the opening brace to behind the closing one; a quoted text without a value is the metric's name. */
  labelSet(metric: string | undefined, mayName = true): { name: string | undefined; labels: Label[] } {
    const { body } = this;
    let name = metric;
    const labels: Label[] = [];
    const known = new Set<string>();
    for (this.at++, this.skipBlanks(); body[this.at] !== 0x7d; this.skipBlanks()) {
      const start = this.at;
      const isQuoted = body[start] === QUOTE;
      const key = isQuoted ? this.quoted() : this.name(false);
      if (key === undefined) throw expositionFault(body, start, 'expected a label name or a closing brace');
      this.skipBlanks();
      if (isQuoted && mayName && body[this.at] !== 0x3d) {
        if (name !== undefined) throw expositionFault(body, start, `expected a label, the metric is ${name} already`);
        if (key === '') throw expositionFault(body, start, 'expected a metric name that is not empty');
        name = key;
      } else {
        if (key === '' || key === '__name__' || known.has(key)) {
          throw expositionFault(body, start, 'expected a label name that is not empty and not given twice');
        }
        known.add(key);
        labels.push([key, this.labelValue()]);
      }
      this.skipBlanks();
      if (body[this.at] === 0x2c) this.at++;
      else if (body[this.at] !== 0x7d) throw expositionFault(body, this.at, 'expected a comma or a closing brace');
    }
    this.at++;
    return { name, labels };
  }

  skipBlanks(): void {
    while (isBlank(this.body[this.at]!)) this.at++;
  }

  quoted(): string {
    const { body } = this;
    const start = ++this.at;
    let escapes = false;
    for (; body[this.at] !== QUOTE; this.at++) {
      if (body[this.at] === BACKSLASH) {
        escapes = true;
        this.at++;
      }
      if (body[this.at] === LINE_BREAK) throw expositionFault(body, start - 1, 'expected a closing quote on this line');
    }
    const text = decodeText(body, start, this.at++);
    return escapes ? unescape(text) : text;
  }

  private labelValue(): string {
    const { body } = this;
    if (body[this.at] !== 0x3d) throw expositionFault(body, this.at, 'expected = behind the label name');
    this.at++;
    this.skipBlanks();
    if (body[this.at] !== QUOTE) throw expositionFault(body, this.at, 'expected a label value in double quotes');
    return this.quoted();
  }

  private name(mayColon: boolean): string | undefined {
    const { body } = this;
    const start = this.at;
    while (isNameByte(body[this.at]!, mayColon)) this.at++;
    if (this.at === start || isDigit(body[start]!)) {
      this.at = start;
      return undefined;
    }
    return decodeText(body, start, this.at);
  }
}

/** UTF-8 text of a range, as the specification demands of label values and names. */
export function decodeText(body: Uint8Array, start: number, end: number): string {
  try {
    return DECODER.decode(body.subarray(start, end));
  } catch {
    throw expositionFault(body, start, 'expected valid UTF-8');
  }
}

/** `\\`, `\"` and `\n`; any other backslash stands for itself, as in Prometheus. */
export function unescape(text: string): string {
  return text.replaceAll(/\\([\\"n])/g, (_, char: string) => (char === 'n' ? '\n' : char));
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isNameByte(byte: number, mayColon: boolean): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    isDigit(byte) ||
    byte === 0x5f ||
    (mayColon && byte === 0x3a)
  );
}
