import { describe, expect, test } from 'vitest';
import { Ledger } from '../../self/ledger.ts';
import { silentLogger } from '../../self/logger.ts';
import { makeRegistry } from '../../self/metrics.ts';
import { ManualClock } from '../../util/clock.ts';
import { CONTEXT, KeepingSink, metricBatch, samplesOf, spanBatch, type SpanOptions } from '../batch.fixture.ts';
import { processConfig } from '../config.ts';
import { makePipeline, type Pipeline } from '../pipeline.ts';

const CHAT = {
  name: 'chat gpt-4o',
  durationMs: 300,
  attributes: {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.usage.input_tokens': 100,
    'gen_ai.usage.output_tokens': 20,
    'gen_ai.response.time_to_first_chunk': 0.05,
  },
} as const satisfies SpanOptions;

function setUp(config: unknown = {}): { clock: ManualClock; sink: KeepingSink; pipeline: Pipeline; ledger: Ledger } {
  const clock = new ManualClock(1_000_000);
  const sink = new KeepingSink();
  const ledger = new Ledger();
  const pipeline = makePipeline({
    settings: processConfig.parse(config),
    next: sink,
    ledger,
    logger: silentLogger(),
    registry: makeRegistry(),
    clock,
  });
  return { clock, sink, pipeline, ledger };
}

/** Samples of the last batch whose series begins so. */
function written(sink: KeepingSink, prefix: string): [string, number, number | 'stale'][] {
  return samplesOf(sink.metricBatches.at(-1)!).filter(([series]) => series.startsWith(prefix));
}

