import { KeyTable } from '../../model/key-table.ts';
import { makeResource } from '../../model/resource.ts';
import { MetricBatch } from '../../model/sample.ts';
import { makeSeries, type Label } from '../../model/series.ts';
import { SpanBatch } from '../../model/span.ts';
import type { GenAiFacts } from '../../model/gen-ai.ts';

const MINUTE_MS = 60_000;
const STEP_MS = 15_000;
/** The story's length, and since when it goes wrong, both before its end. */
export const STORY_MS = 40 * MINUTE_MS;
export const WRONG_MS = 12 * MINUTE_MS;

/**
 * The mocks' incident in small, ending at `nowMs`: vLLM serves `llama` on two servers. In the last 12 minutes the
 * KV cache of `vllm-2` is 99 % full, 64 requests wait there, and first tokens take some 4 s instead of 0.5 s.
 * A TGI serves a model it does not name; a GPU exporter runs beside `vllm-1`.
 */
export function storyMetrics(nowMs: number): MetricBatch {
  const batch = new MetricBatch();
  const start = nowMs - STORY_MS;
  const steps = STORY_MS / STEP_MS;
  const gauge = (name: string, labels: Label[], value: (wrong: boolean) => number): void => {
    const series = batch.addSeries(makeSeries(name, labels));
    for (let i = 0; i <= steps; i++) {
      const at = start + i * STEP_MS;
      batch.addSample(series, at, value(at > nowMs - WRONG_MS));
    }
  };
  const counter = (name: string, labels: Label[], perSecond: (wrong: boolean) => number): void => {
    const series = batch.addSeries(makeSeries(name, labels));
    let sum = 0;
    for (let i = 0; i <= steps; i++) {
      const at = start + i * STEP_MS;
      batch.addSample(series, at, sum);
      sum += perSecond(at > nowMs - WRONG_MS) * (STEP_MS / 1000);
    }
  };
  for (const instance of ['vllm-1:8000', 'vllm-2:8000']) {
    const full = instance.startsWith('vllm-2');
    const labels: Label[] = [
      ['job', 'vllm'],
      ['instance', instance],
      ['model_name', 'llama'],
    ];
    gauge('up', labels.slice(0, 2), () => 1);
    gauge('process_start_time_seconds', labels.slice(0, 2), () => (start + 10 * MINUTE_MS) / 1000);
    gauge('vllm:kv_cache_usage_perc', labels, (wrong) => (full && wrong ? 0.99 : 0.5));
    gauge('vllm:num_requests_waiting', labels, (wrong) => (full && wrong ? 64 : 0));
    gauge('vllm:num_requests_running', labels, () => 30);
    counter('vllm:generation_tokens_total', labels, () => 400);
    counter('vllm:prompt_tokens_total', labels, (wrong) => (wrong ? 5800 : 2100));
    counter('vllm:prefix_cache_queries_total', labels, () => 1000);
    counter('vllm:prefix_cache_hits_total', labels, () => 250);
    counter('vllm:num_preemptions_total', labels, (wrong) => (full && wrong ? 0.5 : 0));
    counter('vllm:request_success_total', [...labels, ['finished_reason', 'stop']], () => 2);
    const histogram = (name: string, seconds: (wrong: boolean) => number): void => {
      for (const le of ['0.25', '0.5', '1', '2.5', '5', '10', '+Inf']) {
        counter(`${name}_bucket`, [...labels, ['le', le]], (wrong) =>
          seconds(wrong) <= Number(le.replace('+', '')) ? 2 : 0,
        );
      }
      counter(`${name}_sum`, labels, (wrong) => 2 * seconds(wrong));
      counter(`${name}_count`, labels, () => 2);
    };
    histogram('vllm:time_to_first_token_seconds', (wrong) => (wrong ? 4 : 0.4));
    histogram('vllm:request_queue_time_seconds', (wrong) => (wrong ? 3 : 0.1));
    histogram('vllm:request_prefill_time_seconds', () => 0.3);
    histogram('vllm:request_decode_time_seconds', () => 2);
  }
  const tgi: Label[] = [
    ['job', 'tgi'],
    ['instance', 'tgi-1:80'],
  ];
  gauge('up', tgi, (wrong) => (wrong ? 0 : 1));
  gauge('tgi_queue_size', tgi, () => 1);
  gauge('tgi_batch_current_size', tgi, () => 4);
  const gpu: Label[] = [
    ['job', 'dcgm'],
    ['instance', 'vllm-1:9400'],
    ['UUID', 'GPU-1'],
    ['gpu', '0'],
    ['modelName', 'NVIDIA H100'],
  ];
  gauge('DCGM_FI_DEV_GPU_UTIL', gpu, () => 78);
  gauge('DCGM_FI_DEV_FB_USED', gpu, () => 71_000);
  gauge('DCGM_FI_DEV_FB_FREE', gpu, () => 9_000);
  return batch;
}

