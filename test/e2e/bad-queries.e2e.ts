import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gaugesRequest, sendOtlp } from '../support/otlp-client.ts';
import { memoryMiB } from '../support/process-figures.ts';
import { ReadBack } from '../support/read-back.ts';
import { startSonde, temporaryDataDir, type SondeProcess } from '../support/sonde-process.ts';

/** Questions nobody should ask: each is answered with what is wrong and where, and the next one is answered well. */
const data = temporaryDataDir();
let sonde: SondeProcess;

beforeAll(async () => {
  sonde = await startSonde(data.path);
  await sendOtlp(sonde.otlpHttp, 'metrics', gaugesRequest('queries', { good: [{ asDouble: 1 }] }));
});
afterAll(async () => {
  expect(await new ReadBack(sonde.url).instant('good')).toHaveLength(1);
  expect(memoryMiB(sonde.child.pid!).rss).toBeLessThan(1000);
  expect(await sonde.stop()).toBe(0);
  expect(sonde.stderr()).not.toMatch(/failed inside|unhandled/i);
  data.remove();
});

async function ask(path: string, parameters: Record<string, string>, form = false) {
  const text = new URLSearchParams(parameters);
  const response = form
    ? await fetch(sonde.url + path, { method: 'POST', body: text })
    : await fetch(`${sonde.url}${path}?${text.toString()}`);
  return { status: response.status, text: await response.text() };
}

describe('PromQL', () => {
  test.each([
    { query: 'sum(', status: 400, says: /1:5: parse error/ },
    { query: 'good[5m', status: 400, says: /1:\d+: parse error/ },
    { query: 'good{a=b}', status: 400, says: /1:8: parse error/ },
    { query: '{}', status: 400, says: /1:\d+.*matcher/ },
    { query: 'rate(good)', status: 400, says: /1:6.*range vector/ },
    { query: 'nosuch(good)', status: 400, says: /1:1.*nosuch/ },
    { query: 'good +\n  * 2', status: 400, says: /2:\d+: parse error/ },
    { query: 'good{a=~"("}', status: 400, says: /1:\d+/ },
    { query: '\u0000\u0001', status: 400, says: /1:1/ },
    { query: '"', status: 400, says: /1:\d+/ },
    { query: '', status: 400, says: /query/ },
  ])('$query is refused with its place', async ({ query, status, says }) => {
    const answer = await ask('/api/v1/query', { query });
    expect(answer.status).toBe(status);
    const { errorType, error } = JSON.parse(answer.text) as { errorType: string; error: string };
    expect(errorType).toBe('bad_data');
    expect(error).toMatch(says);
  });

  const now = Math.floor(Date.now() / 1000);
  const tooMuch: readonly {
    readonly name: string;
    readonly path?: string;
    readonly parameters: Record<string, string>;
  }[] = [
    { name: 'brackets 20,000 deep', parameters: { query: `${'('.repeat(20_000)}1${')'.repeat(20_000)}` } },
    { name: 'brackets that never close', parameters: { query: '('.repeat(200_000) } },
    { name: 'minus 100,000 times', parameters: { query: `${'-'.repeat(100_000)}1` } },
    { name: 'a sum of 50,000 terms', parameters: { query: Array(50_000).fill('good').join('+') } },
    { name: 'calls 5,000 deep', parameters: { query: `${'abs('.repeat(5000)}good${')'.repeat(5000)}` } },
    {
      name: 'more steps than a chart has points',
      path: '/api/v1/query_range',
      parameters: { query: 'good', start: '0', end: String(now), step: '1' },
    },
    {
      name: 'an end before its start',
      path: '/api/v1/query_range',
      parameters: { query: 'good', start: String(now), end: '0', step: '15' },
    },
    {
      name: 'a step of nothing',
      path: '/api/v1/query_range',
      parameters: { query: 'good', start: '0', end: '10', step: '0' },
    },
    { name: 'a subquery of ten years by the millisecond', parameters: { query: 'sum_over_time(good[10y:1ms])' } },
    {
      name: 'subqueries in subqueries',
      parameters: { query: 'max_over_time(max_over_time(max_over_time(good[1y:1s])[1y:1s])[1y:1s])' },
    },
    { name: 'a time that is none', parameters: { query: 'good', time: 'yesterday' } },
    { name: 'a timeout that is none', parameters: { query: 'good', timeout: 'soon' } },
  ];
  test.each(tooMuch)('$name is refused, soon', async ({ path = '/api/v1/query', parameters }) => {
    const began = performance.now();
    const answer = await ask(path, parameters, true);
    expect([400, 422], answer.text.slice(0, 300)).toContain(answer.status);
    const { error } = JSON.parse(answer.text) as { error: string };
    expect(error.length).toBeGreaterThan(10);
    expect(error.length).toBeLessThan(1000);
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(await new ReadBack(sonde.url).instant('good')).toHaveLength(1);
  });

  test('a pattern that would try for ever elsewhere is matched at once', async () => {
    const query = `good{job=~"(a+)+$", instance!~"(x+x+)+y"} or label_replace(good, "l", "$1", "job", "(((a*)*)*)*b")`;
    expect((await ask('/api/v1/query', { query })).status).toBe(200);
  });

  test('a query of 5 MB is too large', async () => {
    expect((await ask('/api/v1/query', { query: 'a'.repeat(5_000_000) }, true)).status).toBe(413);
  });

  test.each([
    { path: '/api/v1/series', parameters: {} },
    { path: '/api/v1/series', parameters: { 'match[]': 'sum(good)' } },
    { path: '/api/v1/labels', parameters: { start: 'x' } },
    { path: '/api/v1/query_range', parameters: { query: 'good' } },
  ])('$path with $parameters is refused', async ({ path, parameters }) => {
    const { status, text } = await ask(encodeURI(path), parameters);
    expect(status).toBe(400);
    expect(text).toMatch(/"errorType":"bad_data"/);
  });
});

