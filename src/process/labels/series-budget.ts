import type { Series } from '../../model/series.ts';

const GENERATION_MS = 3_600_000;

interface Generation {
  /** Fingerprints as numbers (53 bits are enough to count by). */
  young: Set<number>;
  old: Set<number>;
}

/**
 * Counts the series of each metric over the last one to two hours and says which ones still fit. A series that was
 * admitted stays admitted while it keeps coming.
 */
export class SeriesBudget {
  private readonly maxSeries: number;
  private readonly nowMs: () => number;
  private readonly metrics = new Map<string, Generation>();
  private turnAtMs: number;

  constructor(maxSeries: number, nowMs: () => number) {
    this.maxSeries = maxSeries;
    this.nowMs = nowMs;
    this.turnAtMs = nowMs() + GENERATION_MS;
  }

  admits(series: Series): boolean {
    if (this.nowMs() >= this.turnAtMs) this.turn();
    let generation = this.metrics.get(series.metric);
    if (generation === undefined) {
      generation = { young: new Set(), old: new Set() };
      this.metrics.set(series.metric, generation);
    }
    const id = (series.fingerprintHigh & 0x1fffff) * 4294967296 + series.fingerprintLow;
    if (generation.young.has(id)) return true;
    const wasThere = generation.old.delete(id);
    if (!wasThere && generation.young.size + generation.old.size >= this.maxSeries) return false;
    generation.young.add(id);
    return true;
  }

  private turn(): void {
    this.turnAtMs = this.nowMs() + GENERATION_MS;
    for (const [metric, generation] of this.metrics) {
      if (generation.young.size === 0) this.metrics.delete(metric);
      else {
        generation.old = generation.young;
        generation.young = new Set();
      }
    }
  }
}