interface SpanSketch {
  readonly trace: number;
  readonly id: number;
  readonly parent?: number;
  readonly agoMs: number;
  readonly ms: number;
  readonly name: string;
  readonly genAi?: GenAiFacts;
  readonly failed?: boolean;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/** Calls of `llama` (slow in the end) and of `gpt`, which no server here runs; one trace of an agent. */
export function storySpans(nowMs: number): SpanBatch {
  const sketches: SpanSketch[] = [
    {
      trace: 1,
      id: 1,
      agoMs: 3 * MINUTE_MS,
      ms: 10_000,
      name: 'invoke_agent support',
      genAi: { operation: 'invoke_agent', agent: 'support' },
    },
    {
      trace: 1,
      id: 2,
      parent: 1,
      agoMs: 3 * MINUTE_MS - 100,
      ms: 400,
      name: 'retrieval kb',
      genAi: { operation: 'retrieval', dataSource: 'kb' },
    },
    {
      trace: 1,
      id: 3,
      parent: 1,
      agoMs: 3 * MINUTE_MS - 1000,
      ms: 8000,
      name: 'chat llama',
      genAi: {
        operation: 'chat',
        provider: 'vllm',
        requestModel: 'llama',
        inputTokens: 6214,
        outputTokens: 212,
        cacheReadTokens: 1024,
        timeToFirstTokenSeconds: 4.5,
      },
      attributes: { 'server.address': 'vllm-2', 'server.port': 8000 },
    },
  ];
  for (let i = 0; i < 40; i++) {
    sketches.push({
      trace: 100 + i,
      id: 1,
      agoMs: i * MINUTE_MS + 1000,
      ms: 900,
      name: 'chat gpt',
      genAi: {
        operation: 'chat',
        provider: 'openai',
        requestModel: 'gpt',
        inputTokens: 100,
        outputTokens: 50,
        timeToFirstTokenSeconds: 0.3,
      },
      failed: i % 20 === 3,
    });
  }
  const batch = new SpanBatch(new KeyTable());
  batch.resources.push(makeResource(new Map([['service.name', 'support-rag']])));
  batch.scopes.push({ name: 'test', version: '1', attributes: new Map() });
  for (const { trace, id, parent, agoMs, ms, name, genAi, failed, attributes } of sketches) {
    const row = batch.addRow();
    batch.traceId[row * 16 + 15] = trace;
    batch.spanId[row * 8 + 7] = id;
    if (parent !== undefined) batch.parentSpanId[row * 8 + 7] = parent;
    batch.startUnixNano[row] = BigInt(nowMs - agoMs) * 1_000_000n;
    batch.durationNano[row] = BigInt(ms) * 1_000_000n;
    batch.kind[row] = genAi?.operation === 'chat' ? 3 : 1;
    batch.statusCode[row] = failed === true ? 2 : 0;
    batch.name.set(row, name);
    for (const [key, value] of Object.entries(attributes ?? {})) batch.attributes.append(key, value);
    batch.genAi[row] = genAi;
  }
  return batch;
}
