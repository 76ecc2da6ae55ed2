import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { scrapeConfig } from './config.ts';

const DIRECTORY = join(import.meta.dirname, 'testdata');
const files = readdirSync(DIRECTORY);
const read = (file: string): string => readFileSync(join(DIRECTORY, file), 'utf8');

test('nothing written is a good configuration: nothing to scrape, discovery on', () => {
  expect(scrapeConfig.parse({})).toEqual({
    jobs: [],
    intervalMs: 15_000,
    timeoutMs: 10_000,
    externalLabels: {},
    discovery: { enabled: true, intervalMs: 30_000, ports: undefined },
  });
});

test('a prometheus.yml is taken as it is', () => {
  const { jobs, ...rest } = scrapeConfig.parse(parse(read('prometheus.good.yaml')));
  expect(rest).toEqual({
    intervalMs: 30_000,
    timeoutMs: 20_000,
    externalLabels: { cluster: 'one', replica: '1' },
    discovery: { enabled: true, intervalMs: 60_000, ports: [8000, 9400] },
  });
  const [vllm, node] = jobs;
  expect(vllm).toMatchObject({
    jobName: 'vllm',
    scheme: 'http',
    metricsPath: '/metrics',
    intervalMs: 5000,
    timeoutMs: 5000,
    honorLabels: false,
    honorTimestamps: true,
    limits: { sampleLimit: 0, bodyBytesLimit: 64 * 1024 * 1024 },
    discoveries: [{ kind: 'static', groups: [{ labels: { zone: 'a' } }] }],
    metricRelabelRules: [{ action: 'drop', pattern: 'python_.*|process_.*' }],
  });
  expect(node).toMatchObject({
    scheme: 'https',
    metricsPath: '/probe',
    params: { module: ['http_2xx'], target: ['https://example.com', '2'] },
    intervalMs: 30_000,
    timeoutMs: 20_000,
    honorLabels: true,
    honorTimestamps: false,
    trackTimestampsStaleness: true,
    enableCompression: false,
    protocols: ['OpenMetricsText1.0.0', 'PrometheusText0.0.4'],
    limits: { sampleLimit: 1000, targetLimit: 10, labelLimit: 30, bodyBytesLimit: 10 * 1024 * 1024 },
    http: {
      basicAuth: { username: { text: 'prometheus' }, password: { file: 'secrets/password' } },
      authorization: undefined,
      tls: { ca: { file: 'ca.pem' }, verify: true, minVersion: 'TLSv1.2' },
      headers: [{ name: 'X-Scope-OrgID', values: [{ text: 'team' }] }],
      followRedirects: false,
    },
    discoveries: [
      { kind: 'file', files: ['targets/*.json', '/etc/targets.yml'], refreshMs: 60_000 },
      { kind: 'http', http: { authorization: { scheme: 'Bearer', credentials: { text: 'token' } } } },
      { kind: 'dns', type: 'SRV' },
      { kind: 'dns', type: 'A', port: 9100, refreshMs: 30_000 },
    ],
  });
  expect(node!.relabelRules.map(({ action }) => action)).toEqual(['replace', 'replace', 'hashmod']);
});

test.each(files.filter((file) => file.endsWith('.bad.yaml')))('%s gives the message in its first line', (file) => {
  const text = read(file);
  const { issues } = scrapeConfig.safeParse(parse(text)).error!;
  const messages = issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  expect(messages).toEqual([text.split('\n', 1)[0]!.replace('# ', '')]);
});
