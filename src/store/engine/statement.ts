/** A word outside quotes, comments and brackets, upper case, and where it starts. */
interface Word {
  readonly text: string;
  readonly start: number;
}

/** One SQL statement, seen just closely enough to add clauses to it and to be sure that it is one. */
export interface Statement {
  /** Without a closing semicolon. */
  readonly text: string;
  readonly kind: 'select' | 'insert' | 'other';
  readonly words: readonly Word[];
}

/** The text holds no statement, or more than one. */
export class StatementError extends Error {}

const SELECT_WORDS = new Set(['SELECT', 'WITH', 'EXPLAIN', 'SHOW', 'DESCRIBE', 'DESC', 'EXISTS']);

/**
 * Reads one statement. The engine would run a second one behind a semicolon without a word, so that is refused.
 * @throws StatementError
 */
export function readStatement(sql: string): Statement {
  const words: Word[] = [];
  let depth = 0;
  let end = sql.length;
  for (let i = 0; i < sql.length;) {
    const next = skipQuotedOrComment(sql, i);
    if (next > i) {
      i = next;
      continue;
    }
    const char = sql[i]!;
    if (isWordStart(char)) {
      const start = i;
      while (i < sql.length && isWordPart(sql[i]!)) i++;
      if (depth === 0) words.push({ text: sql.slice(start, i).toUpperCase(), start });
      continue;
    }
    if (char === '(' || char === '[' || char === '{') depth++;
    else if (char === ')' || char === ']' || char === '}') depth--;
    else if (char === ';') {
      if (!isBlank(sql, i + 1)) throw new StatementError('more than one statement; send them one by one');
      end = i;
      break;
    }
    i++;
  }
  const first = words[0]?.text ?? (isBlank(sql, 0) ? undefined : 'SELECT');
  if (first === undefined) throw new StatementError('no statement');
  const kind = first === 'INSERT' ? 'insert' : SELECT_WORDS.has(first) ? 'select' : 'other';
  return { text: sql.slice(0, end), kind, words };
}

/**
 * Adds settings for this statement alone: a SETTINGS clause does not stick to the session as SET would.
 * Only for `select` and `insert`; a SELECT that has a SETTINGS clause of its own gets a second one behind FORMAT.
 */
export function withSettings(statement: Statement, settings: ReadonlyMap<string, string>, format: string): string {
  if (settings.size === 0) return statement.text;
  const clause = `SETTINGS ${renderSettings(settings)}`;
  const own = lastWord(statement, 'SETTINGS');
  if (statement.kind === 'insert') {
    const source = statement.words.find((word) => word.text === 'SELECT' || word.text === 'WITH');
    if (source !== undefined) return `${statement.text}\n${clause}`;
    const at = own ?? lastWord(statement, 'FORMAT') ?? statement.text.length;
    const rest = own === undefined ? statement.text.slice(at) : `, ${statement.text.slice(at + 'SETTINGS'.length)}`;
    return `${statement.text.slice(0, at)} ${clause} ${rest}`;
  }
  const formatAt = lastWord(statement, 'FORMAT');
  if (formatAt === undefined) return `${statement.text}\nFORMAT ${format} ${clause}`;
  return own !== undefined && own > formatAt
    ? `${statement.text}, ${renderSettings(settings)}`
    : `${statement.text}\n${clause}`;
}

/**
 * `INSERT INTO t (…) [SETTINGS …] FORMAT f`, whose data came beside it, as one that reads the data from a file.
 * @throws StatementError when it is no such statement
 */
export function insertFromFile(statement: Statement, path: string): string {
  const formatAt = lastWord(statement, 'FORMAT');
  const hasSource = statement.words.some((word) => ['SELECT', 'VALUES', 'INFILE'].includes(word.text));
  if (statement.kind !== 'insert' || formatAt === undefined || hasSource) {
    throw new StatementError('data came with a statement that is not INSERT INTO table (columns) FORMAT format');
  }
  const at = Math.min(formatAt, lastWord(statement, 'SETTINGS') ?? formatAt);
  return `${statement.text.slice(0, at)} FROM INFILE ${quote(path)} ${statement.text.slice(at)}`;
}

/** Names of `{name:Type}` places; also finds some that stand in quotes, which does no harm. */
export function parameterNames(sql: string): Set<string> {
  return new Set(Array.from(sql.matchAll(/\{\s*([A-Za-z_]\w*)\s*:/g), (match) => match[1]!));
}

export function renderSettings(settings: ReadonlyMap<string, string>): string {
  return Array.from(settings, ([name, value]) => `${name} = ${quote(value)}`).join(', ');
}

/** A setting's or parameter's name, as far as it may stand in a statement unquoted. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name);
}

export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function lastWord(statement: Statement, text: string): number | undefined {
  return statement.words.findLast((word) => word.text === text)?.start;
}

function isWordStart(char: string): boolean {
  return /[A-Za-z_]/.test(char);
}

function isWordPart(char: string): boolean {
  return /\w/.test(char);
}

function isBlank(sql: string, from: number): boolean {
  for (let i = from; i < sql.length;) {
    if (/[\s;]/.test(sql[i]!)) i++;
    else {
      const next = isComment(sql, i) ? skipQuotedOrComment(sql, i) : i;
      if (next === i) return false;
      i = next;
    }
  }
  return true;
}

function isComment(sql: string, at: number): boolean {
  return sql.startsWith('--', at) || sql.startsWith('/*', at) || /^#[ !]/.test(sql.slice(at, at + 2));
}

/** The place behind what starts at `at` when that is a quoted text or a comment, else `at`. */
function skipQuotedOrComment(sql: string, at: number): number {
  const char = sql[at]!;
  if (char === "'" || char === '"' || char === '`') {
    for (let i = at + 1; i < sql.length; i++) {
      if (sql[i] === '\\') i++;
      else if (sql[i] === char) {
        if (sql[i + 1] !== char) return i + 1;
        i++;
      }
    }
    return sql.length;
  }
  if (sql.startsWith('/*', at)) {
    let nesting = 0;
    for (let i = at; i < sql.length; i++) {
      if (sql.startsWith('/*', i)) {
        nesting++;
        i++;
      } else if (sql.startsWith('*/', i)) {
        i++;
        if (--nesting === 0) return i + 1;
      }
    }
    return sql.length;
  }
  if (isComment(sql, at)) {
    const newline = sql.indexOf('\n', at);
    return newline < 0 ? sql.length : newline + 1;
  }
  if (char === '$') {
    const tag = /^\$\w*\$/.exec(sql.slice(at, at + 64))?.[0];
    if (tag !== undefined) {
      const close = sql.indexOf(tag, at + tag.length);
      return close < 0 ? at + tag.length : close + tag.length;
    }
  }
  return at;
}
