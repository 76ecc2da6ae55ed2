import { describe, expect, test } from 'vitest';
import type { NativeHistogram } from '../../model/histogram.ts';
import { MetricBatch, type MetricType } from '../../model/sample.ts';
import { makeSeries } from '../../model/series.ts';
import { Ledger } from '../../self/ledger.ts';
import { CONTEXT, metricBatch, samplesOf, type SampleRow } from '../batch.fixture.ts';
import { labelsConfig } from '../config.ts';
import { addHistograms } from './add-histograms.ts';
import { LabelProcessor } from './labels.ts';

function setUp(config: unknown = {}): { labels: LabelProcessor; ledger: Ledger; clock: { nowMs: number } } {
  const ledger = new Ledger();
  const clock = { nowMs: 0 };
  return { labels: new LabelProcessor(labelsConfig.parse(config), ledger, () => clock.nowMs), ledger, clock };
}

describe('labels of unbounded identity', () => {
  test.each<{ name: string; rows: readonly SampleRow[]; type?: MetricType; want: unknown }>([
    {
      name: 'a counter adds up',
      rows: [
        ['requests_total', { job: 'a', user_id: '1' }, 3],
        ['requests_total', { job: 'a', user_id: '2' }, 4],
      ],
      want: [['requests_total{job="a"}', 1000, 7]],
    },
    {
      name: 'buckets of a histogram add up',
      rows: [
        ['latency_seconds_bucket', { le: '1', request_id: 'x' }, 3],
        ['latency_seconds_bucket', { le: '1', request_id: 'y' }, 4],
      ],
      want: [['latency_seconds_bucket{le="1"}', 1000, 7]],
    },
    {
      name: 'a gauge gives the highest',
      rows: [
        ['load_ratio', { session: 'x' }, 0.3],
        ['load_ratio', { session: 'y' }, 0.9],
      ],
      want: [['load_ratio{}', 1000, 0.9]],
    },
    {
      name: 'a counter without suffix, known from the catalogue',
      rows: [
        ['tgi_request_count', { user: 'x' }, 1],
        ['tgi_request_count', { user: 'y' }, 2],
      ],
      want: [['tgi_request_count{}', 1000, 3]],
    },
    {
      name: 'a counter without suffix, known from the metadata',
      type: 'counter',
      rows: [
        ['things', { user: 'x' }, 1],
        ['things', { user: 'y' }, 2],
      ],
      want: [['things{}', 1000, 3]],
    },
    {
      name: 'quantiles give the highest',
      rows: [
        ['rpc_seconds', { quantile: '0.9', user: 'x' }, 1],
        ['rpc_seconds', { quantile: '0.9', user: 'y' }, 2],
      ],
      want: [['rpc_seconds{quantile="0.9"}', 1000, 2]],
    },
    {
      name: 'times at which only some have a sample are left out',
      rows: [
        ['requests_total', { user: 'x' }, 1, 1000],
        ['requests_total', { user: 'x' }, 2, 2000],
        ['requests_total', { user: 'y' }, 5, 2000],
      ],
      want: [['requests_total{}', 2000, 7]],
    },
    {
      name: 'without a common time, the last of each at the latest time',
      rows: [
        ['requests_total', { user: 'x' }, 1, 1000],
        ['requests_total', { user: 'x' }, 2, 2000],
        ['requests_total', { user: 'y' }, 5, 2001],
      ],
      want: [['requests_total{}', 2001, 7]],
    },
    {
      name: 'other series stay as they are',
      rows: [
        ['requests_total', { user: 'x' }, 1],
        ['vllm:request_success_total', { finished_reason: 'stop', model_name: 'm' }, 5],
      ],
      want: [
        ['requests_total{}', 1000, 1],
        ['vllm:request_success_total{finished_reason="stop",model_name="m"}', 1000, 5],
      ],
    },
  ])('$name', ({ rows, type, want }) => {
    const batch = metricBatch(rows);
    // The same series object for the same labels, as decoders give it.
    dedupe(batch);
    if (type !== undefined) batch.metadata.push({ family: rows[0]![0], type, help: '', unit: '' });
    expect(samplesOf(setUp().labels.metrics(batch, CONTEXT))).toEqual(want);
  });

  test('a series is stale only if all of its parts are', () => {
    const batch = new MetricBatch();
    const [x, y] = ['x', 'y'].map((user) => batch.addSeries(makeSeries('requests_total', [['user', user]])));
    batch.addStale(x!, 1000);
    batch.addSample(y!, 1000, 5);
    batch.addStale(x!, 2000);
    batch.addStale(y!, 2000);
    expect(samplesOf(setUp().labels.metrics(batch, CONTEXT))).toEqual([
      ['requests_total{}', 1000, 5],
      ['requests_total{}', 2000, 'stale'],
    ]);
  });

  test('a batch without such labels is passed on as it is', () => {
    const batch = metricBatch([['up', { job: 'a' }, 1]]);
    expect(setUp().labels.metrics(batch, CONTEXT)).toBe(batch);
  });

  test('the configuration bans more, and allows', () => {
    const { labels } = setUp({ ban: ['tenant-name'], allow: ['user_id'] });
    const batch = metricBatch([['a_total', { user_id: '1', tenant_name: 't', user: 'u' }, 1]]);
    expect(samplesOf(labels.metrics(batch, CONTEXT))).toEqual([['a_total{user_id="1"}', 1000, 1]]);
  });

  test('each label taken away is counted by sample', () => {
    const { labels, ledger } = setUp();
    labels.metrics(
      metricBatch([
        ['a_total', { user_id: '1', prompt: 'p' }, 1],
        ['a_total', { user_id: '2' }, 1],
      ]),
      CONTEXT,
    );
    expect(ledger.totals().map(({ reason, count, outcome }) => [reason, outcome, count])).toEqual([
      ['label-ban:prompt', 'changed', 1],
      ['label-ban:user_id', 'changed', 2],
    ]);
  });

  test('exemplars keep the way to their trace and lose the rest', () => {
    const { labels } = setUp();
    const batch = metricBatch([['a_total', { user_id: '1' }, 1]]);
    batch.exemplars.push({
      seriesIndex: 0,
      labels: [
        ['prompt', 'secret'],
        ['span_id', 's'],
        ['trace_id', 't'],
        ['zone', 'z'],
      ],
      value: 1,
      timestampMs: 1000,
    });
    expect(labels.metrics(batch, CONTEXT).exemplars[0]!.labels).toEqual([
      ['span_id', 's'],
      ['trace_id', 't'],
      ['zone', 'z'],
    ]);
  });
});

