import type { LabelSet } from '../label-set.ts';

const MASK = (1n << 64n) - 1n;
const PRIME_1 = 11400714785074694791n;
const PRIME_2 = 14029467366897019727n;
const PRIME_3 = 1609587929392839161n;
const PRIME_4 = 9650029242287828579n;
const PRIME_5 = 2870177450012600261n;

/**
 * Where a series falls in 0..1 by the hash of its labels: the same series as Prometheus takes for `limit_ratio`.
 * (XXH64 over each name and value with its length in front.)
 * @see https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */
export function labelHashRatio(labels: LabelSet): number {
  const parts: Buffer[] = [];
  for (const [name, value] of labels) {
    for (const text of [name, value]) {
      const bytes = Buffer.from(text, 'utf8');
      parts.push(lengthPrefix(bytes.length), bytes);
    }
  }
  return Number(xxh64(Buffer.concat(parts))) / 2 ** 64;
}

function lengthPrefix(length: number): Buffer {
  return length < 255 ? Buffer.of(length) : Buffer.of(255, length & 255, (length >> 8) & 255, (length >> 16) & 255);
}

/** XXH64 with seed 0. */
export function xxh64(input: Buffer): bigint {
  let at = 0;
  let hash: bigint;
  if (input.length >= 32) {
    const lanes = [(PRIME_1 + PRIME_2) & MASK, PRIME_2, 0n, -PRIME_1 & MASK];
    for (; at + 32 <= input.length; at += 32) {
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i]!, input.readBigUInt64LE(at + 8 * i));
    }
    hash = [1n, 7n, 12n, 18n].reduce((sum, bits, i) => (sum + rotate(lanes[i]!, bits)) & MASK, 0n);
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * PRIME_1 + PRIME_4) & MASK;
  } else hash = PRIME_5;
  hash = (hash + BigInt(input.length)) & MASK;
  for (; at + 8 <= input.length; at += 8) {
    hash = (rotate(hash ^ round(0n, input.readBigUInt64LE(at)), 27n) * PRIME_1 + PRIME_4) & MASK;
  }
  if (at + 4 <= input.length) {
    hash = (rotate(hash ^ ((BigInt(input.readUInt32LE(at)) * PRIME_1) & MASK), 23n) * PRIME_2 + PRIME_3) & MASK;
    at += 4;
  }
  for (; at < input.length; at++) hash = (rotate(hash ^ ((BigInt(input[at]!) * PRIME_5) & MASK), 11n) * PRIME_1) & MASK;
  hash = ((hash ^ (hash >> 33n)) * PRIME_2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * PRIME_3) & MASK;
  return hash ^ (hash >> 32n);
}

function round(lane: bigint, input: bigint): bigint {
  return (rotate((lane + input * PRIME_2) & MASK, 31n) * PRIME_1) & MASK;
}

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}
