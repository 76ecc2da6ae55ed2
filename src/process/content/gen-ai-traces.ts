const GENERATION = 50_000;

/**
 * Remembers which traces have GenAI spans, so that a span around them (an HTTP handler that reports the same
 * exception) is treated with the same care. Children end before their parents, so it mostly knows in time. Bounded:
 * the last 50,000 to 100,000 traces.
 */
export class GenAiTraces {
  private young = new Set<number>();
  private old = new Set<number>();

  add(traceIds: Uint8Array, row: number): void {
    const key = keyOf(traceIds, row);
    if (this.young.size >= GENERATION) {
      this.old = this.young;
      this.young = new Set();
    }
    this.young.add(key);
  }

  has(traceIds: Uint8Array, row: number): boolean {
    const key = keyOf(traceIds, row);
    return key !== 0 && (this.young.has(key) || this.old.has(key));
  }
}

/** The last 48 bits, which every id format leaves random. */
function keyOf(traceIds: Uint8Array, row: number): number {
  const end = row * 16 + 16;
  let key = 0;
  for (let i = end - 6; i < end; i++) key = key * 256 + traceIds[i]!;
  return key;
}
