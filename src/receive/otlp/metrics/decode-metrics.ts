import type { Resource, Scope } from '../../../model/resource.ts';
import { MetricBatch, type MetricType } from '../../../model/sample.ts';
import { ByteRun } from '../../../util/byte-run.ts';
import type { DecodeContext } from '../decode/context.ts';
import { walkRequest, type RecordVisitor } from '../decode/walk.ts';
import { ExponentialPoints } from './exponential-points.ts';
import { HistogramPoints } from './histogram-points.ts';
import { metadataUnit, metricName, type OtlpMetricKind } from './naming.ts';
import { NumberPoints } from './number-points.ts';
import type { ResourceIdentity } from './streams.ts';
import { SummaryPoints } from './summary-points.ts';
import type { MetricIdentity, MetricScene, MetricTranslator } from './translator.ts';

const METRIC = {
  NAME: 10,
  DESCRIPTION: 18,
  UNIT: 26,
  GAUGE: 42,
  SUM: 58,
  HISTOGRAM: 74,
  EXPONENTIAL: 82,
  SUMMARY: 90,
} as const;
const DATA = { POINT: 10, TEMPORALITY: 16, MONOTONIC: 24 } as const;
const TEMPORALITY = { DELTA: 1, CUMULATIVE: 2 } as const;

const TYPES = {
  gauge: 'gauge',
  'monotonic-sum': 'counter',
  sum: 'gauge',
  histogram: 'histogram',
  'exponential-histogram': 'histogram',
  summary: 'summary',
} as const satisfies Record<OtlpMetricKind, MetricType>;

/** What of an ExportMetricsServiceRequest there was. */
export interface DecodedMetrics {
  readonly batch: MetricBatch;
  /** Data points that were sent, refused ones included. */
  readonly points: number;
}

/**
 * Decodes an ExportMetricsServiceRequest into Prometheus's model: names, `job` and `instance`, `target_info`,
 * classic and native histograms, delta summed up to cumulative.
 * @throws WireError when the bytes are not protobuf
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
export function decodeMetrics(context: DecodeContext, translator: MetricTranslator, nowMs: number): DecodedMetrics {
  const batch = new MetricBatch();
  const visitor = new MetricVisitor({ context, translator, batch, epoch: translator.nextEpoch(), nowMs });
  walkRequest(context, visitor);
  visitor.finish();
  return { batch, points: visitor.points };
}

class MetricVisitor implements RecordVisitor {
  points = 0;
  private readonly scene: MetricScene;
  private readonly numbers: NumberPoints;
  private readonly histograms: HistogramPoints;
  private readonly exponentials: ExponentialPoints;
  private readonly summaries: SummaryPoints;
  private readonly key = new ByteRun();
  private identity: ResourceIdentity | undefined;
  private scopeId = 0;
  private scopeLabels: MetricIdentity['scope'] = [];
  private latestMs = 0;

  constructor(scene: MetricScene) {
    this.scene = scene;
    this.numbers = new NumberPoints(scene);
    this.histograms = new HistogramPoints(scene);
    this.exponentials = new ExponentialPoints(scene);
    this.summaries = new SummaryPoints(scene);
  }

  resource(resource: Resource): void {
    this.finish();
    this.identity = this.scene.translator.identity(resource);
  }

  scope(scope: Scope): void {
    const { id, labels } = this.scene.translator.scopeIdentity(scope);
    this.scopeId = id;
    this.scopeLabels = labels;
  }

  record(): void {
    const { reader } = this.scene.context;
    const outer = reader.enter();
    const places = new MetricPlaces();
    while (reader.more()) {
      const tag = reader.tag();
      if ((tag & 7) === 2) {
        reader.range();
        places.set(tag, reader.start, reader.pos);
      } else reader.skip(tag);
    }
    if (places.dataTag !== 0) this.readData(places);
    reader.leave(outer);
  }

  /** Says who the resource at hand is, at the time of its latest point. */
  finish(): void {
    const { batch, epoch } = this.scene;
    const info = this.identity?.targetInfo;
    if (info !== undefined && this.latestMs > 0) batch.addSample(info.indexIn(batch, epoch), this.latestMs, 1);
    this.latestMs = 0;
  }

  /** Reads the points of a metric; temporality and monotonicity stand behind them, so there are two passes. */
  private readData(places: MetricPlaces): void {
    const { reader } = this.scene.context;
    const outerEnd = reader.end;
    const outerPos = reader.pos;
    reader.pos = places.dataStart;
    reader.end = places.dataEnd;
    let temporality = 0;
    let monotonic = false;
    let points = 0;
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === DATA.TEMPORALITY) temporality = reader.varint32();
      else if (tag === DATA.MONOTONIC) monotonic = reader.varint32() !== 0;
      else {
        if (tag === DATA.POINT) points++;
        reader.skip(tag);
      }
    }
    this.points += points;
    if (points > 0) this.readPoints(places, kindOf(places.dataTag, monotonic), temporality, points);
    reader.pos = outerPos;
    reader.end = outerEnd;
  }

  private readPoints(places: MetricPlaces, kind: OtlpMetricKind, temporality: number, points: number): void {
    const { reader, tally } = this.scene.context;
    const timed = kind !== 'gauge' && kind !== 'summary';
    const metric = this.metric(places, kind);
    if (metric === undefined) tally.reject('no-metric-name', 'a metric without a name', points);
    else if (timed && temporality !== TEMPORALITY.DELTA && temporality !== TEMPORALITY.CUMULATIVE) {
      tally.reject('no-temporality', metric.name, points);
    } else {
      reader.pos = places.dataStart;
      while (reader.more()) {
        const tag = reader.tag();
        if (tag === DATA.POINT) this.readPoint(metric, timed && temporality === TEMPORALITY.DELTA);
        else reader.skip(tag);
      }
    }
  }

  private readPoint(metric: MetricIdentity, isDelta: boolean): void {
    const timeMs = this.readPointOf(metric, isDelta);
    if (timeMs > this.latestMs) this.latestMs = timeMs;
  }

  private readPointOf(metric: MetricIdentity, isDelta: boolean): number {
    switch (metric.kind) {
      case 'histogram':
        return this.histograms.read(metric, isDelta, metric.name);
      case 'exponential-histogram':
        return this.exponentials.read(metric, isDelta, metric.name);
      case 'summary':
        return this.summaries.read(metric, metric.name);
      default:
        return this.numbers.read(metric, isDelta, metric.name);
    }
  }

  /** The metric of the name, unit and kind at hand; undefined when it has no usable name. */
  private metric(places: MetricPlaces, kind: OtlpMetricKind): MetricIdentity | undefined {
    const { context, translator, batch, nowMs } = this.scene;
    const { bytes } = context.reader;
    const { metrics } = translator;
    const identity = this.identity!;
    // Name and unit as they stand; a kind and a scope have numbers of their own.
    const key = this.key;
    key.clear();
    key.add(bytes, places.nameStart, places.nameEnd);
    key.add(SEPARATORS[kind], 0, 2);
    key.add(bytes, places.unitStart, places.unitEnd);
    const seed = translator.seed(identity, this.scopeId);
    let metric = metrics.get(seed, key.bytes, key.start, key.end);
    if (metric === undefined) {
      const unit = context.mended(places.unitStart, places.unitEnd, 100);
      const name = context.mended(places.nameStart, places.nameEnd, 500);
      const promName = metricName(name, unit, kind, translator.settings.addSuffixes);
      if (promName === '') return undefined;
      metric = {
        id: translator.nextId(),
        name: promName,
        kind,
        resource: identity,
        scope: this.scopeLabels,
        describedMs: -Infinity,
      };
      metrics.add(seed, key.bytes, key.start, key.end, metric);
    }
    if (translator.mustDescribe(metric, nowMs)) {
      metric.describedMs = nowMs;
      batch.metadata.push({
        family: metric.name.replace(/_total$/, ''),
        type: TYPES[kind],
        help: context.mended(places.helpStart, places.helpEnd, 2000),
        unit: metadataUnit(context.mended(places.unitStart, places.unitEnd, 100)),
      });
    }
    return metric;
  }
}

