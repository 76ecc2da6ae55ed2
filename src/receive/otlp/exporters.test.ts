import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { SpanKind, SpanStatusCode, type Exception } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { NodeTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeRequest } from '../../../test/support/otlp-proto.ts';
import { RecordingSink } from '../../../test/support/recording-sink.ts';
import { SondeError } from '../../model/errors.ts';
import { KeyTables } from '../../model/key-table.ts';
import { Ledger } from '../../self/ledger.ts';
import { silentLogger } from '../../self/logger.ts';
import { otlpConfig } from './config.ts';
import { plainLogs, plainSpans } from './decode/decode.cases.ts';
import { makeOtlpReceiver, type OtlpReceiver } from './index.ts';

const resource = resourceFromAttributes({ 'service.name': 'shop', 'service.instance.id': 'a', 'host.name': 'h' });

// The enumeration of these values lives in a package that Sonde does not depend on itself.
const GZIP = { compression: 'gzip' } as unknown as Pick<
  NonNullable<ConstructorParameters<typeof ProtoTraceExporter>[0]>,
  'compression'
>;

let sink: RecordingSink;
let receiver: OtlpReceiver;

beforeEach(async () => {
  sink = new RecordingSink();
  receiver = makeOtlpReceiver({
    settings: otlpConfig.parse({
      http: { listen: '127.0.0.1:0' },
      grpc: { listen: '127.0.0.1:0' },
      max_body_bytes: '1MiB',
    }),
    sink,
    ledger: new Ledger(),
    logger: silentLogger(),
    registry: new Registry(),
    keyTables: new KeyTables(),
  });
  await receiver.start();
});

afterEach(() => receiver.stop());

describe('the OpenTelemetry JS SDK sends spans', () => {
  test.each<{ name: string; exporter: () => SpanExporter }>([
    {
      name: 'protobuf over HTTP',
      exporter: () => new ProtoTraceExporter({ url: `${receiver.httpAddress}/v1/traces` }),
    },
    {
      name: 'gzip over HTTP',
      exporter: () => new ProtoTraceExporter({ url: `${receiver.httpAddress}/v1/traces`, ...GZIP }),
    },
    { name: 'JSON over HTTP', exporter: () => new JsonTraceExporter({ url: `${receiver.httpAddress}/v1/traces` }) },
    { name: 'gRPC', exporter: () => new GrpcTraceExporter({ url: receiver.grpcAddress! }) },
    {
      name: 'gRPC with gzip',
      exporter: () => new GrpcTraceExporter({ url: receiver.grpcAddress!, ...GZIP }),
    },
  ])('by $name', async ({ exporter }) => {
    const provider = new NodeTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(exporter())] });
    const span = provider.getTracer('lib', '1').startSpan('chat gpt', {
      kind: SpanKind.CLIENT,
      startTime: [1_700_000_000, 5],
      attributes: { 'gen_ai.usage.input_tokens': 12, temperature: 0.5, stream: true, finish: ['stop', 'length'] },
    });
    span.addEvent('first token', { index: 1 }, [1_700_000_000, 500]);
    span.recordException({ name: 'TypeError', message: 'broken' } satisfies Exception, [1_700_000_001, 0]);
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'broken' });
    span.end([1_700_000_002, 6]);
    await provider.shutdown();
    expect(sink.spanBatches.flatMap(plainSpans)).toEqual([
      expect.objectContaining({
        traceId: span.spanContext().traceId,
        spanId: span.spanContext().spanId,
        name: 'chat gpt',
        kind: 3,
        start: 1_700_000_000_000_000_005n,
        duration: 2_000_000_001n,
        statusCode: 2,
        statusMessage: 'broken',
        service: 'shop',
        scope: 'lib',
        attributes: {
          'gen_ai.usage.input_tokens': 12,
          temperature: 0.5,
          stream: true,
          finish: { json: '["stop","length"]' },
        },
        events: [
          { time: 1_700_000_000_000_000_500n, name: 'first token', attributes: { index: 1 } },
          {
            time: 1_700_000_001_000_000_000n,
            name: 'exception',
            attributes: { 'exception.type': 'TypeError', 'exception.message': 'broken' },
          },
        ],
      }),
    ]);
  });
});

test('the OpenTelemetry JS SDK sends logs', async () => {
  const exporter = new OTLPLogExporter({ url: `${receiver.httpAddress}/v1/logs` });
  const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor(exporter)] });
  provider.getLogger('lib').emit({
    body: { text: 'hi', n: 1 },
    eventName: 'greeting',
    severityNumber: SeverityNumber.WARN,
    severityText: 'WARN',
    timestamp: [1_700_000_000, 1],
    attributes: { a: 'b' },
  });
  await provider.shutdown();
  expect(sink.logBatches.flatMap(plainLogs)).toEqual([
    expect.objectContaining({
      time: 1_700_000_000_000_000_001n,
      severityNumber: 13,
      severityText: 'WARN',
      body: '{"text":"hi","n":1}',
      bodyIsJson: true,
      eventName: 'greeting',
      attributes: { a: 'b' },
      service: 'shop',
    }),
  ]);
});