describe('metrics made from spans', () => {
  test('calls and latency of every span, from 0 one interval before', async () => {
    const { sink, pipeline } = setUp();
    await pipeline.spans(
      spanBatch([
        { name: 'GET /', kind: 2, durationMs: 3, attributes: {}, service: 'web' },
        { name: 'GET /', kind: 2, durationMs: 5000, attributes: {}, service: 'web' },
        { name: 'GET /', kind: 2, durationMs: 1, attributes: {}, service: 'web', statusCode: 2 },
      ]),
      CONTEXT,
    );
    await pipeline.flush();
    const labels = 'service="web",span_kind="SPAN_KIND_SERVER",span_name="GET /"';
    expect(written(sink, 'traces_spanmetrics_calls_total')).toEqual([
      [`traces_spanmetrics_calls_total{${labels},status_code="STATUS_CODE_UNSET"}`, 985_000, 0],
      [`traces_spanmetrics_calls_total{${labels},status_code="STATUS_CODE_UNSET"}`, 1_000_000, 2],
      [`traces_spanmetrics_calls_total{${labels},status_code="STATUS_CODE_ERROR"}`, 985_000, 0],
      [`traces_spanmetrics_calls_total{${labels},status_code="STATUS_CODE_ERROR"}`, 1_000_000, 1],
    ]);
    const bucket = (le: string): unknown =>
      written(sink, 'traces_spanmetrics_latency_bucket').find(
        ([series, time]) => series.includes(`le="${le}"`) && series.includes('UNSET') && time === 1_000_000,
      )?.[2];
    expect([bucket('0.002'), bucket('0.004'), bucket('4.096'), bucket('8.192'), bucket('+Inf')]).toEqual([
      0, 1, 1, 2, 2,
    ]);
    expect(
      written(sink, 'traces_spanmetrics_latency_sum').find(
        ([series, time]) => series.includes('UNSET') && time === 1_000_000,
      )![2],
    ).toBeCloseTo(5.003);
    expect(sink.metricBatches[0]!.metadata).toContainEqual(
      expect.objectContaining({ family: 'traces_spanmetrics_calls', type: 'counter' }),
    );
  });

  test('GenAI metrics under the names and labels of the conventions', async () => {
    const { sink, pipeline } = setUp();
    await pipeline.spans(spanBatch([CHAT]), CONTEXT);
    await pipeline.flush();
    const call = 'gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o"';
    const now = (prefix: string): unknown[] =>
      written(sink, prefix)
        .filter(([, time]) => time === 1_000_000)
        .map(([series, , value]) => [series, value]);
    expect(now('gen_ai_client_operation_duration_seconds_sum')).toEqual([
      [`gen_ai_client_operation_duration_seconds_sum{${call},job="app"}`, 0.3],
    ]);
    expect(now('gen_ai_client_token_usage_sum')).toEqual([
      [`gen_ai_client_token_usage_sum{${call},gen_ai_token_type="input",job="app"}`, 100],
      [`gen_ai_client_token_usage_sum{${call},gen_ai_token_type="output",job="app"}`, 20],
    ]);
    expect(now('gen_ai_client_operation_time_to_first_chunk_seconds_count')).toEqual([
      [`gen_ai_client_operation_time_to_first_chunk_seconds_count{${call},job="app"}`, 1],
    ]);
  });

  test('agents, tools and workflows have durations of their own, and no tokens', async () => {
    const { sink, pipeline } = setUp();
    const span = (operation: string, name: string, value: string): SpanOptions => ({
      name: operation,
      attributes: { 'gen_ai.operation.name': operation, [name]: value, 'gen_ai.usage.input_tokens': 5 },
      statusCode: 2,
    });
    await pipeline.spans(
      spanBatch([
        span('invoke_agent', 'gen_ai.agent.name', 'planner'),
        span('execute_tool', 'gen_ai.tool.name', 'search'),
        span('invoke_workflow', 'gen_ai.workflow.name', 'trip'),
      ]),
      CONTEXT,
    );
    await pipeline.flush();
    const series = new Set(samplesOf(sink.metricBatches[0]!).map(([name]) => name));
    expect(series).toContain(
      'gen_ai_invoke_agent_duration_seconds_count{error_type="_OTHER",gen_ai_agent_name="planner",job="app"}',
    );
    expect(series).toContain(
      'gen_ai_execute_tool_duration_seconds_count{error_type="_OTHER",gen_ai_tool_name="search",job="app"}',
    );
    expect(series).toContain(
      'gen_ai_workflow_duration_seconds_count{error_type="_OTHER",gen_ai_workflow_name="trip",job="app"}',
    );
    expect([...series].filter((name) => name.startsWith('gen_ai_client'))).toEqual([]);
  });

  test('exemplars lead to the span', async () => {
    const { sink, pipeline } = setUp();
    await pipeline.spans(spanBatch([CHAT]), CONTEXT);
    await pipeline.flush();
    const batch = sink.metricBatches[0]!;
    const exemplar = batch.exemplars.find(({ seriesIndex }) =>
      batch.series[seriesIndex]!.metric.startsWith('gen_ai_client_operation_duration'),
    )!;
    expect(batch.series[exemplar.seriesIndex]!.labels).toContainEqual(['le', '0.32']);
    expect(exemplar).toMatchObject({
      value: 0.3,
      labels: [
        ['span_id', '01'.repeat(8)],
        ['trace_id', '01'.repeat(16)],
      ],
      timestampMs: 1_700_000_000_300,
    });
  });

  test('only what changed is written; after a pause the old value comes first', async () => {
    const { clock, sink, pipeline } = setUp();
    await pipeline.spans(spanBatch([CHAT]), CONTEXT);
    await pipeline.flush();
    await pipeline.flush();
    expect(sink.metricBatches).toHaveLength(1);
    clock.advance(15_000);
    await pipeline.spans(spanBatch([CHAT]), CONTEXT);
    await pipeline.flush();
    expect(written(sink, 'traces_spanmetrics_calls_total').map(([, time, value]) => [time, value])).toEqual([
      [1_015_000, 2],
    ]);
    clock.advance(600_000);
    await pipeline.spans(spanBatch([CHAT]), CONTEXT);
    await pipeline.flush();
    expect(written(sink, 'traces_spanmetrics_calls_total').map(([, time, value]) => [time, value])).toEqual([
      [1_600_000, 2],
      [1_615_000, 3],
    ]);
  });

  test('a service that sends its own GenAI metrics gets none made', async () => {
    const { clock, sink, pipeline } = setUp();
    const own = metricBatch([['gen_ai_client_operation_duration_seconds_count', { job: 'app' }, 1]]);
    await pipeline.metrics(own, CONTEXT);
    await pipeline.spans(spanBatch([CHAT, { ...CHAT, service: 'other' }]), CONTEXT);
    await pipeline.flush();
    const jobs = written(sink, 'gen_ai_client_operation_duration_seconds_count').map(
      ([series]) => /job="(\w+)"/.exec(series)![1],
    );
    expect(new Set(jobs)).toEqual(new Set(['other']));
    clock.advance(600_000);
    await pipeline.spans(spanBatch([CHAT]), CONTEXT);
    await pipeline.flush();
    expect(written(sink, 'gen_ai_client_operation_duration_seconds_count').length).toBeGreaterThan(0);
  });

  test('a batch that was refused, and one that comes twice, counts once', async () => {
    const { sink, pipeline } = setUp();
    const context = { ...CONTEXT, deduplicationToken: 't' };
    sink.failures = 1;
    await expect(pipeline.spans(spanBatch([CHAT]), context)).rejects.toThrow();
    await pipeline.spans(spanBatch([CHAT]), context);
    await pipeline.spans(spanBatch([CHAT]), context);
    await pipeline.flush();
    expect(written(sink, 'traces_spanmetrics_calls_total').at(-1)![2]).toBe(1);
  });

  test('what could not be written is written with the next flush', async () => {
    const { clock, sink, pipeline, ledger } = setUp();
    await pipeline.spans(spanBatch([CHAT]), CONTEXT);
    sink.failures = 1;
    await pipeline.flush();
    expect(sink.metricBatches).toEqual([]);
    clock.advance(15_000);
    await pipeline.flush();
    expect(written(sink, 'traces_spanmetrics_calls_total').at(-1)!.slice(1)).toEqual([1_015_000, 1]);
    const received = ledger.totals().find(({ source, outcome }) => source === 'derive' && outcome === 'received');
    expect(received!.count).toBe(sink.metricBatches[0]!.length);
  });

  test('label sets beyond the limit count in one; idle ones are forgotten', async () => {
    const { clock, sink, pipeline } = setUp({ derive: { max_series: 100 } });
    const spans = Array.from({ length: 80 }, (_, i) => ({ name: `span ${i}`, attributes: {} }));
    await pipeline.spans(spanBatch(spans), CONTEXT);
    await pipeline.flush();
    expect(written(sink, 'traces_spanmetrics_calls_total{sonde_overflow="true"}').at(-1)![2]).toBe(30);
    clock.advance(3_600_000);
    await pipeline.spans(spanBatch([{ name: 'late', attributes: {} }]), CONTEXT);
    await pipeline.flush();
    await pipeline.spans(spanBatch([{ name: 'span 79', attributes: {} }]), CONTEXT);
    await pipeline.flush();
    expect(written(sink, 'traces_spanmetrics_calls_total').at(-1)![0]).toContain('span 79');
  });

  test('switched off, nothing is made', async () => {
    const { sink, pipeline } = setUp({ derive: { enabled: false } });
    await pipeline.start();
    await pipeline.spans(spanBatch([CHAT]), CONTEXT);
    await pipeline.stop();
    expect(sink.metricBatches).toEqual([]);
  });
});

