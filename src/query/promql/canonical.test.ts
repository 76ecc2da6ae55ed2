import { describe, expect, test } from 'vitest';
import { FixtureStore, toSampleSeries } from '../../../test/promql/fixture-store.ts';
import { seriesOf } from '../../../test/promql/compare.ts';
import { parseScript } from '../../../test/promql/script.ts';
import { canonicalSources, type CanonicalSource } from '../../vocabulary/catalogue.ts';
import { CanonicalViews } from './canonical.ts';
import { MemorySource } from './memory-source.ts';
import { runInstant, type QueryResult } from './run.ts';

const LIMITS = { maxSamples: 1e6, maxSeries: 1e4, maxSteps: 11_000, timeoutMs: 10_000, memoryBytes: 1e9 };

/** Runs a query at 10 minutes over series in the test language, one sample a minute. */
async function ask(
  lines: string,
  query: string,
  sourcesOf: (name: string) => readonly CanonicalSource[] = canonicalSources,
): Promise<{ series: Record<string, number>; infos: string[] }> {
  const store = new FixtureStore();
  for (const command of parseScript(`load 1m\n${lines}`)) if (command.kind === 'load') store.load(command);
  const vocabulary = { canonicalSources: sourcesOf, canonicalMetric: () => undefined, canonicalNames: () => [] };
  const source = new CanonicalViews(new MemorySource(store.all().map(toSampleSeries)), vocabulary, 300_000);
  const result: QueryResult = await runInstant(query, 600_000, {
    source,
    limits: LIMITS,
    lookbackMs: 300_000,
    defaultSubqueryStepMs: 60_000,
    pushDown: true,
    signal: undefined,
    now: () => performance.now(),
  });
  const series = seriesOf(result.value).map(({ labels, points }) => [
    labels.toString(),
    [...points.values()][0] as number,
  ]);
  return { series: Object.fromEntries(series) as Record<string, number>, infos: result.infos };
}

const TTFT = 'gen_ai_server_time_to_first_token_seconds';

test('one quantile for all servers, whatever they call it and whatever their unit', async () => {
  const { series, infos } = await ask(
    `  vllm:time_to_first_token_seconds_bucket{job="vllm",instance="a",model_name="m",le="0.5"} 0+5x10
  vllm:time_to_first_token_seconds_bucket{job="vllm",instance="a",model_name="m",le="1.0"} 0+10x10
  vllm:time_to_first_token_seconds_bucket{job="vllm",instance="a",model_name="m",le="+Inf"} 0+10x10
  sglang:time_to_first_token_seconds_bucket{job="sglang",instance="b",model_name="m",le="0.5"} 0+5x10
  sglang:time_to_first_token_seconds_bucket{job="sglang",instance="b",model_name="m",le="1"} 0+10x10
  sglang:time_to_first_token_seconds_bucket{job="sglang",instance="b",model_name="m",le="+Inf"} 0+10x10`,
    `histogram_quantile(0.75, sum by (le, job, gen_ai_request_model) (rate(${TTFT}_bucket[5m])))`,
  );
  expect(series).toEqual({
    '{gen_ai_request_model="m", job="vllm"}': 0.75,
    '{gen_ai_request_model="m", job="sglang"}': 0.75,
  });
  expect(infos[0]).toBe(
    `${TTFT}_bucket is read from vllm:time_to_first_token_seconds_bucket (vllm), ` +
      'sglang:time_to_first_token_seconds_bucket (sglang)',
  );
});

test('both generations of a name in one scrape count once', async () => {
  const { series } = await ask(
    `  vllm:kv_cache_usage_perc{job="vllm",instance="a",model_name="m"} 0.5x10
  vllm:gpu_cache_usage_perc{job="vllm",instance="a",model_name="m"} 0.5x10
  vllm:gpu_cache_usage_perc{job="vllm",instance="old",model_name="m"} 0.25x10`,
    'sum by (instance) (gen_ai_server_kv_cache_usage_ratio)',
  );
  expect(series).toEqual({ '{instance="a"}': 0.5, '{instance="old"}': 0.25 });
});

test('a server that changes its names goes on as one series', async () => {
  const { series } = await ask(
    `  vllm:gpu_prefix_cache_queries_total{job="vllm",instance="a",model_name="m"} 0 60 120 180
  vllm:prefix_cache_queries_total{job="vllm",instance="a",model_name="m"} _ _ _ _ 60+60x6`,
    'count_over_time(gen_ai_server_prefix_cache_query_tokens_total[11m])',
  );
  expect(Object.values(series)).toEqual([11]);
});

