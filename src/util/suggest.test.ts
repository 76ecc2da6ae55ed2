import { expect, test } from 'vitest';
import { nearest } from './suggest.ts';

test.each([
  { name: 'a letter swapped', word: 'scrape_cofigs', candidates: ['scrape_configs', 'store'], want: 'scrape_configs' },
  { name: 'another case', word: 'Rate', candidates: ['rate', 'irate'], want: 'rate' },
  { name: 'nothing near', word: 'xyzzy', candidates: ['rate', 'store'], want: undefined },
])('nearest: $name', ({ word, candidates, want }) => {
  expect(nearest(word, candidates)).toBe(want);
});
