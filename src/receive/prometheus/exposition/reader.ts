import type { Label } from '../../../model/series.ts';
import { decodeComment, type CommentLine } from './comment-line.ts';
import type { Dialect } from './dialect.ts';
import { expositionFault } from './fault.ts';
import { NumberScanner } from './number-scanner.ts';
import { decodeLabelSet, decodeSeries, endOfSeries, type SeriesText } from './series-text.ts';
import { TextIndex } from './text-index.ts';

/** What `ExpositionReader.next` came to. */
export const ENTRY = { END: 0, SAMPLE: 1, COMMENT: 2 } as const;
export type Entry = (typeof ENTRY)[keyof typeof ENTRY];

/** An exemplar as written; `timestampMs` is NaN where the target gave none. */
export interface ExemplarText {
  readonly labels: readonly Label[];
  readonly value: number;
  readonly timestampMs: number;
}

/**
 * Reads answers of one target in the text formats, entry by entry: `open`, then `next` until END.
 *
 * Texts are numbered by `index`, which outlives an answer: `textId` names the series or comment line that stands
 * at the entry, and only for a text never seen before are strings made (`series`, `comment`). Whoever keeps
 * something for a text keeps it under that number.
 */
export class ExpositionReader {
  readonly index: TextIndex;
  /** Of the current entry: its text's number in `index`. */
  textId = -1;
  /** Set when the current entry is a sample whose series text is new to `index`. */
  series: SeriesText | undefined;
  /** Set when the current entry is a comment line new to `index`. */
  comment: CommentLine | undefined;
  value = NaN;
  /** NaN where the target gave none. */
  timestampMs = NaN;
  /** Range of the exemplar behind the sample, from its brace to the line's end; both 0 where there is none. */
  exemplarStart = 0;
  exemplarEnd = 0;

  private readonly numbers = new NumberScanner();
  private body = new Uint8Array(0);
  private dialect: Dialect = 'text';
  private at = 0;
  private ended = false;

  constructor(index: TextIndex = new TextIndex()) {
    this.index = index;
  }

  open(body: Uint8Array, dialect: Dialect): void {
    this.body = endingInLineBreak(body);
    this.dialect = dialect;
    this.at = 0;
    this.textId = -1;
    this.ended = false;
  }

  /** @throws SondeError `exposition-invalid` with line, column and what stood there */
  next(): Entry {
    const { body, index } = this;
    this.series = undefined;
    this.comment = undefined;
    let at = this.at;
    let byte = body[at];
    while (byte === 0x0a || byte === 0x20 || byte === 0x09) byte = body[++at];
    if (at >= body.length) return this.finish();
    if (this.ended) throw expositionFault(body, at, 'expected nothing behind # EOF');
    const guess = index.successor[this.textId + 1]!;
    if (byte === 0x23) {
      const end = body.indexOf(0x0a, at);
      const isGuess = guess >= 0 && index.sizeOf(guess) === end - at && index.matches(guess, body, at);
      this.commentAt(at, end, isGuess ? guess : -1);
      this.at = end + 1;
      return ENTRY.COMMENT;
    }
    let end = at;
    if (guess >= 0 && index.matches(guess, body, at)) {
      end = at + index.sizeOf(guess);
      // A known text may be the beginning of another, `foo` of `foo_total` or of `foo {…}`.
      const behind = this.skipBlanks(end);
      if (behind > end && body[behind] !== 0x7b) this.textId = guess;
      else end = this.seriesAt(at);
    } else {
      end = this.seriesAt(at);
    }
    this.at = this.sampleAt(end);
    return ENTRY.SAMPLE;
  }

  /** The exemplar of the current sample. @throws SondeError `exposition-invalid` */
  exemplar(): ExemplarText {
    const { body } = this;
    const { labels, end } = decodeLabelSet(body, this.exemplarStart);
    const valueAt = this.skipBlanks(end);
    const value = this.numbers.float(body, valueAt);
    if (this.numbers.end < 0) throw expositionFault(body, valueAt, 'expected the value of an exemplar');
    const timeAt = this.skipBlanks(this.numbers.end);
    if (body[timeAt] === 0x0a) return { labels, value, timestampMs: NaN };
    const seconds = this.numbers.float(body, timeAt);
    if (this.numbers.end < 0 || !Number.isFinite(seconds)) {
      throw expositionFault(body, timeAt, 'expected the timestamp of an exemplar in seconds');
    }
    const last = this.skipBlanks(this.numbers.end);
    if (body[last] !== 0x0a) throw expositionFault(body, last, 'expected the end of the line');
    return { labels, value, timestampMs: Math.round(seconds * 1000) };
  }