describe('Sonde’s own API', () => {
  test.each([
    { path: 'overview', parameters: { from: 'yesterday' }, names: 'from' },
    { path: 'overview', parameters: { from: 'now', to: 'now-1h' }, names: 'to' },
    { path: 'overview', parameters: { step: '0s' }, names: 'step' },
    { path: 'overview', parameters: { step: 'x' }, names: 'step' },
    { path: 'traces', parameters: { limit: '-1' }, names: 'limit' },
    { path: 'traces', parameters: { limit: '1000000' }, names: 'limit' },
    { path: 'traces', parameters: { status: 'fine' }, names: 'status' },
    { path: 'traces', parameters: { sort: 'name; DROP TABLE spans' }, names: 'sort' },
    { path: 'traces', parameters: { cursor: '%%%' }, names: 'cursor' },
    { path: 'traces', parameters: { q: 'x'.repeat(301) }, names: 'q' },
    { path: 'traces', parameters: { minDurationMs: 'NaN' }, names: 'minDurationMs' },
    { path: 'traces/zz', parameters: {}, names: 'traceId' },
    { path: 'logs', parameters: { cursor: 'x' }, names: 'cursor' },
    { path: 'logs', parameters: { severity: 'loud' }, names: 'severity' },
    { path: 'logs', parameters: { traceId: 'zz' }, names: 'traceId' },
    { path: 'logs', parameters: { direction: 'up' }, names: 'direction' },
    { path: 'metrics/names', parameters: { limit: '0' }, names: 'limit' },
  ])('$path with $parameters is refused and says which', async ({ path, parameters, names }) => {
    const { status, text } = await ask(`/sonde/api/v1/${path}`, parameters);
    expect(status, text.slice(0, 300)).toBe(400);
    const { error } = JSON.parse(text) as { error: { where: string | null; message: string } };
    expect(`${error.where ?? ''} ${error.message}`).toContain(names);
  });

  test.each(["'", '\\', '{x:String}', '\u0000', '%', '--', 'é�', "x') OR 1=1 --"])(
    'text %j is text wherever it stands',
    async (text) => {
      for (const [path, name] of [
        ['traces', 'q'],
        ['traces', 'service'],
        ['traces', 'model'],
        ['logs', 'text'],
        ['logs', 'service'],
        ['overview', 'model'],
        ['overview', 'tenant'],
        ['metrics/names', 'q'],
      ] as const) {
        const answer = await ask(`/sonde/api/v1/${path}`, { [name]: text });
        expect([200, 400, 404], `${path} ${name}: ${answer.text.slice(0, 200)}`).toContain(answer.status);
      }
      const labels = await ask('/api/v1/query', { query: `good{job=${JSON.stringify(text)}}` });
      expect([200, 400]).toContain(labels.status);
    },
  );

  test.each(['/sonde/api/v1/nothing', '/nowhere/at/all.png', '/..%2f..%2fetc%2fpasswd', '/%00', '/%E0%A4%A'])(
    '%s is nowhere',
    async (path) => {
      const response = await fetch(sonde.url + path, { headers: { accept: 'application/json' } });
      expect([400, 404]).toContain(response.status);
      expect(await response.text()).not.toContain('root:');
    },
  );
});
