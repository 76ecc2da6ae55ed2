import { expect, test } from 'vitest';
import { storeConfig } from './config.ts';

test('defaults', () => {
  expect(storeConfig.parse(undefined)).toEqual({
    mode: 'embedded',
    dataDir: './sonde-data',
    url: undefined,
    user: 'default',
    password: '',
    database: 'default',
    tls: { caFile: undefined, certFile: undefined, keyFile: undefined },
    cluster: undefined,
    memoryBytes: undefined,
    queryMemoryBytes: undefined,
    queryTimeoutMs: 60_000,
    fsync: true,
    queueBytes: 256 * 1024 ** 2,
    flushIntervalMs: 20,
    retention: {
      metrics: { ageMs: 15 * 86_400_000, maxBytes: undefined },
      traces: { ageMs: 7 * 86_400_000, maxBytes: undefined },
      logs: { ageMs: 7 * 86_400_000, maxBytes: undefined },
    },
  });
});

test('a retention by age and size', () => {
  const { retention } = storeConfig.parse({ retention: { logs: { age: '2d', size: '10GiB' } } });
  expect(retention.logs).toEqual({ ageMs: 2 * 86_400_000, maxBytes: 10 * 1024 ** 3 });
});

test.each([
  { name: 'remote without url', config: { mode: 'remote' }, path: 'url', message: 'is missing; mode remote needs' },
  { name: 'cluster embedded', config: { cluster: 'main' }, path: 'cluster', message: 'needs mode remote' },
  {
    name: 'a certificate without key',
    config: { tls: { cert_file: 'a' } },
    path: 'tls.key_file',
    message: 'go together',
  },
  { name: 'an unknown key', config: { fsnyc: true }, path: '', message: 'fsnyc' },
  { name: 'a bad duration', config: { query_timeout: 'soon' }, path: 'query_timeout', message: 'is not a duration' },
])('refuses $name', ({ config, path, message }) => {
  const result = storeConfig.safeParse(config);
  expect(result.success).toBe(false);
  const issue = result.error!.issues[0]!;
  expect(issue.path.join('.')).toBe(path);
  expect(issue.message).toContain(message);
});
