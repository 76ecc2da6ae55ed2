import { expect, test } from 'vitest';
import { ExpositionWriter, Histogram, oneTwoFive } from './exposition.ts';

test.each([
  { max: 100, want: [1, 2, 5, 10, 20, 50, 100] },
  { max: 1024, want: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
  { max: 1, want: [1] },
])('token buckets up to $max', ({ max, want }) => {
  expect(oneTwoFive(max)).toEqual(want);
});

test.each([
  { value: 0, bucket: 0 },
  { value: 1, bucket: 0 },
  { value: 1.01, bucket: 1 },
  { value: 5, bucket: 2 },
  { value: 6, bucket: 3 },
])('an observation of $value falls into bucket $bucket: bounds are inclusive', ({ value, bucket }) => {
  const histogram = new Histogram([1, 2, 5]);
  histogram.observe(value);
  expect(Array.from(histogram.counts)).toEqual([0, 1, 2, 3].map((i) => (i === bucket ? 1 : 0)));
});

test.each([
  {
    name: 'as Python writes it',
    pythonFloats: true,
    want: 'h_bucket{m="a",le="1.0"} 1.0\nh_bucket{m="a",le="2.5"} 2.0\nh_bucket{m="a",le="+Inf"} 3.0\nh_sum{m="a"} 12.5\nh_count{m="a"} 3.0\n',
  },
  {
    name: 'as Rust writes it',
    pythonFloats: false,
    want: 'h_bucket{m="a",le="1"} 1\nh_bucket{m="a",le="2.5"} 2\nh_bucket{m="a",le="+Inf"} 3\nh_sum{m="a"} 12.5\nh_count{m="a"} 3\n',
  },
])('a histogram $name', ({ pythonFloats, want }) => {
  const histogram = new Histogram([1, 2.5]);
  for (const value of [0.5, 2, 10]) histogram.observe(value);
  const out = new ExpositionWriter(pythonFloats);
  out.histogram('h', 'Help.', { m: 'a' }, histogram);
  expect(out.toString()).toBe(`# HELP h Help.\n# TYPE h histogram\n${want}`);
});

test('label values are escaped', () => {
  const out = new ExpositionWriter(false);
  out.sample('x', { a: 'say "hi"\\\n' }, 1);
  expect(out.toString()).toBe('x{a="say \\"hi\\"\\\\\\n"} 1\n');
});
