/** What went wrong, as far as behaviour is concerned; each API's `errors.ts` maps every kind to its own words. */
export const ERROR_KINDS = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'not-found',
  'too-large',
  'unsupported',
  'over-limit',
  'overloaded',
  'canceled',
  'internal',
  'unavailable',
  'timeout',
] as const;

export type ErrorKind = (typeof ERROR_KINDS)[number];

export interface SondeErrorOptions {
  /** Decides behaviour: status code, retry, log level. */
  readonly kind: ErrorKind;
  /** Stable name, listed with its remedy in docs/errors.md (a test holds both together). */
  readonly code: string;
  /** Position or path of the fault: `1:6-1:41`, `limits.ttft`, `line 3, column 9`. */
  readonly where?: string;
  /** What to do about it, one sentence. */
  readonly mend?: string;
  /** For `overloaded` and `unavailable`: when a retry makes sense. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/**
 * A failure of a whole request. Partial failures are results (see `IngestResult`), not exceptions.
 * The message never holds prompt content or secrets; text from outside goes through `quoted` of util/quoted.ts.
 */
export class SondeError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly where: string | undefined;
  readonly mend: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: SondeErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SondeError';
    this.kind = options.kind;
    this.code = options.code;
    this.where = options.where;
    this.mend = options.mend;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Message, place and remedy in one line, for terminals and plain-text replies. */
  describe(): string {
    const place = this.where === undefined ? '' : ` (at ${this.where})`;
    const remedy = this.mend === undefined ? '' : `; ${this.mend}`;
    return `${this.message}${place}${remedy}`;
  }
}
