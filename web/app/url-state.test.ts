import { describe, expect, test } from 'vitest';
import { parseFilter, parseOwn, parseShared, withFilter, withoutFilter, writeSearch } from './url-state.ts';

describe('state in the URL', () => {
  test('an empty URL is the last hour, live, unfiltered', () => {
    expect(parseShared('')).toEqual({ range: { from: 'now-1h', to: 'now' }, live: true, filters: [] });
  });

  test.each([
    { name: 'defaults leave no trace', search: '' },
    { name: 'relative range', search: '?from=now-6h' },
    { name: 'paused', search: '?live=off' },
    { name: 'absolute range', search: '?from=2026-11-24T02:13:00Z&to=2026-11-24T03:13:00Z' },
    { name: 'named filters repeat', search: '?model=llama-3.1-70b&model=qwen2.5-32b' },
    { name: 'attribute filters', search: '?f=service.version:ne:2026.11.24-1' },
  ])('a link comes back as it was: $name', ({ search }) => {
    expect(writeSearch(parseShared(search))).toBe(search);
  });

  test('an absolute range is never live', () => {
    expect(parseShared('?from=2026-11-24T02:13:00Z&to=2026-11-24T03:13:00Z&live=10s').live).toBe(false);
  });

  test("a page's own keys are apart from what travels", () => {
    const search = '?from=now-6h&q=up&sort=start&model=a';
    expect(parseOwn(search)).toEqual({ q: 'up', sort: 'start' });
    expect(writeSearch(parseShared(search))).toBe('?from=now-6h&model=a');
    expect(writeSearch(parseShared(search), { q: 'up{a="b"}', tab: undefined })).toBe(
      '?from=now-6h&model=a&q=up%7Ba%3D%22b%22%7D',
    );
  });

  test.each([
    { text: 'server.address:eq:10.0.0.1:8000', want: { key: 'server.address', op: 'eq', value: '10.0.0.1:8000' } },
    { text: 'tokens:gt:4000', want: { key: 'tokens', op: 'gt', value: '4000' } },
    { text: 'model:matches:x', want: undefined },
    { text: 'model:eq:', want: undefined },
    { text: ':eq:x', want: undefined },
    { text: 'model', want: undefined },
  ])('filter $text', ({ text, want }) => expect(parseFilter(text)).toEqual(want));

  test('filters are added once and removed whole', () => {
    const filter = { key: 'model', op: 'eq', value: 'a' } as const;
    const once = withFilter([], filter);
    expect(withFilter(once, { ...filter })).toHaveLength(1);
    expect(withoutFilter(once, filter)).toEqual([]);
  });
});
