import type { AttributeValue } from '../../../model/attributes.ts';
import type { Resource, Scope } from '../../../model/resource.ts';
import type { MetricBatch } from '../../../model/sample.ts';
import type { Label } from '../../../model/series.ts';
import { RecentByteMap } from '../../../util/byte-map.ts';
import type { ByteRun } from '../../../util/byte-run.ts';
import type { OtlpMetricsSettings } from '../config.ts';
import { DecodeContext } from '../decode/context.ts';
import { readAttributes } from '../decode/resource.ts';
import { TextArena } from '../../../util/text-arena.ts';
import { DeltaStreams } from './delta.ts';
import type { ExponentialDelta, HistogramDelta, NumberDelta } from './delta-states.ts';
import type { OtlpMetricKind } from './naming.ts';
import type { PointStream } from './point-stream.ts';
import { baseLabels, resourceIdentity, scopeLabels, type ResourceIdentity } from './streams.ts';

/** Metrics remembered in relation to point streams. */
const METRICS_KEPT = 50_000;
/** Keys of remembered series, altogether; with their labels they take some three times as much. */
const MAX_KEY_BYTES = 64 * 1024 * 1024;
/** How often a metric's metadata goes into a batch. */
const DESCRIBE_EVERY_MS = 600_000;

/** One metric of one resource (and scope, where that enters the labels). */
export interface MetricIdentity {
  readonly id: number;
  /** Prometheus name without `_bucket`, `_count`, `_sum`. */
  readonly name: string;
  readonly kind: OtlpMetricKind;
  readonly resource: ResourceIdentity;
  readonly scope: readonly Label[];
  /** When its metadata last went into a batch. */
  describedMs: number;
}

/**
 * What the translation of metrics remembers from request to request: series by the raw bytes of resource, metric
 * and attributes, and the sums of delta streams. All of it is bounded.
 */
export class MetricTranslator {
  readonly settings: OtlpMetricsSettings;
  readonly metrics = new RecentByteMap<MetricIdentity>(METRICS_KEPT, MAX_KEY_BYTES);
  readonly streams: RecentByteMap<PointStream>;
  readonly numberDeltas: DeltaStreams<NumberDelta>;
  readonly histogramDeltas: DeltaStreams<HistogramDelta>;
  readonly exponentialDeltas: DeltaStreams<ExponentialDelta>;
  private readonly identities = new WeakMap<Resource, ResourceIdentity>();
  private readonly scopes = new WeakMap<Scope, { id: number; labels: readonly Label[] }>();
  private lastId = 0;
  private lastEpoch = 0;
  private lostMs = -Infinity;

  constructor(settings: OtlpMetricsSettings) {
    this.settings = settings;
    this.streams = new RecentByteMap(settings.maxSeriesCached, MAX_KEY_BYTES);
    this.numberDeltas = new DeltaStreams(settings.maxDeltaStreams, settings.deltaStreamIdleMs);
    this.histogramDeltas = new DeltaStreams(settings.maxDeltaStreams, settings.deltaStreamIdleMs);
    this.exponentialDeltas = new DeltaStreams(settings.maxDeltaStreams, settings.deltaStreamIdleMs);
  }

  /** Whether a metric's metadata is due: it was sent long ago, or with a batch that was lost. */
  mustDescribe(metric: MetricIdentity, nowMs: number): boolean {
    return nowMs - metric.describedMs >= DESCRIBE_EVERY_MS || metric.describedMs <= this.lostMs;
  }

  /** A batch of `nowMs` was not kept, with what metadata it had. */
  describeAgain(nowMs: number): void {
    this.lostMs = nowMs;
  }

  nextId(): number {
    return ++this.lastId;
  }

  /** A number for the batch that is begun. */
  nextEpoch(): number {
    return ++this.lastEpoch;
  }

  identity(resource: Resource): ResourceIdentity {
    const known = this.identities.get(resource);
    if (known !== undefined) return known;
    const made = resourceIdentity(resource, this.nextId(), this.settings);
    this.identities.set(resource, made);
    return made;
  }

  /** A number of its own for a resource together with a scope. */
  seed(identity: ResourceIdentity, scopeId: number): number {
    if (scopeId === 0) return identity.id;
    const known = identity.scoped.get(scopeId);
    if (known !== undefined) return known;
    const made = this.nextId();
    identity.scoped.set(scopeId, made);
    return made;
  }

  /** Labels of a scope; id 0 and none unless scopes are promoted. */
  scopeIdentity(scope: Scope): { id: number; labels: readonly Label[] } {
    if (!this.settings.promoteScopeMetadata) return NO_SCOPE;
    const known = this.scopes.get(scope);
    if (known !== undefined) return known;
    const made = { id: this.nextId(), labels: scopeLabels(scope) };
    this.scopes.set(scope, made);
    return made;
  }
}

const NO_SCOPE = { id: 0, labels: [] };

/** A request's decoding, as the readers of points see it. */
export interface MetricScene {
  readonly context: DecodeContext;
  readonly translator: MetricTranslator;
  readonly batch: MetricBatch;
  readonly epoch: number;
  readonly nowMs: number;
}

/** Attributes that stand as KeyValue fields in `run`. */
export function attributesOf(scene: MetricScene, run: ByteRun, tag: number): Map<string, AttributeValue> {
  const { context } = scene;
  if (run.bytes === context.reader.bytes || run.start === run.end) {
    return readAttributes(context, run.start, run.end, tag);
  }
  const gathered = new TextArena(run.bytes.slice(run.start, run.end));
  return readAttributes(
    new DecodeContext(gathered, context.limits, context.resources, context.tally),
    0,
    gathered.base.length,
    tag,
  );
}

/** Labels of the point whose attributes stand in `run`. */
export function pointLabels(scene: MetricScene, metric: MetricIdentity, run: ByteRun, tag: number): Label[] {
  return baseLabels(metric.resource, metric.scope, attributesOf(scene, run, tag));
}
