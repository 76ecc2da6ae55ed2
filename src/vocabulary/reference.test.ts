import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { metricsReference } from './reference.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/metrics.md');

test('docs/metrics.md is what the tables say', () => {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(PAGE, metricsReference());
  expect(readFileSync(PAGE, 'utf8')).toBe(metricsReference());
});
