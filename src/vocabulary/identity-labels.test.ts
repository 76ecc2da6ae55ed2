import { expect, test } from 'vitest';
import { isIdentityLabel } from './identity-labels.ts';

test.each([
  { label: 'user_id', want: true },
  { label: 'user.id', want: true },
  { label: 'userId', want: true },
  { label: 'prompt', want: true },
  { label: 'user_prompt', want: true },
  { label: 'lastQuestion', want: true },
  { label: 'customer.email', want: true },
  { label: 'prompt_tokens', want: false },
  { label: 'prompt_name', want: false },
  { label: 'model_name', want: false },
  { label: 'finished_reason', want: false },
  { label: 'le', want: false },
])('label $label names a request, a person or a text: $want', ({ label, want }) => {
  expect(isIdentityLabel('app_requests_total', label)).toBe(want);
});

test('a bounded user of a database keeps its label', () => {
  expect(isIdentityLabel('pg_stat_activity_count', 'user')).toBe(false);
});