describe('the life of the pipeline', () => {
  test('writes every interval from start to stop, and what is left at the stop', async () => {
    const { clock, sink, pipeline } = setUp();
    await pipeline.start();
    await pipeline.start();
    await pipeline.spans(spanBatch([CHAT]), CONTEXT);
    clock.advance(15_000);
    await pipeline.flush();
    expect(sink.metricBatches).toHaveLength(1);
    await pipeline.spans(spanBatch([CHAT]), CONTEXT);
    await pipeline.stop();
    expect(sink.metricBatches).toHaveLength(2);
    await pipeline.stop();
    expect(clock.waiting).toBe(0);
  });

  test('stop before start', async () => {
    const { clock, pipeline } = setUp();
    await pipeline.stop();
    expect(clock.waiting).toBe(0);
  });

  test('samples that were folded count as accepted, and in the ledger', async () => {
    const { pipeline, ledger } = setUp();
    const batch = metricBatch([
      ['a_total', { user: 'x' }, 1],
      ['a_total', { user: 'y' }, 1],
    ]);
    expect(await pipeline.metrics(batch, CONTEXT)).toEqual({ accepted: 2, rejected: [] });
    expect(ledger.totals()).toContainEqual(
      expect.objectContaining({ outcome: 'dropped', reason: 'folded-series', count: 1 }),
    );
  });
});
