/** What stands for a value that was taken out of a text. */
export const REMOVED_VALUE = 'REMOVED';

/** A URL or path with the values of its query taken out, its names kept: `/search?q=REMOVED`. */
export function trimUrl(url: string): string {
  const question = url.indexOf('?');
  if (question < 0) return url;
  const hash = url.indexOf('#', question);
  return `${url.slice(0, question)}?${trimQuery(url.slice(question + 1, hash < 0 ? undefined : hash))}`;
}

/** A query string with its values taken out; what has no `=` may be a text and goes whole. */
export function trimQuery(query: string): string {
  return query
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals < 0 ? REMOVED_VALUE : `${pair.slice(0, equals)}=${REMOVED_VALUE}`;
    })
    .join('&');
}

/**
 * A database statement with its literals taken out: quoted texts and numbers become `?`. Statements in another
 * language than SQL (JSON of Elasticsearch or MongoDB) lose their texts the same way.
 */
export function trimStatement(statement: string): string {
  let result = '';
  for (let i = 0; i < statement.length;) {
    const char = statement[i]!;
    if (char === "'" || char === '"' || char === '`') {
      const end = closingQuote(statement, i);
      const inner = statement.slice(i + 1, end);
      // "double quoted" and `backquoted` words are names of columns, unless they do not look so.
      const isName = char !== "'" && /^[\w$.]{1,64}$/.test(inner) && end < statement.length;
      result += isName ? char + inner + char : '?';
      i = end + 1;
    } else if (char === '$' && /^\$\w{0,32}\$/.test(statement.slice(i, i + 34))) {
      const tag = /^\$\w{0,32}\$/.exec(statement.slice(i, i + 34))![0];
      const end = statement.indexOf(tag, i + tag.length);
      result += '?';
      i = end < 0 ? statement.length : end + tag.length;
    } else if (char >= '0' && char <= '9' && !/[\w$@:]/.test(result.at(-1) ?? '')) {
      let end = i + 1;
      while (end < statement.length && /[\w.]/.test(statement[end]!)) end++;
      result += '?';
      i = end;
    } else if (statement.startsWith('--', i) || statement.startsWith('/*', i)) {
      // Comments carry trace ids and whatever a framework adds.
      const close = statement.startsWith('--', i) ? statement.indexOf('\n', i) : statement.indexOf('*/', i + 2) + 1;
      i = close <= i ? statement.length : close + (statement[close] === '\n' ? 0 : 1);
    } else {
      result += char;
      i++;
    }
  }
  return result;
}

function closingQuote(text: string, open: number): number {
  const quote = text[open]!;
  for (let i = open + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === quote) {
      if (text[i + 1] !== quote) return i;
      i++;
    }
  }
  return text.length;
}

/** Lines that name a place in code, in the manner of Python, JavaScript, Java, .NET, Go, Ruby and Rust. */
const FRAMES = [
  /^\s*File "[^"\n]{1,300}", line \d+(, in [\w<>.]{1,200})?$/,
  /^\s*at ([\w$.<>[\] ]{1,200} )?\(?[\w$.:@/\\~<>+-]{1,300}:\d+(:\d+)?\)?$/,
  /^\s*at [\w$.<>/]{1,300}\((Native Method|Unknown Source|[\w$.-]{1,200}(:\d+)?)\)$/,
  /^\s*at [\w$.<>`,[\]]{1,300}\([\w$.<>`,[\] ]{0,300}\)( in [\w$.:/\\-]{1,300}:line \d+)?$/,
  /^\s*[\w$./@-]{1,300}\.(go|rb|rs|c|cc|cpp|py|js|ts):\d+(:\d+)?( \+0x[0-9a-f]+|:in [`'][\w ?!<>]{1,200}')?$/,
  /^Traceback \(most recent call last\):$/,
];

/** A stack trace without messages and source lines, which may quote what was being worked on: its frames alone. */
export function trimStackTrace(trace: string): string {
  return trace
    .split('\n')
    .filter((line) => line.length < 700 && FRAMES.some((frame) => frame.test(line)))
    .join('\n');
}
