import { KeyTable } from '../model/key-table.ts';
import { LogBatch } from '../model/log-record.ts';
import { makeResource } from '../model/resource.ts';
import { MetricBatch } from '../model/sample.ts';
import { makeSeries } from '../model/series.ts';
import { SpanBatch } from '../model/span.ts';

/** Batches for tests and benchmarks: `count` records beginning at `unixMs`, told apart by `seed`. */
export interface SampleOptions {
  readonly count: number;
  readonly unixMs: number;
  readonly seed: number;
  readonly keys?: KeyTable;
}

const MODELS = ['meta-llama/Llama-3.1-8B-Instruct', 'Qwen/Qwen2.5-7B-Instruct', 'mistralai/Mistral-7B'];

/** Spans of LLM calls with 12 attributes, 8 to a trace; every 16th has an event, a link and an error. */
export function sampleSpans({ count, unixMs, seed, keys = new KeyTable() }: SampleOptions): SpanBatch {
  const batch = new SpanBatch(keys, undefined, count);
  batch.resources.push(
    makeResource(
      new Map<string, string | number>([
        ['service.name', 'chat'],
        ['service.version', '1.4.2'],
        ['k8s.pod.name', 'chat-7d4f9c6b5-x2x9p'],
        ['process.pid', 4242],
      ]),
    ),
  );
  batch.scopes.push({ name: 'opentelemetry.instrumentation.openai', version: '0.40.1', attributes: new Map() });
  for (let i = 0; i < count; i++) {
    const row = batch.addRow();
    const id = new DataView(batch.spanId.buffer, row * 8, 8);
    id.setUint32(0, seed + 1);
    id.setUint32(4, i + 1);
    const trace = new DataView(batch.traceId.buffer, row * 16, 16);
    trace.setUint32(0, Math.imul(seed + 1, 2654435761) >>> 0);
    trace.setUint32(12, (i >> 3) + 1);
    if (i % 8 !== 0) batch.parentSpanId.set(batch.spanId.subarray((row & ~7) * 8, (row & ~7) * 8 + 8), row * 8);
    batch.startUnixNano[row] = BigInt(unixMs) * 1_000_000n + BigInt(i) * 1_000n;
    batch.durationNano[row] = BigInt(1_000_000 + (i % 1000) * 12_345);
    batch.kind[row] = 3;
    batch.name.set(row, i % 8 === 0 ? 'POST /chat' : 'chat meta-llama/Llama-3.1-8B-Instruct');
    const { attributes } = batch;
    attributes.append('gen_ai.operation.name', 'chat');
    attributes.append('gen_ai.request.model', MODELS[i % 3]!);
    attributes.append('gen_ai.response.model', MODELS[i % 3]!);
    attributes.append('gen_ai.usage.input_tokens', 100 + (i % 900));
    attributes.append('gen_ai.usage.output_tokens', 20 + (i % 300));
    attributes.append('gen_ai.request.temperature', 0.7);
    attributes.append('gen_ai.response.id', `chatcmpl-${seed}-${i}-8f1c2d3e4f5a6b7c`);
    attributes.append('gen_ai.response.finish_reasons', { json: '["stop"]' });
    attributes.append('gen_ai.request.is_stream', i % 2 === 0);
    attributes.append('server.address', 'vllm-0.vllm.default.svc.cluster.local');
    attributes.append('http.response.status_code', 200);
    attributes.append('url.full', 'http://vllm-0.vllm.default.svc.cluster.local:8000/v1/chat/completions');
    batch.genAi[row] = {
      operation: 'chat',
      provider: 'vllm',
      requestModel: MODELS[i % 3]!,
      responseModel: MODELS[i % 3]!,
      inputTokens: 100 + (i % 900),
      outputTokens: 20 + (i % 300),
      timeToFirstTokenSeconds: 0.25,
      finishReason: 'stop',
      dialect: 'otel-genai',
    };
    if (i % 16 !== 0) continue;
    batch.statusCode[row] = 2;
    batch.statusMessage.set(row, 'timeout');
    const event = batch.events.addRow(row);
    batch.events.timeUnixNano[event] = batch.startUnixNano[row] + 500n;
    batch.events.name.set(event, 'exception');
    batch.events.attributes.append('exception.type', 'TimeoutError');
    const link = batch.links.addRow(row);
    batch.links.traceId.set(batch.traceId.subarray(row * 16, row * 16 + 16), link * 16);
    batch.links.attributes.append('retry', 1);
    batch.dropped.add(row, keys.id('gen_ai.input.messages'), 2048);
  }
  return batch;
}

/** Log lines of about 300 bytes with three attributes. */
export function sampleLogs({ count, unixMs, seed, keys = new KeyTable() }: SampleOptions): LogBatch {
  const batch = new LogBatch(keys, undefined, count);
  batch.resources.push(makeResource(new Map([['service.name', 'gateway']])));
  batch.scopes.push({ name: 'logger', version: '', attributes: new Map() });
  for (let i = 0; i < count; i++) {
    const row = batch.addRow();
    batch.timeUnixNano[row] = BigInt(unixMs) * 1_000_000n + BigInt(i) * 1_000n;
    batch.observedUnixNano[row] = batch.timeUnixNano[row] + 1n;
    batch.severityNumber[row] = i % 10 === 0 ? 17 : 9;
    batch.severityText.set(row, i % 10 === 0 ? 'ERROR' : 'INFO');
    const request = `req-${seed}-${i}`;
    batch.body.set(
      row,
      `line ${seed}:${i} served ${request} from 10.0.${i % 256}.17 in ${i % 1000} ms; queue 3, running 17, cache 0.83, ` +
        'upstream vllm-0.vllm.default.svc.cluster.local:8000 answered 200 after one attempt, tokens in 812, tokens out 190',
    );
    new DataView(batch.traceId.buffer, row * 16, 16).setUint32(12, i + 1);
    batch.attributes.append('http.route', '/v1/chat/completions');
    batch.attributes.append('request.id', request);
    batch.attributes.append('latency_ms', i % 1000);
  }
  return batch;
}

/** One sample of each of `count` series. */
export function sampleMetrics({ count, unixMs, seed }: SampleOptions): MetricBatch {
  const batch = new MetricBatch();
  for (let i = 0; i < count; i++) {
    const metric = `vllm:metric_${i % 40}_total`;
    const series = makeSeries(metric, [
      ['instance', `10.0.0.${i % 8}:8000`],
      ['job', 'vllm'],
      ['le', String(i)],
      ['model_name', MODELS[i % 3]!],
    ]);
    batch.addSample(batch.addSeries(series), unixMs, seed * 1000 + i);
  }
  return batch;
}
