import { compileRegex, type SafeRegex } from '../../util/safe-regex.ts';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** A condition on one label; a label that a series lacks counts as the empty text. */
export interface Matcher {
  readonly name: string;
  readonly op: MatchOperator;
  readonly value: string;
  matches(value: string): boolean;
}

/** @throws Error whose message names the fault of the pattern */
export function makeMatcher(name: string, op: MatchOperator, value: string): Matcher {
  if (op === '=') return { name, op, value, matches: (text) => text === value };
  if (op === '!=') return { name, op, value, matches: (text) => text !== value };
  const regex: SafeRegex = compileRegex(value);
  // Thousands of series repeat few values: each distinct value meets the engine once.
  const seen = new Map<string, boolean>();
  const matchesWhole = (text: string): boolean => {
    let known = seen.get(text);
    if (known === undefined) {
      known = regex.matchesWhole(text);
      if (seen.size < 10_000) seen.set(text, known);
    }
    return known;
  };
  return { name, op, value, matches: op === '=~' ? matchesWhole : (text) => !matchesWhole(text) };
}

/** The metric that the matchers pin down by equality, if they do. */
export function metricOf(matchers: readonly Matcher[]): string | undefined {
  return matchers.find((matcher) => matcher.name === '__name__' && matcher.op === '=')?.value;
}

export function matchesAll(matchers: readonly Matcher[], valueOf: (name: string) => string): boolean {
  return matchers.every((matcher) => matcher.matches(valueOf(matcher.name)));
}
