/** A stream of chance that is the same for the same seed, on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  uniform(low: number, high: number): number;
  /** Whole number in [0, below). */
  below(count: number): number;
  chance(probability: number): boolean;
  /** Exponential with this mean: the gap between arrivals of a Poisson process. */
  exponential(mean: number): number;
  /** Log-normal by its median and the standard deviation of its logarithm. */
  logNormal(median: number, sigma: number): number;
  pick<T>(choices: readonly T[]): T;
  /** A stream of its own for one user, one document …, independent of how much of this one was used. */
  fork(label: string | number): Random;
}

/**
 * Small fast counter generator (sfc32).
 * @see https://pracrand.sourceforge.net/RNG_engines.txt
 */
export function makeRandom(seed: number | string): Random {
  let a = hashText(`${seed}`, 1);
  let b = hashText(`${seed}`, 2);
  let c = hashText(`${seed}`, 3);
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    uniform: (low, high) => low + next() * (high - low),
    below: (count) => Math.floor(next() * count),
    chance: (probability) => next() < probability,
    exponential: (mean) => -mean * Math.log(1 - next()),
    logNormal: (median, sigma) => median * Math.exp(sigma * normal()),
    pick: (choices) => choices[Math.floor(next() * choices.length)]!,
    fork: (label) => makeRandom(`${seed}/${label}`),
  };
}

/** 32 bits of FNV-1a over UTF-16 units, finished so that near texts fall far apart. */
export function hashText(text: string, seed = 0): number {
  let hash = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) | 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
