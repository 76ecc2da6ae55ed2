import { expect, test } from 'vitest';
import { hasShared, readShared } from '../../../../test/support/shared.ts';
import { parseExposition } from './parse.ts';

/** Real captures: samples = lines that are neither blank nor comments, families = distinct HELP or TYPE names. */
const CAPTURES = [
  'dcgm',
  'litellm-excerpt',
  'llamacpp',
  'node_exporter',
  'sglang',
  'tgi',
  'torchserve',
  'triton',
  'vllm',
];

test.skipIf(!hasShared).each(CAPTURES)('the capture of %s is read whole (skipped without ../shared)', (name) => {
  const body = readShared(`fixtures/exposition/${name}.prom`);
  const lines = body.toString().split('\n');
  const { samples, metadata } = parseExposition(body, 'text');
  expect(samples.length).toBe(lines.filter((line) => line.trim() !== '' && !line.startsWith('#')).length);
  const declared = lines.flatMap((line) => /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1] ?? []);
  expect(metadata.map(({ family }) => family).sort()).toEqual([...new Set(declared)].sort());
  // Every value as JavaScript reads the last word of its line.
  const sampleLines = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  samples.forEach(({ value }, i) => {
    const word = sampleLines[i]!.trim().split(' ').at(-1)!;
    expect(value).toBe(/inf/i.test(word) ? (word.startsWith('-') ? -Infinity : Infinity) : Number(word));
  });
});
