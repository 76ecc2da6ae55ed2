import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEmbeddedStore, type EmbeddedStore } from '../../../test/promql/embedded-source.ts';
import { MetricBatch } from '../../model/sample.ts';
import { makeSeries } from '../../model/series.ts';
import { DEFAULT_TENANT } from '../../model/sink.ts';
import { queryConfig } from '../../query/config.ts';
import { makePromqlEngine } from '../../query/promql/index.ts';
import * as vocabulary from '../../vocabulary/catalogue.ts';
import { prometheusRoutes } from './index.ts';

const NOW = 1_700_000_000_000;
let embedded: EmbeddedStore;
let app: FastifyInstance;

beforeAll(async () => {
  embedded = await openEmbeddedStore(() => NOW);
  await embedded.store.sink.metrics(fixture(), { tenant: DEFAULT_TENANT, source: 'test', receivedUnixMs: NOW });
  const engine = makePromqlEngine({ reader: embedded.store.reader, settings: queryConfig.parse({}), vocabulary });
  app = Fastify();
  await app.register(prometheusRoutes, { engine, buildInfo: { version: '0.1.0' }, nowMs: () => NOW });
  await app.ready();
});

afterAll(async () => {
  await app.close();
  await embedded.close();
});

/** Ten minutes of a counter, a gauge with odd values, an odd name, and vLLM's first-token histogram. */
function fixture(): MetricBatch {
  const batch = new MetricBatch();
  const requests = batch.addSeries(
    makeSeries('http_requests_total', [
      ['job', 'api'],
      ['code', '200'],
    ]),
  );
  const odd = batch.addSeries(makeSeries('odd_values', [['kind', 'infinite']]));
  const dotted = batch.addSeries(makeSeries('http.requests', [['http.status_code', '404']]));
  const buckets = ['0.1', '1.0', '+Inf'].map((le) =>
    batch.addSeries(
      makeSeries('vllm:time_to_first_token_seconds_bucket', [
        ['job', 'vllm'],
        ['instance', 'gpu-1:8000'],
        ['model_name', 'llama'],
        ['le', le],
      ]),
    ),
  );
  for (let i = 0; i <= 40; i++) {
    const timeMs = NOW - (40 - i) * 15_000;
    batch.addSample(requests, timeMs, i * 30);
    batch.addSample(odd, timeMs, Infinity);
    batch.addSample(dotted, timeMs, 1e-7);
    buckets.forEach((bucket, k) => batch.addSample(bucket, timeMs, i * [5, 9, 10][k]!));
  }
  batch.exemplars.push({ seriesIndex: buckets[1]!, labels: [['trace_id', 'ab']], value: 0.7, timestampMs: NOW - 1000 });
  batch.metadata.push({ family: 'http_requests', type: 'counter', help: 'Requests.', unit: '' });
  return batch;
}

async function get(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await app.inject({ method: 'GET', url });
  return { status: response.statusCode, body: response.json() };
}

async function post(
  path: string,
  form: Record<string, string>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const payload = new URLSearchParams(form).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const response = await app.inject({ method: 'POST', url: path, payload, headers });
  return { status: response.statusCode, body: response.json() };
}

const at = NOW / 1000;

test.each([
  {
    name: 'scalar, as Grafana asks to test the data source',
    url: '/prometheus/api/v1/query?query=1%2B1&time=4',
    data: { resultType: 'scalar', result: [4, '2'] },
  },
  {
    name: 'vector',
    url: `/api/v1/query?query=http_requests_total&time=${at}`,
    data: {
      resultType: 'vector',
      result: [{ metric: { __name__: 'http_requests_total', code: '200', job: 'api' }, value: [at, '1200'] }],
    },
  },
  {
    name: 'infinity and small numbers',
    url: `/api/v1/query?query=${encodeURIComponent('{__name__=~"odd_values|http[.]requests"}')}&time=${at}`,
    data: {
      resultType: 'vector',
      result: [
        { metric: { __name__: 'http.requests', 'http.status_code': '404' }, value: [at, '1e-07'] },
        { metric: { __name__: 'odd_values', kind: 'infinite' }, value: [at, '+Inf'] },
      ],
    },
  },
  {
    name: 'matrix of a range query with a duration as step',
    url: `/api/v1/query_range?query=http_requests_total*2&start=${at - 30}&end=${at}&step=15s`,
    data: {
      resultType: 'matrix',
      result: [
        {
          metric: { code: '200', job: 'api' },
          values: [
            [at - 30, '2280'],
            [at - 15, '2340'],
            [at, '2400'],
          ],
        },
      ],
    },
  },
  {
    name: 'range vector of an instant query',
    url: `/api/v1/query?query=http_requests_total[30s]&time=${at}`,
    data: {
      resultType: 'matrix',
      result: [
        {
          metric: { __name__: 'http_requests_total', code: '200', job: 'api' },
          values: [
            [at - 15, '1170'],
            [at, '1200'],
          ],
        },
      ],
    },
  },
  { name: 'string', url: '/api/v1/query?query=%22a%22&time=1', data: { resultType: 'string', result: [1, 'a'] } },
  { name: 'no rules', url: '/api/v1/rules', data: { groups: [] } },
  { name: 'no alerts', url: '/prometheus/api/v1/alerts', data: { alerts: [] } },
  {
    name: 'exemplars probed with milliseconds for seconds, as Grafana does',
    url: `/api/v1/query_exemplars?query=test&start=${NOW - 1000}&end=${NOW}`,
    data: [],
  },
  {
    name: 'exemplars',
    url: `/api/v1/query_exemplars?query=rate(vllm:time_to_first_token_seconds_bucket[5m])&start=${at - 60}&end=${at}`,
    data: [
      {
        seriesLabels: {
          __name__: 'vllm:time_to_first_token_seconds_bucket',
          instance: 'gpu-1:8000',
          job: 'vllm',
          le: '1.0',
          model_name: 'llama',
        },
        exemplars: [{ labels: { trace_id: 'ab' }, value: '0.7', timestamp: at - 1 }],
      },
    ],
  },
  {
    name: 'label values',
    url: '/api/v1/label/job/values',
    data: ['api', 'vllm'],
  },
  {
    name: 'values of a label with an escaped name',
    url: '/api/v1/label/U__http_2e_status__code/values',
    data: ['404'],
  },
  {
    name: 'label names of a selector',
    url: '/api/v1/labels?match[]=http_requests_total',
    data: ['__name__', 'code', 'job'],
  },
  {
    name: 'series',
    url: '/api/v1/series?match[]=%7Bjob%3D%22api%22%7D',
    data: [{ __name__: 'http_requests_total', code: '200', job: 'api' }],
  },
  {
    name: 'metadata',
    url: '/api/v1/metadata?metric=http_requests',
    data: { http_requests: [{ type: 'counter', help: 'Requests.', unit: '' }] },
  },
  {
    name: 'format_query',
    url: '/api/v1/format_query?query=sum+by%28a%29%28rate%28x%5B5m%5D+offset+1h%29%29',
    data: 'sum by (a) (rate(x[5m] offset 1h))',
  },
])('answers $name', async ({ url, data }) => {
  const { status, body } = await get(url);
  expect(status).toBe(200);
  expect(body['status']).toBe('success');
  expect(body['data']).toEqual(data);
});

