import { expect, test } from 'vitest';
import { MetricBatch } from './sample.ts';

test('staleness markers and NaN values stay apart, also when the columns grow', () => {
  const batch = new MetricBatch();
  for (let i = 0; i < 500; i++) {
    if (i % 3 === 0) batch.addStale(i, i);
    else batch.addSample(i, i, i % 3 === 1 ? NaN : i);
  }
  expect(batch.length).toBe(500);
  for (let i = 0; i < 500; i++) {
    expect(batch.isStale(i)).toBe(i % 3 === 0);
    expect(batch.seriesIndex[i]).toBe(i);
    if (i % 3 === 2) expect(batch.value[i]).toBe(i);
    else expect(batch.value[i]).toBeNaN();
  }
});
