/** One of several ways to do the same work. */
export interface Contender {
  readonly name: string;
  /** Does the work once and returns how many units (spans, rows, queries) it did. */
  run(): number | Promise<number>;
}

/** What was measured of one contender, in units per second. */
export interface Measured {
  readonly name: string;
  readonly median: number;
  /** Slowest and fastest round. */
  readonly low: number;
  readonly high: number;
  /** Median in relation to the first contender's. */
  readonly ratio: number;
}

export interface MeasureOptions {
  /** What is counted, for the printed table. */
  readonly unit: string;
  readonly rounds?: number;
  /** How long each contender works in a round. */
  readonly roundMs?: number;
}

/**
 * Measures contenders in turns (so that a busy machine disturbs all alike) and prints median, spread and ratio.
 * The first round only warms up. Callers check beforehand that all contenders give the same answer.
 */
export async function measure(
  question: string,
  contenders: readonly Contender[],
  options: MeasureOptions,
): Promise<readonly Measured[]> {
  const { unit, rounds = 7, roundMs = 400 } = options;
  const rates = contenders.map(() => [] as number[]);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      const rate = await rateOf(contender, roundMs);
      if (round > 0) rates[i]!.push(rate);
    }
  }
  const medians = rates.map((list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!);
  const results = contenders.map(({ name }, i) => ({
    name,
    median: medians[i]!,
    low: Math.min(...rates[i]!),
    high: Math.max(...rates[i]!),
    ratio: medians[i]! / medians[0]!,
  }));
  print(question, unit, results);
  return results;
}

async function rateOf(contender: Contender, roundMs: number): Promise<number> {
  const begun = performance.now();
  let units = 0;
  let elapsedMs = 0;
  do {
    units += await contender.run();
    elapsedMs = performance.now() - begun;
  } while (elapsedMs < roundMs);
  return (units / elapsedMs) * 1000;
}

function print(question: string, unit: string, results: readonly Measured[]): void {
  const width = Math.max(...results.map(({ name }) => name.length));
  console.log(question);
  for (const { name, median, low, high, ratio } of results) {
    const spread = `${readable(low)} … ${readable(high)}`;
    console.log(`  ${name.padEnd(width)}  ${readable(median)} ${unit}/s  (${spread})  ×${ratio.toFixed(2)}`);
  }
}

function readable(rate: number): string {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(2)} M`;
  return rate >= 1e4 ? `${(rate / 1e3).toFixed(0)} k` : rate.toFixed(rate < 10 ? 2 : 0);
}
