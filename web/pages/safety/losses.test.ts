import { expect, test } from 'vitest';
import { lossTitle, lossWords, ruleParts } from './losses.ts';

test('losses and rules in words', () => {
  expect(lossTitle('rejected', 'too-large')).toBe('Refused: too large');
  expect(lossWords('too-large')).toContain('413');
  expect(lossWords('a-reason-of-tomorrow')).toBe('');
  expect(ruleParts('content:gen_ai.input.messages')).toEqual({
    kind: 'Prompt and response content',
    field: 'gen_ai.input.messages',
  });
  expect(ruleParts('some_rule')).toEqual({ kind: 'some rule', field: '' });
});
