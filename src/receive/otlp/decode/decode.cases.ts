import { KeyTable } from '../../../model/key-table.ts';
import type { LogBatch } from '../../../model/log-record.ts';
import type { SpanBatch } from '../../../model/span.ts';
import { TextArena } from '../../../util/text-arena.ts';
import { defaultOtlpSettings, type AttributeLimits } from '../config.ts';
import { DecodeContext } from './context.ts';
import { decodeLogs } from './logs.ts';
import { ResourceCache } from './resource.ts';
import { decodeSpans } from './spans.ts';

/** Time of receipt in these tests. */
export const RECEIVED_MS = 1_800_000_000_000;

export function contextOf(body: Uint8Array, limits: Partial<AttributeLimits> = {}): DecodeContext {
  return new DecodeContext(new TextArena(body), { ...defaultOtlpSettings().limits, ...limits }, new ResourceCache());
}

export function spansOf(
  body: Uint8Array,
  limits?: Partial<AttributeLimits>,
): { batch: SpanBatch; context: DecodeContext } {
  const context = contextOf(body, limits);
  return { batch: decodeSpans(context, new KeyTable()), context };
}

export function logsOf(
  body: Uint8Array,
  limits?: Partial<AttributeLimits>,
): { batch: LogBatch; context: DecodeContext } {
  const context = contextOf(body, limits);
  return { batch: decodeLogs(context, new KeyTable(), RECEIVED_MS), context };
}

/** A batch as plain objects, to be compared whole. */
export function plainSpans(batch: SpanBatch): object[] {
  return Array.from({ length: batch.length }, (_, row) => ({
    traceId: hex(batch.traceId, row, 16),
    spanId: hex(batch.spanId, row, 8),
    parentSpanId: hex(batch.parentSpanId, row, 8),
    name: batch.name.get(row),
    kind: batch.kind[row],
    start: batch.startUnixNano[row],
    duration: batch.durationNano[row],
    flags: batch.flags[row],
    traceState: batch.traceState.get(row),
    statusCode: batch.statusCode[row],
    statusMessage: batch.statusMessage.get(row),
    attributes: batch.attributes.toObject(row),
    service: batch.resources[batch.resourceIndex[row]!]!.serviceName,
    scope: batch.scopes[batch.scopeIndex[row]!]!.name,
    events: rowsOf(batch.events.span, batch.events.length, row).map((event) => ({
      time: batch.events.timeUnixNano[event],
      name: batch.events.name.get(event),
      attributes: batch.events.attributes.toObject(event),
    })),
    links: rowsOf(batch.links.span, batch.links.length, row).map((link) => ({
      traceId: hex(batch.links.traceId, link, 16),
      spanId: hex(batch.links.spanId, link, 8),
      traceState: batch.links.traceState.get(link),
      attributes: batch.links.attributes.toObject(link),
    })),
  }));
}

export function plainLogs(batch: LogBatch): object[] {
  return Array.from({ length: batch.length }, (_, row) => ({
    time: batch.timeUnixNano[row],
    observed: batch.observedUnixNano[row],
    severityNumber: batch.severityNumber[row],
    severityText: batch.severityText.get(row),
    body: batch.body.get(row),
    bodyIsJson: batch.bodyIsJson[row] === 1,
    eventName: batch.eventName.get(row),
    traceId: hex(batch.traceId, row, 16),
    spanId: hex(batch.spanId, row, 8),
    flags: batch.flags[row],
    attributes: batch.attributes.toObject(row),
    service: batch.resources[batch.resourceIndex[row]!]!.serviceName,
  }));
}

function rowsOf(owner: Uint32Array, length: number, row: number): number[] {
  const rows: number[] = [];
  for (let i = 0; i < length; i++) if (owner[i] === row) rows.push(i);
  return rows;
}

function hex(column: Uint8Array, row: number, width: number): string {
  return Buffer.from(column.subarray(row * width, row * width + width)).toString('hex');
}
