import { describe, expect, test } from 'vitest';
import { encodeRequest } from '../../../../test/support/otlp-proto.ts';
import { hasShared, readShared } from '../../../../test/support/shared.ts';
import type { MetricBatch } from '../../../model/sample.ts';
import { otlpConfig } from '../config.ts';
import { contextOf } from '../decode/decode.cases.ts';
import { ResourceCache } from '../decode/resource.ts';
import { DecodeContext } from '../decode/context.ts';
import { jsonToWire } from '../decode/json-to-wire.ts';
import { TextArena } from '../../../util/text-arena.ts';
import { decodeMetrics } from './decode-metrics.ts';
import { unixMs } from './point-fields.ts';
import { MetricTranslator } from './translator.ts';

const T = 1_700_000_000_000;
const ns = (ms: number): string => `${ms}000000`;
const attr = (key: string, value: string): object => ({ key, value: { stringValue: value } });

/** Decodes requests one after another with the same memory. */
class Stage {
  readonly settings;
  readonly translator: MetricTranslator;
  private readonly resources = new ResourceCache();
  tally = contextOf(new Uint8Array(0)).tally;

  constructor(metrics: object = {}) {
    this.settings = otlpConfig.parse({ metrics });
    this.translator = new MetricTranslator(this.settings.metrics);
  }

  decode(body: Uint8Array, nowMs = T): MetricBatch {
    const context = new DecodeContext(new TextArena(body), this.settings.limits, this.resources);
    this.tally = context.tally;
    return decodeMetrics(context, this.translator, nowMs).batch;
  }

  send(metrics: object[], resource: object[] = [attr('service.name', 'shop')], scope: object = {}): MetricBatch {
    const scopeMetrics = [{ scope, metrics }];
    return this.decode(
      encodeRequest('metrics', { resourceMetrics: [{ resource: { attributes: resource }, scopeMetrics }] }),
    );
  }
}

/** Samples as `name{labels} value @ms`, in order. */
function samples(batch: MetricBatch): string[] {
  return Array.from({ length: batch.length }, (_, row) => {
    const { metric, labels } = batch.series[batch.seriesIndex[row]!]!;
    const value = batch.isStale(row) ? 'stale' : String(batch.value[row]);
    const text = labels.map(([name, label]) => `${name}="${label}"`).join(',');
    return `${metric}{${text}} ${value} @${batch.timestampMs[row]! - T}`;
  });
}

const sum = (points: object[], fields: object = {}): object => ({
  name: 'app.requests',
  unit: '{request}',
  description: 'Requests',
  sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: points, ...fields },
});
const point = (ms: number, value: number, fields: object = {}): object => ({
  timeUnixNano: ns(T + ms),
  asInt: String(value),
  ...fields,
});