test.each([
  { name: 'cumulative', preference: AggregationTemporality.CUMULATIVE },
  { name: 'delta', preference: AggregationTemporality.DELTA },
])('the OpenTelemetry JS SDK sends metrics, $name: two exports give the same totals', async ({ preference }) => {
  const exporter = new OTLPMetricExporter({
    url: `${receiver.httpAddress}/v1/metrics`,
    temporalityPreference: preference,
  });
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({
    resource,
    readers: [reader],
    views: [{ instrumentName: 'ttft', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const meter = provider.getMeter('lib');
  const tokens = meter.createCounter('gen_ai.tokens', { unit: '{token}', description: 'Tokens' });
  const usage = meter.createHistogram('gen_ai.client.token.usage', {
    unit: '{token}',
    advice: { explicitBucketBoundaries: [1, 100] },
  });
  const ttft = meter.createHistogram('ttft', { unit: 's' });
  for (const round of [1, 2]) {
    tokens.add(5 * round, { model: 'm' });
    usage.record(50 * round);
    ttft.record(0.25);
    await reader.forceFlush();
  }
  await provider.shutdown();
  const last = new Map<string, number>();
  for (const batch of sink.metricBatches) {
    for (let row = 0; row < batch.length; row++) {
      const { metric, labels } = batch.series[batch.seriesIndex[row]!]!;
      const le = labels.find(([label]) => label === 'le');
      last.set(le === undefined ? metric : `${metric} ${le[1]}`, batch.value[row]!);
    }
  }
  expect(Object.fromEntries(last)).toEqual({
    gen_ai_tokens_total: 15,
    gen_ai_client_token_usage_sum: 150,
    gen_ai_client_token_usage_count: 2,
    'gen_ai_client_token_usage_bucket 1': 0,
    'gen_ai_client_token_usage_bucket 100': 2,
    'gen_ai_client_token_usage_bucket +Inf': 2,
    target_info: 1,
  });
  const native = sink.metricBatches.flatMap(({ histograms }) => histograms).at(-1)!.histogram;
  expect(native).toMatchObject({ count: 2, sum: 0.5 });
  expect(native.positiveCounts.reduce((a, b) => a + b, 0)).toBe(2);
});

describe('gRPC failures', () => {
  const send = (body: Uint8Array): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const client = new Client(new URL(receiver.grpcAddress!).host, credentials.createInsecure());
      const asIs = (bytes: Buffer): Buffer => bytes;
      client.makeUnaryRequest(
        '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        asIs,
        asIs,
        Buffer.from(body),
        new Metadata(),
        { deadline: Date.now() + 10_000 },
        (error, answer) => {
          client.close();
          if (error === null) resolve(answer!);
          else reject(error);
        },
      );
    });
  const body = encodeRequest('traces', {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [{ traceId: new Uint8Array(16).fill(1), spanId: new Uint8Array(8).fill(1), startTimeUnixNano: '1' }],
          },
        ],
      },
    ],
  });

  test.each([
    { kind: 'overloaded', code: 8 },
    { kind: 'unavailable', code: 14 },
  ] as const)('$kind carries RetryInfo', async ({ kind, code }) => {
    sink.failure = new SondeError('the queue is full', { kind, code: 'x', retryAfterMs: 2500 });
    const error = await send(body).then(
      () => undefined,
      (caught: unknown) => caught as ServiceError,
    );
    expect(error).toMatchObject({ code, details: 'the queue is full' });
    const [details] = error!.metadata.get('grpc-status-details-bin') as Buffer[];
    expect(details!.toString('latin1')).toContain('type.googleapis.com/google.rpc.RetryInfo');
    // RetryInfo { retry_delay { seconds: 2, nanos: 500000000 } }
    expect(details!.toString('hex')).toContain('080210' + '80cab5ee01');
  });

  test('malformed bytes are INVALID_ARGUMENT with the place', async () => {
    await expect(send(Uint8Array.of(0x0b))).rejects.toMatchObject({
      code: 3,
      details: expect.stringMatching(/byte 1/) as string,
    });
  });

  test('a message over the limit is RESOURCE_EXHAUSTED, the server goes on', async () => {
    await expect(send(new Uint8Array(2 * 1024 * 1024))).rejects.toMatchObject({ code: 8 });
    expect((await send(body)).length).toBe(0);
  });

  test('partial success', async () => {
    sink.result = { accepted: 0, rejected: [{ reason: 'too-old', count: 1, where: '' }] };
    expect((await send(body)).toString()).toContain('not taken: 1 too-old');
  });
});
