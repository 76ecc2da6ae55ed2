import { RE2JS } from 're2js';

/** A user's pattern, run in linear time. Thrown text says what is wrong with it. */
export interface SafeRegex {
  /** Whether the pattern matches the whole text, as Prometheus matchers ask. */
  matchesWhole(text: string): boolean;
  /** Whether the pattern matches somewhere. */
  matchesSomewhere(text: string): boolean;
  /** Groups of a whole match, or undefined; [0] is the text, a group that took no part is ''. */
  groupsOfWhole(text: string): readonly string[] | undefined;
  /** All matches replaced; `$1`, `${name}` as in RE2. */
  replaceAll(text: string, replacement: string): string;
  /** Numbers of the groups that have a name, `(?P<name>…)`. */
  readonly groupNumbers: Readonly<Record<string, number>>;
}

/**
 * Compiles an RE2 pattern. It cannot backtrack, so no pattern takes more than linear time.
 * Patterns without any special character are compared as text.
 * @throws Error whose message names the fault, for the caller to put into its own words
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function compileRegex(pattern: string): SafeRegex {
  if (/^[\w \-:/@,;=%&~#!"'<>]*$/.test(pattern)) return literal(pattern);
  const compiled = RE2JS.compile(pattern, RE2JS.DOTALL);
  return {
    matchesWhole: (text) => compiled.matcher(text).matches(),
    matchesSomewhere: (text) => compiled.matcher(text).find(),
    groupsOfWhole(text) {
      const matcher = compiled.matcher(text);
      if (!matcher.matches()) return undefined;
      return Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? '');
    },
    replaceAll: (text, replacement) => compiled.matcher(text).replaceAll(replacement),
    groupNumbers: compiled.namedGroups(),
  };
}

function literal(pattern: string): SafeRegex {
  return {
    matchesWhole: (text) => text === pattern,
    matchesSomewhere: (text) => text.includes(pattern),
    groupsOfWhole: (text) => (text === pattern ? [text] : undefined),
    replaceAll: (text, replacement) => text.replaceAll(pattern, () => replacement),
    groupNumbers: {},
  };
}
