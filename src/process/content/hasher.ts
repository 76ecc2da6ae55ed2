import { createHmac, randomBytes } from 'node:crypto';

const REMEMBERED = 4096;

/**
 * Turns a text into a mark by which equal texts can be found again, but not the text: 64 bits of HMAC-SHA-256.
 * Without a key a random one is made, so that nobody can guess short texts by trying.
 */
export class Hasher {
  private readonly key: string | Buffer;
  private recent = new Map<string, string>();

  constructor(key: string | undefined) {
    this.key = key ?? randomBytes(32);
  }

  /** `hmac:` and 16 hexadecimal digits. */
  hash(bytes: Uint8Array): string {
    return `hmac:${createHmac('sha256', this.key).update(bytes).digest('hex').slice(0, 16)}`;
  }

  /** As `hash`, for ids that come again and again. */
  hashId(text: string): string {
    let mark = this.recent.get(text);
    if (mark === undefined) {
      if (this.recent.size >= REMEMBERED) this.recent.clear();
      mark = this.hash(Buffer.from(text));
      this.recent.set(text, mark);
    }
    return mark;
  }
}
