import type { AttributeTable } from '../model/attributes.ts';
import { KeyTable } from '../model/key-table.ts';
import { LogBatch } from '../model/log-record.ts';
import { makeResource } from '../model/resource.ts';
import { MetricBatch } from '../model/sample.ts';
import { makeSeries } from '../model/series.ts';
import type { IngestContext, IngestResult, Sink } from '../model/sink.ts';
import { SpanBatch } from '../model/span.ts';
import type { Payload, PayloadLog, PayloadSpan, PayloadValue } from '../../test/canary/payloads.ts';

export const CONTEXT: IngestContext = { tenant: 'default', source: 'test', receivedUnixMs: 1_700_000_000_000 };

export const START_NANO = 1_700_000_000_000_000_000n;

export interface SpanOptions extends PayloadSpan {
  readonly traceId?: number;
  readonly durationMs?: number;
  readonly statusCode?: number;
  readonly kind?: number;
  readonly service?: string;
  readonly scope?: string;
  readonly eventOffsetMs?: number;
}

/** A batch of spans out of plain objects. */
export function spanBatch(spans: readonly SpanOptions[], keys = new KeyTable()): SpanBatch {
  const batch = new SpanBatch(keys);
  for (const span of spans) {
    const row = batch.addRow();
    batch.traceId.fill(span.traceId ?? row + 1, row * 16, row * 16 + 16);
    batch.spanId.fill(row + 1, row * 8, row * 8 + 8);
    batch.startUnixNano[row] = START_NANO;
    batch.durationNano[row] = BigInt(span.durationMs ?? 100) * 1_000_000n;
    batch.statusCode[row] = span.statusCode ?? (span.statusMessage === undefined ? 0 : 2);
    batch.kind[row] = span.kind ?? 3;
    batch.resourceIndex[row] =
      batch.resources.push(makeResource(new Map([['service.name', span.service ?? 'app']]))) - 1;
    batch.scopeIndex[row] = batch.scopes.push({ name: span.scope ?? 'app', version: '', attributes: new Map() }) - 1;
    batch.name.set(row, span.name);
    if (span.statusMessage !== undefined) batch.statusMessage.set(row, span.statusMessage);
    append(batch.attributes, span.attributes);
    for (const event of span.events ?? []) {
      const at = batch.events.addRow(row);
      batch.events.timeUnixNano[at] = START_NANO + BigInt(span.eventOffsetMs ?? 50) * 1_000_000n;
      batch.events.name.set(at, event.name);
      append(batch.events.attributes, event.attributes);
    }
    for (const link of span.links ?? []) {
      batch.links.addRow(row);
      append(batch.links.attributes, link.attributes);
    }
  }
  return batch;
}

export function logBatch(
  logs: readonly (PayloadLog & { readonly scope?: string; readonly traceId?: number })[],
): LogBatch {
  const batch = new LogBatch(new KeyTable());
  for (const log of logs) {
    const row = batch.addRow();
    batch.timeUnixNano[row] = START_NANO;
    if (log.traceId !== undefined) batch.traceId.fill(log.traceId, row * 16, row * 16 + 16);
    batch.resourceIndex[row] = batch.resources.push(makeResource(new Map([['service.name', 'app']]))) - 1;
    batch.scopeIndex[row] = batch.scopes.push({ name: log.scope ?? 'app', version: '', attributes: new Map() }) - 1;
    batch.body.set(row, typeof log.body === 'string' ? log.body : JSON.stringify(log.body));
    batch.bodyIsJson[row] = typeof log.body === 'object' ? 1 : 0;
    if (log.eventName !== undefined) batch.eventName.set(row, log.eventName);
    append(batch.attributes, log.attributes ?? {});
  }
  return batch;
}

export function spansOf(payload: Payload): SpanBatch {
  return spanBatch(payload.spans.map((span) => ({ ...span, scope: payload.scope })));
}

function append(table: AttributeTable, attributes: Readonly<Record<string, PayloadValue>>): void {
  for (const [key, value] of Object.entries(attributes)) {
    table.append(key, typeof value === 'object' ? { json: JSON.stringify(value) } : value);
  }
}

/** Every text that a store could write of a batch. */
export function textsOf(batch: SpanBatch | LogBatch): string[] {
  const texts: string[] = [];
  const attributes = (table: AttributeTable): void => {
    for (let row = 0; row < table.rows; row++) texts.push(JSON.stringify(table.toObject(row)));
  };
  attributes(batch.attributes);
  if (batch instanceof SpanBatch) {
    attributes(batch.events.attributes);
    attributes(batch.links.attributes);
    for (let row = 0; row < batch.length; row++) {
      texts.push(batch.name.get(row), batch.statusMessage.get(row), batch.traceState.get(row));
      texts.push(JSON.stringify(batch.genAi[row] ?? {}));
    }
    for (let event = 0; event < batch.events.length; event++) texts.push(batch.events.name.get(event));
  } else {
    for (let row = 0; row < batch.length; row++) {
      texts.push(batch.body.get(row), batch.eventName.get(row), batch.severityText.get(row));
    }
  }
  for (let i = 0; i < batch.dropped.length; i++) texts.push(batch.keys.text(batch.dropped.key[i]!));
  return texts;
}

/** Samples as [series, timestamp, value]; a series as Prometheus writes it. */
export function samplesOf(batch: MetricBatch): [string, number, number | 'stale'][] {
  return Array.from({ length: batch.length }, (_, row) => {
    const { metric, labels } = batch.series[batch.seriesIndex[row]!]!;
    const text = labels.map(([name, value]) => `${name}="${value}"`).join(',');
    return [`${metric}{${text}}`, batch.timestampMs[row]!, batch.isStale(row) ? 'stale' : batch.value[row]!];
  });
}

export type SampleRow = readonly [
  metric: string,
  labels: Readonly<Record<string, string>>,
  value: number,
  time?: number,
];

export function metricBatch(rows: readonly SampleRow[]): MetricBatch {
  const batch = new MetricBatch();
  for (const [metric, labels, value, time] of rows) {
    batch.addSample(batch.addSeries(makeSeries(metric, Object.entries(labels))), time ?? 1000, value);
  }
  return batch;
}

/** A sink that keeps what it gets; `failures` makes it refuse that many batches first. */
export class KeepingSink implements Sink {
  readonly spanBatches: SpanBatch[] = [];
  readonly logBatches: LogBatch[] = [];
  readonly metricBatches: MetricBatch[] = [];
  failures = 0;

  async spans(batch: SpanBatch): Promise<IngestResult> {
    this.refuse();
    this.spanBatches.push(batch);
    return { accepted: batch.length, rejected: [] };
  }

  async logs(batch: LogBatch): Promise<IngestResult> {
    this.refuse();
    this.logBatches.push(batch);
    return { accepted: batch.length, rejected: [] };
  }

  async metrics(batch: MetricBatch): Promise<IngestResult> {
    this.refuse();
    this.metricBatches.push(batch);
    return { accepted: batch.length + batch.histograms.length, rejected: [] };
  }

  private refuse(): void {
    if (this.failures-- > 0) throw new Error('the store is away');
    this.failures = 0;
  }
}
