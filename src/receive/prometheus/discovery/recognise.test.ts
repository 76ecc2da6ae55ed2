import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasShared, readShared } from '../../../../test/support/shared.ts';
import { parseExposition } from '../exposition/parse.ts';
import { RECOGNITION, recogniseMetrics, recogniseSilent } from './recognise.ts';

const NIM = [
  'num_requests_running',
  'num_requests_waiting',
  'num_request_max',
  'gpu_cache_usage_perc',
  'request_success_total',
  'time_to_first_token_seconds_bucket',
];

test.each([
  { names: ['python_gc_objects_collected_total', 'vllm:num_requests_running'], want: 'vllm' },
  { names: ['vllm_num_requests_running'], want: 'vllm' },
  { names: ['tgi_queue_size'], want: 'tgi' },
  { names: ['te_queue_size'], want: 'tei' },
  { names: ['nv_inference_count', 'vllm:num_requests_running'], want: 'triton' },
  { names: ['sglang:token_usage'], want: 'sglang' },
  { names: ['llamacpp:requests_processing'], want: 'llamacpp' },
  { names: ['trtllm_kv_cache_utilization'], want: 'tensorrt-llm' },
  { names: ['DCGM_FI_DEV_GPU_UTIL'], want: 'dcgm' },
  { names: ['litellm_spend_metric_total'], want: 'litellm' },
  { names: ['Requests2XX', 'QueueTime'], want: 'torchserve' },
  { names: ['ts_inference_requests_total'], want: 'torchserve' },
  { names: ['dynamo_component_uptime_seconds', 'vllm:num_requests_running'], want: 'dynamo' },
  { names: ['ray_serve_num_http_requests_total', 'ray_vllm_num_requests_running'], want: 'ray' },
  { names: ['node_cpu_seconds_total', 'go_goroutines'], want: 'node' },
  { names: NIM, want: 'nim' },
  {
    names: ['request_success_total', 'e2e_request_latency_seconds_count', 'time_to_first_token_seconds_count'],
    want: 'tensorrt-llm',
  },
  { names: ['go_goroutines', 'process_cpu_seconds_total', 'request_success_total'], want: undefined },
  { names: ['prometheus_build_info'], want: undefined },
  { names: [], want: undefined },
])('metrics $names are of $want', ({ names, want }) => {
  expect(recogniseMetrics(new Set(names), RECOGNITION.metrics)?.kind).toBe(want);
});

const CAPTURES = {
  dcgm: 'dcgm',
  'litellm-excerpt': 'litellm',
  llamacpp: 'llamacpp',
  node_exporter: 'node',
  sglang: 'sglang',
  tgi: 'tgi',
  torchserve: 'torchserve',
  triton: 'triton',
  vllm: 'vllm',
};
test.skipIf(!hasShared).each(Object.entries(CAPTURES))(
  'the capture %s is recognised as %s (skipped without ../shared)',
  (name, kind) => {
    const { samples } = parseExposition(readShared(`fixtures/exposition/${name}.prom`), 'text');
    const names = new Set(samples.map(({ series }) => series.metric));
    expect(recogniseMetrics(names, RECOGNITION.metrics)?.kind).toBe(kind);
  },
);

test.each([
  {
    path: '/metrics',
    status: 501,
    body: '{"error":{"code":501,"message":"This server does not support metrics endpoint. Start it with `--metrics`"}}',
    want: 'llamacpp',
  },
  { path: '/props', status: 200, body: '{"default_generation_settings":{},"total_slots":1}', want: 'llamacpp' },
  { path: '/', status: 200, body: 'Ollama is running', want: 'ollama' },
  {
    path: '/get_model_info',
    status: 200,
    body: '{"model_path":"m","tokenizer_path":"m","is_generation":true}',
    want: 'sglang',
  },
  { path: '/v1/models', status: 200, body: '{"object":"list","data":[{"id":"m","owned_by":"vllm"}]}', want: 'vllm' },
  { path: '/v1/models', status: 200, body: '{"data":[{"id":"m","owned_by":"tensorrt_llm"}]}', want: 'tensorrt-llm' },
  { path: '/health/liveliness', status: 200, body: '"I\'m alive!"', want: 'litellm' },
  { path: '/', status: 200, body: '<html>Grafana</html>', want: undefined },
  { path: '/v1/models', status: 401, body: '{"owned_by":"vllm"}', want: undefined },
])('a silent answer of $path is of $want', ({ path, status, body, want }) => {
  expect(recogniseSilent(path, status, body, RECOGNITION.silent)?.kind).toBe(want);
});

test('docs/scraping.md names every kind, every port and every path', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../docs/scraping.md'), 'utf8');
  const jobs = [...text.matchAll(/^\| `([\w-]+)` \|/gm)].map((match) => match[1]);
  expect(new Set(jobs)).toEqual(new Set(RECOGNITION.metrics.map(({ kind }) => kind)));
  const ports = /^Ports: ([^]*?)\.\n/m.exec(text)![1]!;
  for (const { port, metricsPaths } of RECOGNITION.ports) {
    expect(ports).toContain(String(port));
    for (const path of metricsPaths) expect(ports).toContain(`\`${path}\``);
  }
});
