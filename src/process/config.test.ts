import { describe, expect, test } from 'vitest';
import { describePolicies } from './policies.ts';
import { processConfig } from './config.ts';

describe('configuration', () => {
  test('nothing configured: content is dropped, ids are hashed', () => {
    expect(processConfig.parse({})).toEqual({
      content: { policy: 'drop', fields: {}, identity: 'hash', hashKey: undefined },
      labels: { ban: [], allow: [], maxSeriesPerMetric: 50_000 },
      derive: { enabled: true, intervalMs: 15_000, maxSeries: 5000, idleAfterMs: 3_600_000 },
    });
  });

  test.each([
    {
      name: 'a policy that does not exist',
      config: { content: { policy: 'mask' } },
      where: 'content.policy',
      message: /drop/,
    },
    {
      name: 'a policy of a field that does not exist',
      config: { content: { fields: { body: 'no' } } },
      where: 'content.fields.body',
      message: /drop/,
    },
    {
      name: 'a key that can be guessed',
      config: { content: { hash_key: 'short' } },
      where: 'content.hash_key',
      message: /shorter than 16/,
    },
    { name: 'a misspelled key', config: { content: { polcy: 'keep' } }, where: 'content', message: /polcy/ },
    {
      name: 'a bad interval',
      config: { derive: { interval: '15 s' } },
      where: 'derive.interval',
      message: /not a duration/,
    },
  ])('$name', ({ config, where, message }) => {
    const [issue] = processConfig.safeParse(config).error!.issues;
    expect(issue!.path.join('.')).toBe(where);
    expect(issue!.message).toMatch(message);
  });

  test('policies in force are told as they are', () => {
    const settings = processConfig.parse({ content: { policy: 'redact', fields: { 'gen_ai.tool.*': 'keep' } } });
    expect(describePolicies(settings).map(({ name, action }) => [name, action])).toEqual([
      ['content', 'redact'],
      ['content of gen_ai.tool.*', 'keep'],
      ['identity', 'hash'],
      ['credentials', 'drop'],
      ['labels', 'drop'],
      ['series budget', 'fold'],
    ]);
  });
});
