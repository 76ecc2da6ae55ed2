import { describe, expect, test } from 'vitest';
import { matchEntries, traceIdOf, type PaletteEntry } from './palette-index.ts';

const entry = (category: PaletteEntry['category'], label: string, detail = ''): PaletteEntry => ({
  category,
  label,
  detail,
  act: { kind: 'go', href: '/' },
});
const ENTRIES = [
  entry('Do', 'Light or dark'),
  entry('Metrics', 'gen_ai_server_time_to_first_token_seconds'),
  entry('Servers', 'vllm-70b-2', 'server'),
  entry('Models', 'llama-3.1-70b', 'model'),
  entry('Go to', 'Models & servers', 'G then M'),
];

describe('command palette', () => {
  test.each([
    { typed: '', want: ['Models & servers', 'llama-3.1-70b', 'vllm-70b-2', 'Light or dark'] },
    { typed: '70b', want: ['llama-3.1-70b', 'vllm-70b-2'] },
    { typed: 'server vllm', want: ['vllm-70b-2'] },
    { typed: 'first token', want: ['gen_ai_server_time_to_first_token_seconds'] },
    { typed: 'nothing like it', want: [] },
  ])('typing "$typed"', ({ typed, want }) => expect(matchEntries(ENTRIES, typed).map((e) => e.label)).toEqual(want));

  test('trace ids, as any tool prints them', () => {
    expect(traceIdOf(' 7F3A9D10B6E24C5F8A01D3E7C1FE0C21 ')).toBe('7f3a9d10b6e24c5f8a01d3e7c1fe0c21');
    expect(traceIdOf('7f3a9d10-b6e2-4c5f-8a01-d3e7c1fe0c21')).toBe('7f3a9d10b6e24c5f8a01d3e7c1fe0c21');
    expect(traceIdOf('7f3a')).toBeUndefined();
  });
});