test('forms by POST mean the same as URLs', async () => {
  const { body } = await post('/api/v1/query_range', {
    query: 'sum(http_requests_total)',
    start: String(at - 15),
    end: String(at),
    step: '15',
  });
  expect(body['data']).toEqual({
    resultType: 'matrix',
    result: [
      {
        metric: {},
        values: [
          [at - 15, '1170'],
          [at, '1200'],
        ],
      },
    ],
  });
});

test('a canonical name answers from native series, renamed, and says so', async () => {
  const query =
    'histogram_quantile(0.5, sum by (le, gen_ai_request_model) (rate(gen_ai_server_time_to_first_token_seconds_bucket[5m])))';
  const { body } = await post('/api/v1/query', { query, time: String(at) });
  expect(body['data']).toEqual({
    resultType: 'vector',
    result: [{ metric: { gen_ai_request_model: 'llama' }, value: [at, '0.1'] }],
  });
  expect(body['infos']).toEqual([
    'gen_ai_server_time_to_first_token_seconds_bucket is read from vllm:time_to_first_token_seconds_bucket (vllm)',
  ]);
});

test('canonical names are offered for completion', async () => {
  const { body } = await get('/api/v1/label/__name__/values');
  expect(body['data']).toContain('gen_ai_server_time_to_first_token_seconds_bucket');
  expect(body['data']).not.toContain('gen_ai_server_request_queue_seconds_bucket');
});

test.each([
  {
    name: 'bad syntax with its place',
    url: '/api/v1/query?query=sum(',
    status: 400,
    errorType: 'bad_data',
    error:
      'invalid parameter "query": 1:5: parse error: unexpected end of input in the arguments of a call, expected an expression, "," or ")"; ( is never closed',
  },
  {
    name: 'no query',
    url: '/api/v1/query',
    status: 400,
    errorType: 'bad_data',
    error: 'invalid parameter "query": it is missing',
  },
  {
    name: 'an end before the start',
    url: '/api/v1/query_range?query=up&start=2&end=1&step=1',
    status: 400,
    errorType: 'bad_data',
    error: 'invalid parameter "end": end timestamp must not be before start time',
  },
  {
    name: 'a step of nothing',
    url: '/api/v1/query_range?query=up&start=1&end=2&step=0',
    status: 400,
    errorType: 'bad_data',
    error:
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
  },
  {
    name: 'too many points',
    url: '/api/v1/query_range?query=up&start=0&end=20000&step=1',
    status: 400,
    errorType: 'bad_data',
    error: 'the query has 20001 steps, the limit is 11000 points per series; widen the step or shorten the range',
  },
  {
    name: 'a bad time',
    url: '/api/v1/query?query=up&time=yesterday',
    status: 400,
    errorType: 'bad_data',
    error: 'invalid parameter "time": cannot parse "yesterday" to a valid timestamp',
  },
  {
    name: 'series without a selector',
    url: '/api/v1/series',
    status: 400,
    errorType: 'bad_data',
    error: 'invalid parameter "match[]": no match[] parameter provided',
  },
  {
    name: 'series that become the same',
    url: `/api/v1/query?query=label_replace(%7Bjob%3D%22vllm%22%7D,%22le%22,%22%22,%22%22,%22%22)&time=${at}`,
    status: 422,
    errorType: 'execution',
    error: 'vector cannot contain metrics with the same labelset',
  },
])('refuses $name', async ({ url, status, errorType, error }) => {
  const answer = await get(url);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ status: 'error', errorType });
  expect(answer.body['error']).toContain(error);
});

test('a limit cuts the answer with a warning', async () => {
  const { body } = await get(`/api/v1/query?query=%7Bjob%3D%22vllm%22%7D&time=${at}&limit=2`);
  expect((body['data'] as { result: unknown[] }).result).toHaveLength(2);
  expect(body['warnings']).toEqual(['results truncated due to limit']);
});

test('statistics come when asked for', async () => {
  const { body } = await get(`/api/v1/query?query=http_requests_total[1m]&time=${at}&stats=all`);
  expect(body['data']).toMatchObject({ stats: { samples: { totalQueryableSamples: 4 } } });
});
