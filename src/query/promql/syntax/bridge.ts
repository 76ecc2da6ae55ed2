/** What the editor's grammar reads in place of the query, position by position the same. */
export interface BridgedText {
  readonly text: string;
  /** Names of functions that the grammar was given another name for, by position. */
  readonly names: ReadonlyMap<number, string>;
}

const TOKEN =
  /"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|`[^`]*`|#[^\n]*|[[\]()+-]|(?<![\w.])\d+\.(?!\d)|[a-zA-Z_:][\w:]*|[^\s\w]|\w+/g;
const DURATION_WORD = /^(?:step|range|min_of|max_of)$/i;

/**
 * Bridges what the language has and the grammar has not: `min_of` and `max_of` outside of durations are functions
 * too (it is given `scalar`, a name of the same length), words in durations come in any case, and numbers may end in
 * a point (`2.`, given as `02`).
 */
export function bridgeGrammar(text: string): BridgedText {
  const names = new Map<number, string>();
  if (!/_of|\d\.|step|range/i.test(text)) return { text, names };
  const place = new DurationTracker();
  const bridged = text.replace(TOKEN, (token: string, at: number) => {
    if (/^\d+\.$/.test(token)) return `0${token.slice(0, -1)}`;
    const inDuration = place.enter(token);
    if (!DURATION_WORD.test(token)) return token;
    if (inDuration) return token.toLowerCase();
    if (!/^(?:min|max)_of$/.test(token) || !/^\s*\(/.test(text.slice(at + token.length))) return token;
    names.set(at, token);
    return 'scalar';
  });
  return { text: bridged, names };
}

/** Follows tokens to know which stand in a duration: within brackets, or behind `offset`. */
class DurationTracker {
  private brackets = 0;
  /** Behind `offset`: before its operand, within it, or neither. */
  private offset: 'no' | 'before' | 'within' = 'no';
  private parens = 0;

  /** Takes the next token and tells whether it belongs to a duration. */
  enter(token: string): boolean {
    if (token === '[') this.brackets++;
    if (token === ']') this.brackets = Math.max(0, this.brackets - 1);
    if (this.brackets > 0) return true;
    if (token.toLowerCase() === 'offset') {
      this.offset = 'before';
      this.parens = 0;
      return false;
    }
    if (this.offset === 'no' || (this.offset === 'before' && (token === '-' || token === '+')))
      return this.offset !== 'no';
    if (this.offset === 'before') {
      this.offset = token === '(' || DURATION_WORD.test(token) ? 'within' : 'no';
      this.parens = token === '(' ? 1 : 0;
      return this.offset === 'within';
    }
    if (token === '(') this.parens++;
    if (token === ')' && --this.parens <= 0) this.offset = 'no';
    return true;
  }
}
