/** Where in a query the server found a fault; `1:14` and `1:14-1:20` are 1-based lines and columns. */
import type { Problem } from '../../../src/serve/sonde/contract.ts';

export interface TextRange {
  /** 0-based offsets into the text, `from` < `to`. */
  readonly from: number;
  readonly to: number;
}

/** The range a problem names, within `text`; undefined when it names none. */
export function errorRange(problem: Problem, text: string): TextRange | undefined {
  const found = POSITION.exec(problem.where ?? '') ?? POSITION.exec(problem.message);
  if (found === null) return undefined;
  const from = offsetOf(text, Number(found[1]), Number(found[2]));
  const end = found[3] === undefined ? from + 1 : offsetOf(text, Number(found[3]), Number(found[4]));
  const last = Math.max(0, text.length - 1);
  return { from: Math.min(from, last), to: Math.max(Math.min(end, text.length), Math.min(from, last) + 1) };
}

const POSITION = /\b(\d+):(\d+)(?:\s*-\s*(\d+):(\d+))?/;

function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split('\n');
  let offset = 0;
  for (let i = 0; i < Math.min(line - 1, lines.length); i += 1) offset += (lines[i]?.length ?? 0) + 1;
  return offset + column - 1;
}
