/** What was last written under a key, bounded; the oldest key is forgotten first. */
export class RecentTexts {
  private readonly limit: number;
  private readonly texts = new Map<string, string>();

  constructor(limit: number) {
    this.limit = limit;
  }

  isLast(key: string, text: string): boolean {
    return this.texts.get(key) === text;
  }

  set(key: string, text: string): void {
    this.texts.delete(key);
    this.texts.set(key, text);
    if (this.texts.size <= this.limit) return;
    for (const oldest of this.texts.keys()) {
      this.texts.delete(oldest);
      break;
    }
  }

  clear(): void {
    this.texts.clear();
  }
}
