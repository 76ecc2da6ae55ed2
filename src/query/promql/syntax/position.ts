import { SondeError } from '../../../model/errors.ts';
import type { TextRange } from './ast.ts';

/** Place in the text as `line:column`, both from 1. */
export function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `${line}:${offset - before.lastIndexOf('\n')}`;
}

/** A fault of the query's text: what stands there, what was expected, what may have been meant. */
export function syntaxError(text: string, range: TextRange, message: string, mend?: string): SondeError {
  return new SondeError(message, {
    kind: 'invalid',
    code: 'query-syntax',
    where: lineAndColumn(text, range.from),
    ...(mend === undefined ? {} : { mend }),
  });
}
