import { describe, expect, test } from 'vitest';
import {
  cutMiddle,
  formatAge,
  formatBytes,
  formatClock,
  formatCount,
  formatDate,
  formatDollars,
  formatGpuMemory,
  formatMultiple,
  formatNumber,
  formatPercent,
  formatRounded,
  formatSeconds,
  formatTick,
  formatTime,
  formatTimeMillis,
  formatValue,
  plural,
} from './format.ts';

describe('numbers of the pages', () => {
  test.each([
    { name: 'seconds keep one decimal', got: formatSeconds(2), want: '2.0 s' },
    { name: 'seconds, three digits', got: formatSeconds(4.834), want: '4.83 s' },
    { name: 'seconds drop a zero', got: formatSeconds(4.8), want: '4.8 s' },
    { name: 'tens of seconds', got: formatSeconds(17.31), want: '17.3 s' },
    { name: 'tens of seconds, even', got: formatSeconds(30), want: '30 s' },
    { name: 'milliseconds', got: formatSeconds(0.038), want: '38 ms' },
    { name: 'hundreds of milliseconds', got: formatSeconds(0.6204), want: '620 ms' },
    { name: 'just under a second rounds up into seconds', got: formatSeconds(0.9996), want: '1.0 s' },
    { name: 'microseconds', got: formatSeconds(0.00095), want: '950 µs' },
    { name: 'minutes', got: formatSeconds(1260), want: '21 min' },
    { name: 'hours', got: formatSeconds(30 * 3600), want: '30 h' },
    { name: 'no time is zero seconds', got: formatSeconds(0), want: '0 s' },
    { name: 'share', got: formatPercent(0.99), want: '99 %' },
    { name: 'small share', got: formatPercent(0.004), want: '0.4 %' },
    { name: 'share with one decimal', got: formatPercent(0.031), want: '3.1 %' },
    { name: 'almost all is not all', got: formatPercent(0.99998), want: '99.9 %' },
    { name: 'near the top a decimal tells', got: formatPercent(0.992), want: '99.2 %' },
    { name: 'negative share has a minus sign, not a hyphen', got: formatPercent(-0.28), want: '−28 %' },
    { name: 'tiny share', got: formatPercent(0.00001), want: 'under 0.01 %' },
    { name: 'dollars', got: formatDollars(1.31), want: '$1.31' },
    { name: 'fractions of a cent', got: formatDollars(0.0081), want: '$0.0081' },
    { name: 'thousands of dollars', got: formatDollars(4020.4), want: '$4,020' },
    { name: 'exact count', got: formatCount(66310), want: '66,310' },
    { name: 'rounded count', got: formatRounded(41_234), want: '41.2 k' },
    { name: 'rounding does not make 1000 k', got: formatRounded(999_700), want: '1 M' },
    { name: 'millions', got: formatRounded(1_900_000), want: '1.9 M' },
    { name: 'a small count stays', got: formatRounded(64), want: '64' },
    { name: 'binary size', got: formatBytes(24_678), want: '24.1 KiB' },
    { name: 'bytes', got: formatBytes(900), want: '900 B' },
    { name: 'GPU memory', got: formatGpuMemory(71.2 * 2 ** 30, 80 * 2 ** 30), want: '71.2 / 80 GB' },
    { name: 'times', got: formatMultiple(2.4), want: '2.4 ×' },
    { name: 'many times', got: formatMultiple(20.2), want: '20 ×' },
    { name: 'number', got: formatNumber(0.0000001), want: '1.0e-7' },
    { name: 'infinity', got: formatNumber(Infinity), want: '+∞' },
    { name: 'absent', got: formatValue(null, 's'), want: 'no data' },
    { name: 'not a number is no data', got: formatValue(NaN, 'count'), want: 'no data' },
    { name: 'zero is a value', got: formatValue(0, 'count'), want: '0' },
    { name: 'a rate', got: formatValue(18.94, 'requests/s'), want: '18.9 req/s' },
    { name: 'a large rate', got: formatValue(41_234, 'records/s'), want: '41.2 k records/s' },
    { name: 'one of a thing', got: plural(1, 'server'), want: '1 server' },
    { name: 'many of a thing', got: plural(1200, 'query', 'queries'), want: '1,200 queries' },
    { name: 'long id', got: cutMiddle('7f3a9d10b6e24c5f8a01d3e7c1fe0c21'), want: '7f3a9d10…0c21' },
    { name: 'short id', got: cutMiddle('support-rag'), want: 'support-rag' },
  ])('$name', ({ got, want }) => expect(got).toBe(want));

  test.each([
    { name: 'seconds', got: [0, 2, 4].map((v) => formatTick(v, 's', 2)), want: ['0 s', '2 s', '4 s'] },
    {
      name: 'parts of a second',
      got: [0, 0.3, 0.6].map((v) => formatTick(v, 's', 0.3)),
      want: ['0 ms', '300 ms', '600 ms'],
    },
    { name: 'dollars', got: [0, 0.8, 1.6].map((v) => formatTick(v, 'usd', 0.8)), want: ['$0.00', '$0.80', '$1.60'] },
    { name: 'share', got: [0, 0.5, 1].map((v) => formatTick(v, 'ratio', 0.5)), want: ['0 %', '50 %', '100 %'] },
    { name: 'per minute', got: [0, 10].map((v) => formatTick(v, 'per-minute', 10)), want: ['0', '10/min'] },
  ])('ticks: $name', ({ got, want }) => expect(got).toEqual(want));
});

describe('times of the pages', () => {
  const time = Date.UTC(2026, 10, 24, 3, 7, 41, 206);
  test.each([
    { name: 'time of day', got: formatTime(time, 'utc'), want: '03:07:41 UTC' },
    { name: 'with milliseconds', got: formatTimeMillis(time, 'utc'), want: '03:07:41.206' },
    { name: 'clock', got: formatClock(time, 'utc'), want: '03:07' },
    { name: 'date', got: formatDate(time, 'utc'), want: '24 Nov 2026' },
    { name: 'age in minutes', got: formatAge(21.5 * 60_000), want: '21 min' },
    { name: 'age in seconds', got: formatAge(12_000), want: '12 s' },
    { name: 'age never below zero', got: formatAge(-5), want: '0 s' },
  ])('$name', ({ got, want }) => expect(got).toBe(want));
});