const SEPARATORS = {
  gauge: Uint8Array.of(0, 1),
  'monotonic-sum': Uint8Array.of(0, 2),
  sum: Uint8Array.of(0, 3),
  histogram: Uint8Array.of(0, 4),
  'exponential-histogram': Uint8Array.of(0, 5),
  summary: Uint8Array.of(0, 6),
} as const satisfies Record<OtlpMetricKind, Uint8Array>;

/** Where the parts of a Metric message stand in the body. */
class MetricPlaces {
  nameStart = 0;
  nameEnd = 0;
  helpStart = 0;
  helpEnd = 0;
  unitStart = 0;
  unitEnd = 0;
  dataTag = 0;
  dataStart = 0;
  dataEnd = 0;

  set(tag: number, start: number, end: number): void {
    switch (tag) {
      case METRIC.NAME:
        this.nameStart = start;
        this.nameEnd = end;
        break;
      case METRIC.DESCRIPTION:
        this.helpStart = start;
        this.helpEnd = end;
        break;
      case METRIC.UNIT:
        this.unitStart = start;
        this.unitEnd = end;
        break;
      case METRIC.GAUGE:
      case METRIC.SUM:
      case METRIC.HISTOGRAM:
      case METRIC.EXPONENTIAL:
      case METRIC.SUMMARY:
        this.dataTag = tag;
        this.dataStart = start;
        this.dataEnd = end;
    }
  }
}

function kindOf(dataTag: number, monotonic: boolean): OtlpMetricKind {
  switch (dataTag) {
    case METRIC.GAUGE:
      return 'gauge';
    case METRIC.SUM:
      return monotonic ? 'monotonic-sum' : 'sum';
    case METRIC.HISTOGRAM:
      return 'histogram';
    case METRIC.EXPONENTIAL:
      return 'exponential-histogram';
    default:
      return 'summary';
  }
}
