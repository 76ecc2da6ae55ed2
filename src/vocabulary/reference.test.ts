import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { metricsReference, sensitiveReference } from './reference.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/metrics.md');

test('docs/metrics.md is what the tables say', () => {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(PAGE, metricsReference());
  expect(readFileSync(PAGE, 'utf8')).toBe(metricsReference());
});

test('the fields in docs/safety.md are those of the rules', () => {
  const page = resolve(PAGE, '../safety.md');
  const [begin, end] = ['<!-- fields: made from src/vocabulary/sensitive.ts -->', '<!-- end of fields -->'];
  const text = readFileSync(page, 'utf8');
  const want = `${text.slice(0, text.indexOf(begin))}${begin}\n\n${sensitiveReference()}\n\n${text.slice(text.indexOf(end))}`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(page, want);
  expect(readFileSync(page, 'utf8')).toBe(want);
});