describe('numbers', () => {
  test('a gauge, with labels sorted and made fit, integers and doubles', () => {
    const batch = new Stage().send([
      {
        name: 'queue.depth',
        unit: '1',
        gauge: {
          dataPoints: [
            point(0, -7, { attributes: [attr('z.b', '2'), attr('a', '1'), attr('empty', '')] }),
            { timeUnixNano: ns(T + 1), asDouble: 2.5, attributes: [{ key: 'n', value: { intValue: '3' } }] },
          ],
        },
      },
    ]);
    expect(samples(batch)).toEqual([
      'queue_depth_ratio{a="1",job="shop",z_b="2"} -7 @0',
      'queue_depth_ratio{job="shop",n="3"} 2.5 @1',
    ]);
    expect(batch.metadata).toEqual([{ family: 'queue_depth_ratio', type: 'gauge', help: '', unit: '' }]);
  });

  test('a cumulative counter ends in _total; its metadata comes once in a while', () => {
    const stage = new Stage();
    const batch = stage.send([sum([point(0, 5)])]);
    expect(samples(batch)).toEqual(['app_requests_total{job="shop"} 5 @0']);
    expect(batch.metadata).toEqual([{ family: 'app_requests', type: 'counter', help: 'Requests', unit: '' }]);
    const next = stage.send([sum([point(1, 6)])]);
    expect(next.metadata).toEqual([]);
    expect(next.series[0]).toBe(batch.series[0]);
  });

  test('keys that become one name are joined in the order of the keys', () => {
    const batch = new Stage().send([sum([point(0, 1, { attributes: [attr('a_b', 'y'), attr('a.b', 'x')] })])]);
    expect(samples(batch)).toEqual(['app_requests_total{a_b="x;y",job="shop"} 1 @0']);
  });

  test('NaN and infinities pass', () => {
    const values = [NaN, Infinity, -Infinity];
    const dataPoints = values.map((asDouble, i) => ({ timeUnixNano: ns(T + i), asDouble }));
    const batch = new Stage().send([{ name: 'g', gauge: { dataPoints } }]);
    expect([...batch.value.subarray(0, 3)]).toEqual(values);
    expect(batch.isStale(0)).toBe(false);
  });

  test('no recorded value is a staleness marker', () => {
    const batch = new Stage().send([sum([{ timeUnixNano: ns(T), flags: 1 }])]);
    expect(samples(batch)).toEqual(['app_requests_total{job="shop"} stale @0']);
  });

  test('1970 and 2200 pass, exactly to the millisecond', () => {
    const times = [1, 7_258_118_400_999];
    const batch = new Stage().send([
      { name: 'g', gauge: { dataPoints: times.map((ms) => ({ timeUnixNano: ns(ms), asInt: '1' })) } },
    ]);
    expect([...batch.timestampMs.subarray(0, 2)]).toEqual(times);
  });

  test.each([
    { name: 'no time', metric: sum([{ asInt: '1' }]), reason: 'no-time' },
    { name: 'no value', metric: sum([{ timeUnixNano: ns(T) }]), reason: 'no-value' },
    { name: 'no temporality', metric: sum([point(0, 1)], { aggregationTemporality: 0 }), reason: 'no-temporality' },
    { name: 'no name', metric: { gauge: { dataPoints: [point(0, 1)] } }, reason: 'no-metric-name' },
    {
      name: 'a name of nothing',
      metric: { name: '...', gauge: { dataPoints: [point(0, 1)] } },
      reason: 'no-metric-name',
    },
  ])('refused: $name', ({ metric, reason }) => {
    const stage = new Stage();
    expect(stage.send([metric]).length).toBe(0);
    expect(stage.tally.rejections()).toEqual([expect.objectContaining({ reason, count: 1 })]);
  });

  test('attributes that do not stand side by side are one set', () => {
    const stage = new Stage();
    // attribute a, time, attribute b, value; protobufjs would not write it so.
    const kv = (key: string): number[] => [0x3a, 8, 0x0a, 1, key.charCodeAt(0), 0x12, 3, 0x0a, 1, 0x31];
    const time = [0x19, ...Buffer.from(BigUint64Array.of(BigInt(T) * 1_000_000n).buffer)];
    const dataPoint = [...kv('a'), ...time, ...kv('b'), 0x31, 7, 0, 0, 0, 0, 0, 0, 0];
    const wrap = (tag: number, inner: number[]): number[] => [tag, inner.length, ...inner];
    const metric = [...wrap(0x0a, [0x67]), ...wrap(0x2a, wrap(0x0a, dataPoint))];
    const body = Uint8Array.from(wrap(0x0a, wrap(0x12, wrap(0x12, metric))));
    expect(samples(stage.decode(body))).toEqual(['g{a="1",b="1"} 7 @0']);
    expect(stage.decode(body).series[0]).toBe(stage.decode(body).series[0]);
  });
});

describe('resource', () => {
  const rich = [
    attr('service.name', 'shop'),
    attr('service.namespace', 'eu'),
    attr('service.instance.id', 'pod-1'),
    attr('k8s.node.name', 'n1'),
  ];

  test('job, instance and target_info', () => {
    const batch = new Stage().send([sum([point(0, 1), point(9, 1, { attributes: [attr('a', 'b')] })])], rich);
    expect(samples(batch)).toEqual([
      'app_requests_total{instance="pod-1",job="eu/shop"} 1 @0',
      'app_requests_total{a="b",instance="pod-1",job="eu/shop"} 1 @9',
      'target_info{instance="pod-1",job="eu/shop",k8s_node_name="n1"} 1 @9',
    ]);
  });

  test('the resource wins over a point that calls itself job', () => {
    const batch = new Stage().send([sum([point(0, 1, { attributes: [attr('job', 'mine')] })])]);
    expect(samples(batch)).toEqual(['app_requests_total{job="shop"} 1 @0']);
  });

  test.each([
    { name: 'nothing to tell by', resource: [attr('host.name', 'h')], want: ['app_requests_total{} 1 @0'] },
    { name: 'nothing more to tell', resource: [attr('service.name', 's')], want: ['app_requests_total{job="s"} 1 @0'] },
  ])('no target_info: $name', ({ resource, want }) => {
    expect(samples(new Stage().send([sum([point(0, 1)])], resource))).toEqual(want);
  });

  test('options: promoted attributes, scope, identifying attributes, no suffixes', () => {
    const stage = new Stage({
      translation_strategy: 'UnderscoreEscapingWithoutSuffixes',
      promote_resource_attributes: ['k8s.node.name', 'absent'],
      promote_scope_metadata: true,
      keep_identifying_resource_attributes: true,
    });
    const scope = { name: 'lib', version: '2', attributes: [attr('x.y', 'z')] };
    expect(samples(stage.send([sum([point(0, 1)])], rich, scope))).toEqual([
      'app_requests{instance="pod-1",job="eu/shop",k8s_node_name="n1",otel_scope_name="lib",otel_scope_version="2",otel_scope_x_y="z"} 1 @0',
      'target_info{instance="pod-1",job="eu/shop",k8s_node_name="n1",service_instance_id="pod-1",service_name="shop",service_namespace="eu"} 1 @0',
    ]);
    const other = stage.send([sum([point(0, 1)])], rich, { name: 'lib2' });
    expect(samples(other)[0]).toContain('otel_scope_name="lib2"');
  });
});