test('matchers speak of canonical labels', async () => {
  const lines = `  vllm:num_requests_running{job="vllm",instance="a",model_name="m"} 3x10
  vllm:num_requests_running{job="vllm",instance="a",model_name="n"} 4x10`;
  const query = (matchers: string): string => `sum(gen_ai_server_requests_running{${matchers}})`;
  expect((await ask(lines, query('gen_ai_request_model="n"'))).series).toEqual({ '{}': 4 });
  expect((await ask(lines, query('gen_ai_request_model!="n",job="vllm"'))).series).toEqual({ '{}': 3 });
  expect((await ask(lines, query('job="other"'))).series).toEqual({});
  expect((await ask(lines, query('model_name="m"'))).series).toEqual({});
});

describe('rules of a source', () => {
  const source = (changes: Partial<CanonicalSource>): CanonicalSource => ({
    canonical: 'c_seconds',
    native: 'n_ms',
    system: 's',
    type: 'gauge',
    rank: 1,
    scale: 1,
    scaleLe: 1,
    where: [],
    labels: new Map(),
    add: [],
    maxOver: [],
    identity: ['instance'],
    ...changes,
  });
  const only =
    (...sources: CanonicalSource[]) =>
    (name: string) =>
      name === 'c_seconds' ? sources : [];

  test.each([
    {
      name: 'values are scaled',
      lines: '  n_ms{instance="a"} 1500x10',
      sources: [source({ scale: 0.001 })],
      want: { '{__name__="c_seconds", instance="a"}': 1.5 },
    },
    {
      name: 'bounds are scaled, in one spelling',
      lines: '  n_ms{instance="a",le="3.0"} 7x10\n  n_ms{instance="a",le="+Inf"} 9x10',
      sources: [source({ scaleLe: 0.001 })],
      want: {
        '{__name__="c_seconds", instance="a", le="0.003"}': 7,
        '{__name__="c_seconds", instance="a", le="+Inf"}': 9,
      },
    },
    {
      name: 'labels are renamed, taken away and added; one that is there stays',
      lines: '  n_ms{instance="a",model="x",pid="7",kind="own"} 1x10',
      sources: [
        source({
          labels: new Map([
            ['model', 'm'],
            ['pid', ''],
          ]),
          add: [
            ['kind', 'added'],
            ['more', 'yes'],
          ],
        }),
      ],
      want: { '{__name__="c_seconds", instance="a", kind="own", m="x", more="yes"}': 1 },
    },
    {
      name: 'sentinels are no samples',
      lines: '  n_ms{instance="a"} 1e18x10\n  n_ms{instance="b"} 5x10',
      sources: [source({ absentFrom: 1e17 })],
      want: { '{__name__="c_seconds", instance="b"}': 5 },
    },
    {
      name: 'a label value can mean no label',
      lines: '  n_ms{instance="a",model="none"} 1x10',
      sources: [source({ absentLabelValue: 'none' })],
      want: { '{__name__="c_seconds", instance="a"}': 1 },
    },
    {
      name: 'repeats by rank count once, the highest',
      lines: '  n_ms{instance="a",rank="0"} 3x10\n  n_ms{instance="a",rank="1"} 4x10',
      sources: [source({ maxOver: ['rank'] })],
      want: { '{__name__="c_seconds", instance="a"}': 4 },
    },
    {
      name: 'a second metric is divided into the first',
      lines: '  n_ms{instance="a"} 30x10\n  n_count{instance="a"} 10x10\n  n_ms{instance="b"} 1x10',
      sources: [source({ operand: { op: 'divide', native: 'n_count' } })],
      want: { '{__name__="c_seconds", instance="a"}': 3 },
    },
    {
      name: 'only series that fulfil the conditions',
      lines: '  n_ms{instance="a",kind="x"} 1x10\n  n_ms{instance="a",kind="y"} 2x10',
      sources: [source({ where: [{ label: 'kind', op: '=~', value: 'y|z' }] })],
      want: { '{__name__="c_seconds", instance="a", kind="y"}': 2 },
    },
    {
      name: 'parts of one whole are added, a worse source beside them is not',
      lines:
        '  n_ms{instance="a"} 1x10\n  m_ms{instance="a"} 2x10\n  w_ms{instance="a"} 100x10\n  w_ms{instance="b"} 50x10',
      sources: [source({}), source({ native: 'm_ms' }), source({ native: 'w_ms', rank: 2 })],
      want: { '{__name__="c_seconds", instance="a"}': 3, '{__name__="c_seconds", instance="b"}': 50 },
    },
  ])('$name', async ({ lines, sources, want }) => {
    expect((await ask(lines, 'c_seconds', only(...sources))).series).toEqual(want);
  });

  test('an approximation is told', async () => {
    const { infos } = await ask(
      '  n_ms{instance="a"} 1x10',
      'c_seconds',
      only(source({ approximate: 'the mean of all' })),
    );
    expect(infos).toEqual([
      'c_seconds is read from n_ms (s)',
      'c_seconds is approximate where it comes from n_ms: the mean of all',
    ]);
  });
});