describe('the series budget', () => {
  test('new series beyond it fold into one, known ones stay', () => {
    const { labels, ledger } = setUp({ max_series_per_metric: 2 });
    const rows = (count: number): MetricBatch =>
      metricBatch(Array.from({ length: count }, (_, i) => ['a_total', { job: 'j', path: `/${i}` }, i + 1] as const));
    labels.metrics(rows(2), CONTEXT);
    expect(samplesOf(labels.metrics(rows(4), CONTEXT))).toEqual([
      ['a_total{job="j",path="/0"}', 1000, 1],
      ['a_total{job="j",path="/1"}', 1000, 2],
      ['a_total{job="j",sonde_overflow="true"}', 1000, 7],
    ]);
    expect(ledger.totals()).toEqual([expect.objectContaining({ reason: 'overflow:series-budget', count: 2 })]);
  });

  test('series that stopped make room after two hours at most', () => {
    const { labels, clock } = setUp({ max_series_per_metric: 1 });
    const one = (path: string): unknown =>
      samplesOf(labels.metrics(metricBatch([['a_total', { path }, 1]]), CONTEXT))[0]![0];
    expect(one('/old')).toBe('a_total{path="/old"}');
    expect(one('/new')).toBe('a_total{sonde_overflow="true"}');
    clock.nowMs = 3_600_000;
    expect(one('/new')).toBe('a_total{sonde_overflow="true"}');
    clock.nowMs = 7_200_000;
    expect(one('/new')).toBe('a_total{path="/new"}');
  });
});

describe('addHistograms', () => {
  const base: NativeHistogram = {
    schema: 0,
    count: 3,
    sum: 10,
    zeroThreshold: 0,
    zeroCount: 1,
    positiveSpans: [{ offset: 1, length: 2 }],
    positiveCounts: [1, 1],
    negativeSpans: [],
    negativeCounts: [],
    customBounds: [],
    resetHint: 0,
  };

  test('buckets add up by position', () => {
    const other = {
      ...base,
      positiveSpans: [
        { offset: 2, length: 1 },
        { offset: 2, length: 1 },
      ],
      positiveCounts: [5, 7],
    };
    expect(addHistograms(base, other)).toMatchObject({
      count: 6,
      sum: 20,
      zeroCount: 2,
      positiveSpans: [
        { offset: 1, length: 2 },
        { offset: 2, length: 1 },
      ],
      positiveCounts: [1, 6, 7],
    });
  });

  test('at the coarser schema', () => {
    // Schema 1: buckets 1 and 2 end at √2 and 2, both inside bucket 1 of schema 0; 3 and 4 inside bucket 2.
    const fine = { ...base, schema: 1, positiveSpans: [{ offset: 1, length: 4 }], positiveCounts: [1, 2, 3, 4] };
    expect(addHistograms(fine, base)).toMatchObject({
      schema: 0,
      positiveSpans: [{ offset: 1, length: 2 }],
      positiveCounts: [4, 8],
    });
  });

  test('negative positions', () => {
    const low = { ...base, positiveSpans: [{ offset: -3, length: 1 }], positiveCounts: [2] };
    expect(addHistograms(low, base)).toMatchObject({
      positiveSpans: [
        { offset: -3, length: 1 },
        { offset: 3, length: 2 },
      ],
      positiveCounts: [2, 1, 1],
    });
  });
});

/** Gives rows of equal series one index, as decoders do. */
function dedupe(batch: MetricBatch): void {
  const first = new Map<string, number>();
  for (let row = 0; row < batch.length; row++) {
    const { metric, labels } = batch.series[batch.seriesIndex[row]!]!;
    const key = JSON.stringify([metric, labels]);
    const known = first.get(key);
    if (known === undefined) first.set(key, batch.seriesIndex[row]!);
    else batch.seriesIndex[row] = known;
  }
}