const histogram = (points: object[], aggregationTemporality = 2): object => ({
  name: 'gen_ai.client.operation.duration',
  unit: 's',
  histogram: { aggregationTemporality, dataPoints: points },
});
const buckets = (ms: number, counts: number[], fields: object = {}): object => ({
  timeUnixNano: ns(T + ms),
  count: String(counts.reduce((a, b) => a + b, 0)),
  sum: 1.5,
  bucketCounts: counts.map(String),
  explicitBounds: [0.5, 10],
  ...fields,
});
const NAME = 'gen_ai_client_operation_duration_seconds';

describe('histograms', () => {
  test('become classic ones, buckets cumulative', () => {
    expect(samples(new Stage().send([histogram([buckets(0, [1, 2, 3])])]))).toEqual([
      `${NAME}_sum{job="shop"} 1.5 @0`,
      `${NAME}_count{job="shop"} 6 @0`,
      `${NAME}_bucket{job="shop",le="0.5"} 1 @0`,
      `${NAME}_bucket{job="shop",le="10"} 3 @0`,
      `${NAME}_bucket{job="shop",le="+Inf"} 6 @0`,
    ]);
  });

  test('without sum, without buckets', () => {
    const bare = { timeUnixNano: ns(T), count: '4' };
    expect(samples(new Stage().send([histogram([bare])]))).toEqual([
      `${NAME}_count{job="shop"} 4 @0`,
      `${NAME}_bucket{job="shop",le="+Inf"} 4 @0`,
    ]);
  });

  test('an end marks every series that is known', () => {
    const stage = new Stage();
    stage.send([histogram([buckets(0, [1, 2, 3])])]);
    const batch = stage.send([histogram([{ timeUnixNano: ns(T + 5), flags: 1 }])]);
    expect(samples(batch)).toHaveLength(5);
    expect(samples(batch).every((line) => line.endsWith('stale @5'))).toBe(true);
  });

  test.each([
    { name: 'descending bounds', fields: { explicitBounds: [10, 0.5] } },
    { name: 'a NaN bound', fields: { explicitBounds: [0.5, NaN] } },
    { name: 'too few counts', fields: { bucketCounts: ['1', '2'] } },
  ])('refused: $name', ({ fields }) => {
    const stage = new Stage();
    expect(stage.send([histogram([buckets(0, [1, 2, 3], fields)])]).length).toBe(0);
    expect(stage.tally.rejections()).toEqual([{ reason: 'bad-buckets', count: 1, where: NAME }]);
  });

  test('exemplars stand at their bucket, with the trace first', () => {
    const exemplar = {
      timeUnixNano: ns(T - 5),
      asDouble: 3,
      traceId: new Uint8Array(16).fill(0xab),
      spanId: new Uint8Array(8).fill(0xcd),
      filteredAttributes: [attr('user.tier', 'gold')],
    };
    const long = { ...exemplar, asDouble: 99, filteredAttributes: [attr('text', 'x'.repeat(200))] };
    const valueless = { traceId: new Uint8Array(16).fill(1) };
    const stage = new Stage();
    const batch = stage.send([histogram([buckets(0, [1, 2, 3], { exemplars: [exemplar, long, valueless] })])]);
    const ids = [
      ['span_id', 'cd'.repeat(8)],
      ['trace_id', 'ab'.repeat(16)],
    ];
    expect(
      batch.exemplars.map(({ seriesIndex, ...rest }) => ({ le: batch.series[seriesIndex]!.labels.at(-1), ...rest })),
    ).toEqual([
      { le: ['le', '10'], value: 3, timestampMs: T - 5, labels: [...ids, ['user_tier', 'gold']] },
      { le: ['le', '+Inf'], value: 99, timestampMs: T - 5, labels: ids },
    ]);
    expect(stage.tally.changed.get('exemplar-no-value')?.count).toBe(1);
  });

  test('exponential ones become native', () => {
    const batch = new Stage().send([
      {
        name: 'latency',
        unit: 'ms',
        exponentialHistogram: {
          aggregationTemporality: 2,
          dataPoints: [
            {
              timeUnixNano: ns(T),
              count: '10',
              sum: 20,
              scale: 1,
              zeroCount: '1',
              zeroThreshold: 0.001,
              positive: { offset: 2, bucketCounts: ['4', '0', '2'] },
              negative: { offset: -3, bucketCounts: ['3'] },
            },
          ],
        },
      },
    ]);
    expect(batch.length).toBe(0);
    expect(batch.series[0]!.metric).toBe('latency_milliseconds');
    expect(batch.histograms).toEqual([
      {
        seriesIndex: 0,
        timestampMs: T,
        histogram: {
          schema: 1,
          count: 10,
          sum: 20,
          zeroThreshold: 0.001,
          zeroCount: 1,
          positiveSpans: [{ offset: 3, length: 3 }],
          positiveCounts: [4, 0, 2],
          negativeSpans: [{ offset: -2, length: 1 }],
          negativeCounts: [3],
          customBounds: [],
          resetHint: 0,
        },
      },
    ]);
  });

  test('a scale below -4 cannot be held', () => {
    const stage = new Stage();
    stage.send([
      {
        name: 'x',
        exponentialHistogram: { aggregationTemporality: 2, dataPoints: [{ timeUnixNano: ns(T), scale: -5 }] },
      },
    ]);
    expect(stage.tally.rejections()).toEqual([{ reason: 'bad-scale', count: 1, where: 'x' }]);
  });

  test('summaries', () => {
    const quantileValues = [
      { quantile: 0.5, value: 1 },
      { quantile: 0.99, value: NaN },
    ];
    const dataPoints = [{ timeUnixNano: ns(T), count: '3', sum: 6, quantileValues }];
    expect(samples(new Stage().send([{ name: 'rpc', unit: 's', summary: { dataPoints } }]))).toEqual([
      'rpc_seconds_sum{job="shop"} 6 @0',
      'rpc_seconds_count{job="shop"} 3 @0',
      'rpc_seconds{job="shop",quantile="0.5"} 1 @0',
      'rpc_seconds{job="shop",quantile="0.99"} NaN @0',
    ]);
  });
});

