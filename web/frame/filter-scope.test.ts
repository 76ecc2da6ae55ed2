import { expect, test } from 'vitest';
import { applies } from './filter-scope.ts';

test.each([
  { path: '/', key: 'model', want: true },
  { path: '/', key: 'service', want: false },
  { path: '/models/llama-3.1-70b', key: 'deployment', want: true },
  { path: '/traces', key: 'status', want: true },
  { path: '/traces', key: 'deployment', want: false },
  { path: '/logs', key: 'severity', want: true },
  { path: '/logs', key: 'model', want: false },
  { path: '/explore', key: 'model', want: false },
])('$path can apply a filter on $key: $want', ({ path, key, want }) => expect(applies(path, key)).toBe(want));
