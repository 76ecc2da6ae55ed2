import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasShared, readShared } from '../../test/support/shared.ts';
import { CANONICAL_METRICS, METRIC_TABLES, canonicalMetric, canonicalSources, nativeMetric } from './catalogue.ts';

/** Sample names and families' types of a text exposition; enough of a parser for names. */
function namesOf(exposition: string): { names: Set<string>; types: Map<string, string> } {
  const names = new Set<string>();
  const types = new Map<string, string>();
  for (const line of exposition.split('\n')) {
    const type = /^# TYPE (\S+) (\S+)/.exec(line);
    if (type !== null) types.set(type[1]!, type[2]!);
    const sample = /^([A-Za-z_:][\w:]*)[ {]/.exec(line);
    if (sample !== null) names.add(sample[1]!);
  }
  return { names, types };
}

/** Native names of the sources of a canonical name, of one system. */
function natives(name: string, system?: string): string[] {
  return canonicalSources(name)
    .filter((source) => system === undefined || source.system === system)
    .map((source) => source.native);
}

describe('canonical names', () => {
  test.each([
    {
      name: 'vLLM: both generations, the newer preferred',
      ask: 'gen_ai_server_kv_cache_usage_ratio',
      system: 'vllm',
      want: [
        'vllm:kv_cache_usage_perc',
        'vllm_kv_cache_usage_perc',
        'ray_vllm_kv_cache_usage_perc',
        'ray_vllm:kv_cache_usage_perc',
        'vllm:gpu_cache_usage_perc',
        'vllm_gpu_cache_usage_perc',
        'ray_vllm_gpu_cache_usage_perc',
        'ray_vllm:gpu_cache_usage_perc',
      ],
    },
    {
      name: 'TGI: totals out of a histogram’s sum',
      ask: 'gen_ai_server_prompt_tokens_total',
      system: 'tgi',
      want: ['tgi_request_input_length_sum'],
    },
    {
      name: 'Triton: sum of a duration out of cumulative microseconds',
      ask: 'gen_ai_server_request_duration_seconds_sum',
      system: 'triton',
      want: ['nv_inference_request_summary_us_sum', 'nv_inference_request_duration_us'],
    },
    {
      name: 'Triton: no buckets where there are none',
      ask: 'gen_ai_server_request_duration_seconds_bucket',
      system: 'triton',
      want: [],
    },
    {
      name: 'NIM: names without prefix',
      ask: 'gen_ai_server_requests_waiting',
      system: 'nim',
      want: ['num_requests_waiting'],
    },
    {
      name: 'SGLang: both spellings of the colon',
      ask: 'gen_ai_server_requests_waiting',
      system: 'sglang',
      want: ['sglang:num_queue_reqs', 'sglang_num_queue_reqs'],
    },
    {
      name: 'GPU: the exporter before the server, each part of an alternative with its operand',
      ask: 'gpu_memory_total_bytes',
      want: [
        'DCGM_FI_DEV_FB_TOTAL',
        'DCGM_FI_DEV_FB_USED',
        'nvidia_smi_memory_total_bytes',
        'nv_gpu_memory_total_bytes',
      ],
    },
    {
      name: 'OpenTelemetry: a dotted name of the newer generation gives both generations',
      ask: 'gen_ai.client.inference.duration_count',
      want: [
        'gen_ai_client_inference_duration_seconds_count',
        'gen_ai_client_inference_duration_count',
        'gen_ai.client.inference.duration_count',
        'gen_ai_client_operation_duration_seconds_count',
        'gen_ai_client_operation_duration_count',
        'gen_ai.client.operation.duration_count',
      ],
    },
    { name: 'a native name is not canonical', ask: 'vllm:num_requests_waiting', want: [] },
    { name: 'an unknown name', ask: 'constructor', want: [] },
  ])('$name', ({ ask, system, want }) => {
    expect(natives(ask, system)).toEqual(want);
  });

  test('microseconds and milliseconds become seconds, also in le', () => {
    const [sum] = canonicalSources('gen_ai_server_request_queue_seconds_sum').filter((s) => s.system === 'torchserve');
    expect(sum).toMatchObject({ native: 'ts_queue_latency_microseconds', scale: 1e-6 });
    expect(sum!.approximate).toMatch(/mean/);
    const [bucket] = canonicalSources('gen_ai_server_time_to_first_token_seconds_bucket').filter(
      (s) => s.system === 'triton',
    );
    expect(bucket).toMatchObject({
      native: 'nv_inference_first_response_histogram_ms_bucket',
      scale: 1,
      scaleLe: 1e-3,
    });
    const [count] = canonicalSources('gen_ai_server_time_to_first_token_seconds_count').filter(
      (s) => s.system === 'triton',
    );
    expect(count).toMatchObject({ scale: 1, scaleLe: 1 });
  });

  test('parts of one whole share a rank, alternatives never do', () => {
    const outcomes = canonicalSources('gen_ai_server_requests_total').filter((s) => s.system === 'triton');
    expect(outcomes.map((s) => s.native)).toEqual(['nv_inference_request_success', 'nv_inference_request_failure']);
    expect(new Set(outcomes.map((s) => s.rank)).size).toBe(1);
    const cache = canonicalSources('gen_ai_server_kv_cache_usage_ratio');
    expect(new Set(cache.map((s) => s.rank)).size).toBe(cache.length);
  });

  test('the operand is spelled as its metric is', () => {
    const used = canonicalSources('gen_ai_server_kv_cache_usage_ratio').filter((s) => s.operand !== undefined);
    expect(used.map((s) => [s.native, s.operand!.native])).toContainEqual([
      'sglang_num_used_tokens',
      'sglang_max_total_num_tokens',
    ]);
  });

  test('where dots are kept in names, filters name dotted labels', () => {
    const [, dotted] = canonicalSources('gen_ai_client_inference_usage_input_tokens_total').filter((s) =>
      s.native.endsWith('_sum'),
    );
    expect(dotted).toMatchObject({
      native: 'gen_ai.client.token.usage_sum',
      where: [{ label: 'gen_ai.token.type', op: '=~', value: 'input' }],
    });
    expect(dotted!.labels.get('gen_ai.request.model')).toBe('gen_ai_request_model');
    expect(dotted!.labels.get('gen_ai.token.type')).toBe('');
  });

  test('ranks of tensor parallelism are folded, those of data parallelism are not', () => {
    for (const source of canonicalSources('gen_ai_server_requests_running').filter((s) => s.system === 'sglang')) {
      expect(source.maxOver).toEqual(['tp_rank', 'pp_rank', 'moe_ep_rank']);
    }
  });

  test('DCGM’s model is the GPU’s, and its blanks are absent', () => {
    const [util] = canonicalSources('gpu_utilization_ratio');
    expect(util!.labels.get('modelName')).toBe('gpu_model');
    expect(9223372036854775794).toBeGreaterThan(util!.absentFrom!);
    expect(2147483632).toBeGreaterThanOrEqual(util!.absentFrom!);
    expect(100).toBeLessThan(util!.absentFrom!);
    const [energy] = canonicalSources('gpu_energy_joules_total');
    expect(energy!.absentFrom).toBeGreaterThan(2147483632);
  });

  test('every spelling of a canonical name finds its description', () => {
    expect(canonicalMetric('gen_ai.server.request.duration_bucket')?.name).toBe(
      'gen_ai_server_request_duration_seconds',
    );
    expect(canonicalMetric('gen_ai_server_request_duration_seconds_sum')?.type).toBe('histogram');
    expect(canonicalMetric('up')).toBeUndefined();
  });
});

describe('the tables', () => {
  test('canonical names are unique and have a source', () => {
    const names = CANONICAL_METRICS.map((metric) => metric.name);
    expect(new Set(names).size).toBe(names.length);
    const orphans = CANONICAL_METRICS.filter(({ name }) =>
      ['', '_sum', '_count'].every((part) => canonicalSources(name + part).length === 0),
    );
    expect(orphans.map(({ name }) => name)).toEqual([]);
  });

  test('names follow Prometheus: counters end in _total, units stand in the name', () => {
    for (const { name, type, unit } of CANONICAL_METRICS) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      if (unit === 's') expect(name).toMatch(/_seconds(_total)?$/);
      if (unit === 'By') expect(name).toMatch(/_bytes(_total)?$/);
    }
  });

  test.each(METRIC_TABLES.map((table) => ({ system: table.system, table })))('$system', ({ table }) => {
    const [usual] = table.prefixes;
    for (const line of table.lines) {
      if (usual !== undefined) expect(line.native.startsWith(usual), line.native).toBe(true);
      const types = table.lines.filter((other) => other.native === line.native).map((other) => other.type);
      expect(new Set(types).size, `${line.native} has one type`).toBe(1);
      if (line.operand !== undefined) expect(nativeMetric(line.operand.native)).toBeDefined();
      // A histogram cannot stand for a gauge, nor a gauge for a counter.
      const canonical = line.to && canonicalMetric(line.to)!;
      if (canonical && line.as === undefined && line.from === undefined && table.system !== 'dcgm') {
        const fits = line.type === canonical.type || (line.type === 'summary' && canonical.type === 'histogram');
        expect(fits, `${line.native} → ${line.to}`).toBe(true);
      }
    }
  });

  test('types do not follow from suffixes', () => {
    expect(nativeMetric('vllm:iteration_tokens_total')).toMatchObject({ type: 'histogram', system: 'vllm' });
    expect(nativeMetric('vllm:iteration_tokens_total_bucket')).toMatchObject({ family: 'vllm:iteration_tokens_total' });
    expect(nativeMetric('tgi_request_count')).toMatchObject({ type: 'counter' });
    expect(nativeMetric('tgi_request_skipped_tokens_sum')).toMatchObject({ type: 'summary' });
  });

  test('no table knows a _created gauge', () => {
    for (const table of METRIC_TABLES) {
      for (const { native } of table.lines) {
        expect(nativeMetric(`${native}_created`)).toBeUndefined();
        expect(nativeMetric(native.replace(/_total$/, '_created'))?.feeds ?? []).toEqual(
          native.endsWith('_total') ? [] : (nativeMetric(native)?.feeds ?? []),
        );
      }
    }
  });

  test('any text may be asked for', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(Array.isArray(canonicalSources(name))).toBe(true);
        nativeMetric(name);
        canonicalMetric(name);
      }),
    );
  });
});

