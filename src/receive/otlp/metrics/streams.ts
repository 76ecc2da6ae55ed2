import type { AttributeValue } from '../../../model/attributes.ts';
import type { Resource, Scope } from '../../../model/resource.ts';
import type { MetricBatch } from '../../../model/sample.ts';
import { makeSeries, type Label, type Series } from '../../../model/series.ts';
import type { OtlpMetricsSettings } from '../config.ts';
import { labelName } from './naming.ts';

/** A series and where it stands in the batch at hand. */
export class Slot {
  readonly series: Series;
  private epoch = 0;
  private index = 0;

  constructor(series: Series) {
    this.series = series;
  }

  /** Index in `batch.series`; `epoch` is a number of its own for each batch. */
  indexIn(batch: MetricBatch, epoch: number): number {
    if (this.epoch !== epoch) {
      this.epoch = epoch;
      this.index = batch.addSeries(this.series);
    }
    return this.index;
  }
}

/** What a resource adds to its series. */
export interface ResourceIdentity {
  /** Number of its own, for keys of caches. */
  readonly id: number;
  /** `job`, `instance` and promoted attributes. */
  readonly labels: readonly Label[];
  readonly promoted: readonly Label[];
  /** `target_info`, when the resource has more to say than who it is. */
  readonly targetInfo: Slot | undefined;
  /** Scope id to a number for both together. */
  readonly scoped: Map<number, number>;
}

const IDENTIFYING = new Set(['service.name', 'service.namespace', 'service.instance.id']);

/**
 * `job` is `service.namespace/service.name`, `instance` is `service.instance.id`; what else there is goes into
 * `target_info`, which only exists together with an identifying label.
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#resource-attributes-1
 */
export function resourceIdentity(resource: Resource, id: number, settings: OtlpMetricsSettings): ResourceIdentity {
  const { attributes } = resource;
  const labels: Label[] = [];
  const name = attributes.get('service.name');
  const namespace = attributes.get('service.namespace');
  const instance = attributes.get('service.instance.id');
  if (name !== undefined) {
    const job = labelValue(name);
    labels.push(['job', namespace === undefined ? job : `${labelValue(namespace)}/${job}`]);
  }
  if (instance !== undefined) labels.push(['instance', labelValue(instance)]);

  const promoted: Label[] = [];
  for (const key of settings.promoteResourceAttributes) {
    const value = attributes.get(key);
    const label = labelName(key);
    if (value !== undefined && label !== '') promoted.push([label, labelValue(value)]);
  }
  const others = [...attributes].filter(([key]) => settings.keepIdentifyingResourceAttributes || !IDENTIFYING.has(key));
  const describes = [...attributes.keys()].some((key) => !IDENTIFYING.has(key));
  const targetInfo =
    labels.length > 0 && describes
      ? new Slot(makeSeries('target_info', [...attributeLabels(others), ...labels]))
      : undefined;
  return { id, labels, promoted, targetInfo, scoped: new Map() };
}

/** `otel_scope_…` labels. */
export function scopeLabels(scope: Scope): Label[] {
  if (scope.name === '') return [];
  const labels: Label[] = [...scope.attributes].map(([key, value]) => [
    labelName(`otel_scope_${key}`),
    labelValue(value),
  ]);
  labels.push(['otel_scope_name', scope.name], ['otel_scope_version', scope.version]);
  return labels;
}

/**
 * Labels of attributes: names made fit; where two keys become one name, the values are joined with `;` in the
 * order of the keys.
 */
export function attributeLabels(attributes: Iterable<readonly [string, AttributeValue]>): Label[] {
  const sorted = [...attributes].sort((a, b) => (a[0] < b[0] ? -1 : 1));
  const byName = new Map<string, string>();
  for (const [key, value] of sorted) {
    const name = labelName(key);
    if (name === '') continue;
    const known = byName.get(name);
    byName.set(name, known === undefined ? labelValue(value) : `${known};${labelValue(value)}`);
  }
  return [...byName];
}

function labelValue(value: AttributeValue): string {
  return typeof value === 'object' ? value.json : String(value);
}

/**
 * Labels of a point in the order in which the later wins: promoted resource attributes, the point's own, scope,
 * job and instance.
 */
export function baseLabels(
  identity: ResourceIdentity,
  scope: readonly Label[],
  attributes: Iterable<readonly [string, AttributeValue]>,
): Label[] {
  return [...identity.promoted, ...attributeLabels(attributes), ...scope, ...identity.labels];
}
