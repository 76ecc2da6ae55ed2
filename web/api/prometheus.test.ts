import { describe, expect, test } from 'vitest';
import { seriesNames, unitOfQuery } from './prometheus.ts';

describe('Prometheus answers', () => {
  test('a series is called by what tells it from the others', () => {
    const of = (...labels: Record<string, string>[]) => seriesNames(labels.map((l) => ({ labels: l, values: [] })));
    expect(of({ __name__: 'up', job: 'vllm', instance: 'a' }, { __name__: 'up', job: 'vllm', instance: 'b' })).toEqual([
      'instance=a',
      'instance=b',
    ]);
    expect(of({ __name__: 'up', job: 'vllm' })).toEqual(['up job=vllm']);
    expect(of({ __name__: 'a' }, { __name__: 'b' })).toEqual(['a', 'b']);
    expect(of({})).toEqual(['value']);
  });

  test.each([
    {
      query: 'histogram_quantile(0.95, sum by (le) (rate(gen_ai_server_time_to_first_token_seconds_bucket[5m])))',
      want: 's',
    },
    { query: 'rate(x_seconds_sum[5m]) / rate(x_seconds_count[5m])', want: 's' },
    { query: 'gen_ai_server_kv_cache_usage_ratio', want: 'ratio' },
    { query: 'vllm:kv_cache_usage_perc', want: 'ratio' },
    { query: 'process_resident_memory_bytes', want: 'bytes' },
    { query: 'sum(rate(vllm:generation_tokens_total[5m]))', want: 'count' },
    { query: 'a_bytes / b_bytes', want: 'count' },
  ])('$query is in $want', ({ query, want }) => expect(unitOfQuery(query)).toBe(want));
});
