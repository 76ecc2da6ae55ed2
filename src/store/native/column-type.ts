/** A ClickHouse type taken apart: `Map(String, Array(UInt8))` has name `Map` and two arguments. */
export interface ColumnType {
  readonly name: string;
  readonly arguments: readonly ColumnType[];
  /** Numbers and quoted texts among the arguments: `FixedString(16)`, `DateTime64(9, 'UTC')`, `Enum8('a' = 1)`. */
  readonly literals: readonly string[];
}

/** @throws TypeError when the text is no type */
export function parseColumnType(text: string): ColumnType {
  const reader = new TypeReader(text);
  const type = reader.type();
  if (!reader.atEnd()) throw new TypeError(`cannot read the column type ${JSON.stringify(text.slice(0, 200))}`);
  return type;
}

class TypeReader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  atEnd(): boolean {
    this.skipSpace();
    return this.at === this.text.length;
  }

  type(): ColumnType {
    const name = this.match(/[A-Za-z_]\w*/y);
    if (name === undefined)
      throw new TypeError(`cannot read the column type ${JSON.stringify(this.text.slice(0, 200))}`);
    const args: ColumnType[] = [];
    const literals: string[] = [];
    if (this.match(/\(/y) !== undefined) {
      while (this.match(/\)/y) === undefined) {
        const literal = this.match(/'(?:[^'\\]|\\.)*'(?:\s*=\s*-?\d+)?|-?\d+/y);
        if (literal !== undefined) literals.push(literal);
        else args.push(this.element());
        if (this.match(/,/y) === undefined && this.text[this.at] !== ')') {
          throw new TypeError(`cannot read the column type ${JSON.stringify(this.text.slice(0, 200))}`);
        }
      }
    }
    return { name, arguments: args, literals };
  }

  /** An argument; elements of tuples may be named: `Tuple(a UInt8, b String)`. */
  private element(): ColumnType {
    const start = this.at;
    const first = this.match(/[A-Za-z_]\w*|`(?:[^`\\]|\\.)*`/y);
    this.skipSpace();
    const next = this.text[this.at] ?? '';
    if (first !== undefined && /[A-Za-z]/.test(next)) return this.type();
    this.at = start;
    return this.type();
  }

  private match(pattern: RegExp): string | undefined {
    this.skipSpace();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    this.skipSpace();
    return found;
  }

  private skipSpace(): void {
    while (this.text[this.at] === ' ') this.at++;
  }
}