describe('delta', () => {
  const delta = (points: object[]): object => sum(points, { aggregationTemporality: 1 });
  const from = (startMs: number, ms: number, value: number, fields: object = {}): object =>
    point(ms, value, { startTimeUnixNano: ns(T + startMs), ...fields });

  test('sums up to cumulative, from a zero where the stream began', () => {
    const stage = new Stage();
    expect(samples(stage.send([delta([from(0, 1000, 5)])]))).toEqual([
      'app_requests_total{job="shop"} 0 @1',
      'app_requests_total{job="shop"} 5 @1000',
    ]);
    expect(samples(stage.send([delta([from(1000, 2000, 3)])]))).toEqual(['app_requests_total{job="shop"} 8 @2000']);
  });

  test('the same point again repeats the sum, an older one is refused', () => {
    const stage = new Stage();
    stage.send([delta([from(0, 1000, 5), from(1000, 2000, 3)])]);
    expect(samples(stage.send([delta([from(1000, 2000, 3)])]))).toEqual(['app_requests_total{job="shop"} 8 @2000']);
    expect(stage.send([delta([from(0, 1000, 5)])]).length).toBe(0);
    expect(stage.tally.rejections()[0]).toMatchObject({ reason: 'delta-out-of-order', count: 1 });
  });

  test('attributes in another order are the same stream', () => {
    const stage = new Stage();
    const a = attr('a', '1');
    const b = attr('b', '2');
    stage.send([delta([from(0, 1000, 5, { attributes: [a, b] })])]);
    const batch = stage.send([delta([from(1000, 2000, 3, { attributes: [b, a] })])]);
    expect(samples(batch)).toEqual(['app_requests_total{a="1",b="2",job="shop"} 8 @2000']);
  });

  test('more streams than max_delta_streams are refused until others were idle', () => {
    const stage = new Stage({ max_delta_streams: 1, delta_stream_idle: '10m' });
    const sendAt = (name: string, ms: number): MetricBatch =>
      stage.decode(
        encodeRequest('metrics', {
          resourceMetrics: [
            { scopeMetrics: [{ metrics: [delta([point(ms, 1, { attributes: [attr('s', name)] })])] }] },
          ],
        }),
        T + ms,
      );
    expect(sendAt('one', 0).length).toBe(1);
    expect(sendAt('two', 1).length).toBe(0);
    expect(stage.tally.rejections()[0]).toMatchObject({ reason: 'delta-stream-limit' });
    expect(sendAt('two', 700_000).length).toBe(1);
    expect(sendAt('one', 700_001).length).toBe(0);
  });

  test('histograms', () => {
    const stage = new Stage();
    const start = { startTimeUnixNano: ns(T) };
    expect(samples(stage.send([histogram([buckets(1000, [1, 0, 2], start)], 1)]))).toEqual([
      `${NAME}_sum{job="shop"} 0 @1`,
      `${NAME}_count{job="shop"} 0 @1`,
      `${NAME}_bucket{job="shop",le="0.5"} 0 @1`,
      `${NAME}_bucket{job="shop",le="10"} 0 @1`,
      `${NAME}_bucket{job="shop",le="+Inf"} 0 @1`,
      `${NAME}_sum{job="shop"} 1.5 @1000`,
      `${NAME}_count{job="shop"} 3 @1000`,
      `${NAME}_bucket{job="shop",le="0.5"} 1 @1000`,
      `${NAME}_bucket{job="shop",le="10"} 1 @1000`,
      `${NAME}_bucket{job="shop",le="+Inf"} 3 @1000`,
    ]);
    expect(samples(stage.send([histogram([buckets(2000, [0, 1, 1])], 1)]))).toEqual([
      `${NAME}_sum{job="shop"} 3 @2000`,
      `${NAME}_count{job="shop"} 5 @2000`,
      `${NAME}_bucket{job="shop",le="0.5"} 1 @2000`,
      `${NAME}_bucket{job="shop",le="10"} 2 @2000`,
      `${NAME}_bucket{job="shop",le="+Inf"} 5 @2000`,
    ]);
    // Other bounds begin anew.
    const other = buckets(3000, [1, 1, 1], { explicitBounds: [1, 2] });
    expect(samples(stage.send([histogram([other], 1)]))).toContain(`${NAME}_count{job="shop"} 3 @3000`);
  });

  test('exponential histograms of different scales', () => {
    const stage = new Stage();
    const send = (ms: number, scale: number, bucketCounts: string[]): MetricBatch =>
      stage.send([
        {
          name: 'latency',
          exponentialHistogram: {
            aggregationTemporality: 1,
            dataPoints: [
              { timeUnixNano: ns(T + ms), count: '2', sum: 3, scale, positive: { offset: 0, bucketCounts } },
            ],
          },
        },
      ]);
    send(0, 1, ['1', '1']);
    expect(send(1000, 0, ['2']).histograms[0]!.histogram).toMatchObject({
      schema: 0,
      count: 4,
      sum: 6,
      positiveSpans: [{ offset: 1, length: 1 }],
      positiveCounts: [4],
    });
  });
});

test('unixMs is exact over all of 64 bits', () => {
  for (const time of [
    0n,
    999_999n,
    1_000_000n,
    1_544_712_660_300_000_000n,
    1_544_712_660_299_999_999n,
    2n ** 63n - 1n,
  ]) {
    expect(unixMs(Number(time & 0xffffffffn), Number(time >> 32n))).toBe(Number(time / 1_000_000n));
  }
});

test.skipIf(!hasShared)('the example of opentelemetry-proto (skipped: ../shared is absent)', () => {
  const stage = new Stage();
  const batch = stage.decode(jsonToWire('metrics', readShared('conformance/otlp/metrics.json')));
  expect(stage.tally.rejections()).toEqual([]);
  expect(samples(batch)).toContain(
    `my_counter_total{job="my.service",my_counter_attr="some value"} 5 @${1_544_712_660_300 - T}`,
  );
  expect(batch.metadata.map(({ family, type }) => `${family} ${type}`)).toEqual([
    'my_counter counter',
    'my_gauge_ratio gauge',
    'my_histogram histogram',
    'my_exponential_histogram histogram',
  ]);
  expect(batch.histograms).toHaveLength(1);
});