/** Families of the fixtures that no table lists, on purpose. */
const NOT_LISTED: Readonly<Record<string, RegExp>> = {
  vllm: /^(python_|process_)/,
  litellm: /_created$/,
};

describe.skipIf(!hasShared)('captured answers (needs ../shared or SONDE_SHARED)', () => {
  test.each([
    { file: 'vllm', system: 'vllm', prefix: /^vllm:/ },
    { file: 'tgi', system: 'tgi', prefix: /^tgi_/ },
    { file: 'triton', system: 'triton', prefix: /^nv_/ },
    { file: 'sglang', system: 'sglang', prefix: /^sglang:/ },
    { file: 'llamacpp', system: 'llamacpp', prefix: /^llamacpp:/ },
    { file: 'litellm-excerpt', system: 'litellm', prefix: /^litellm_(?!.*_created$)/ },
    { file: 'torchserve', system: 'torchserve', prefix: /^(?!.*_created$)/ },
    { file: 'dcgm', system: 'dcgm', prefix: /^DCGM_/ },
  ])('$file: every family is known, with the type on the wire', ({ file, system, prefix }) => {
    const { names, types } = namesOf(readShared(`fixtures/exposition/${file}.prom`).toString());
    const own = [...names].filter((name) => prefix.test(name) && !NOT_LISTED[system]?.test(name));
    expect(own.length).toBeGreaterThan(1);
    expect(own.filter((name) => nativeMetric(name)?.system !== system)).toEqual([]);
    // DCGM calls some counters gauges and the other way round, by version.
    if (system === 'dcgm') return;
    const wrong = [...types].filter(([family, type]) => {
      const known = nativeMetric(family);
      return known?.system === system && prefix.test(family) && known.type !== type;
    });
    expect(wrong).toEqual([]);
  });

  test('vLLM’s answer with both generations gives each canonical metric one preferred source', () => {
    const { names } = namesOf(readShared('fixtures/exposition/vllm.prom').toString());
    const preferred = (canonical: string): string | undefined =>
      canonicalSources(canonical).find((source) => names.has(source.native))?.native;
    expect(preferred('gen_ai_server_kv_cache_usage_ratio')).toBe('vllm:kv_cache_usage_perc');
    expect(preferred('gen_ai_server_inter_token_latency_seconds_bucket')).toBe(
      'vllm:inter_token_latency_seconds_bucket',
    );
    expect(preferred('gen_ai_server_batch_tokens_bucket')).toBe('vllm:iteration_tokens_total_bucket');
  });

  test('node_exporter: what the table lists has the type on the wire', () => {
    const { types } = namesOf(readShared('fixtures/exposition/node_exporter.prom').toString());
    const table = METRIC_TABLES.find(({ system }) => system === 'node')!;
    // The capture was made with some collectors off.
    const there = table.lines.filter(({ native }) => types.has(native));
    expect(there.length).toBeGreaterThan(4);
    expect(there.filter(({ native, type }) => types.get(native) !== type)).toEqual([]);
  });
});