  /** The exemplar as it stands there, to tell whether it is the same as before. */
  exemplarText(): string {
    const { buffer, byteOffset } = this.body;
    return Buffer.from(buffer, byteOffset + this.exemplarStart, this.exemplarEnd - this.exemplarStart).toString(
      'latin1',
    );
  }

  private finish(): Entry {
    if (this.dialect === 'open-metrics' && !this.ended) {
      throw expositionFault(this.body, this.body.length, 'expected # EOF, without it the answer is cut off');
    }
    return ENTRY.END;
  }

  private commentAt(at: number, end: number, guess: number): void {
    const { body, index } = this;
    let id = guess >= 0 ? guess : index.find(body, at, end);
    if (id < 0) {
      this.comment = decodeComment(body, at, end, this.dialect);
      // The end of an answer is looked at every time, so it is not numbered.
      if (this.comment.kind === 'end') {
        this.ended = true;
        return;
      }
      id = index.add(body, at, end);
    }
    index.successor[this.textId + 1] = id;
    this.textId = id;
  }

  private seriesAt(at: number): number {
    const { body, index } = this;
    const end = endOfSeries(body, at);
    let id = end <= at ? -1 : index.find(body, at, end);
    if (id < 0) {
      this.series = decodeSeries(body, at, end);
      id = index.add(body, at, end);
    }
    index.successor[this.textId + 1] = id;
    this.textId = id;
    return end;
  }

  /** Value, timestamp and exemplar that begin at `at`; returns where the next line begins. */
  private sampleAt(at: number): number {
    const { body, numbers } = this;
    const valueAt = this.skipBlanks(at);
    this.value = numbers.float(body, valueAt);
    this.timestampMs = NaN;
    this.exemplarStart = 0;
    this.exemplarEnd = 0;
    if (numbers.end < 0) throw expositionFault(body, valueAt, 'expected a value');
    let end = numbers.end;
    if (body[end] === 0x0a) return end + 1;
    end = this.skipBlanks(end);
    if (body[end] !== 0x0a && body[end] !== 0x23) end = this.timestampAt(end);
    if (body[end] === 0x23 && this.dialect === 'open-metrics') {
      this.exemplarStart = this.skipBlanks(end + 1);
      this.exemplarEnd = body.indexOf(0x0a, end);
      return this.exemplarEnd + 1;
    }
    if (body[end] !== 0x0a) throw expositionFault(body, end, 'expected a timestamp or the end of the line');
    return end + 1;
  }

  private timestampAt(at: number): number {
    const { body, numbers } = this;
    if (this.dialect === 'text') {
      this.timestampMs = numbers.integer(body, at);
      if (numbers.end < 0) throw expositionFault(body, at, 'expected a timestamp in milliseconds');
    } else {
      this.timestampMs = Math.round(numbers.float(body, at) * 1000);
      if (numbers.end < 0 || !Number.isFinite(this.timestampMs)) {
        throw expositionFault(body, at, 'expected a timestamp in seconds');
      }
    }
    return this.skipBlanks(numbers.end);
  }

  private skipBlanks(at: number): number {
    let i = at;
    while (this.body[i] === 0x20 || this.body[i] === 0x09) i++;
    return i;
  }
}

/** A plain view (`Buffer` is slower to index in mixed use) whose last byte is a line break, where scans stop. */
function endingInLineBreak(body: Uint8Array): Uint8Array<ArrayBuffer> {
  if (body.length > 0 && body[body.length - 1] === 0x0a) {
    return new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.length);
  }
  const whole = new Uint8Array(body.length + 1);
  whole.set(body);
  whole[body.length] = 0x0a;
  return whole;
}
