import type { SpanBatch } from '../../model/span.ts';
import { originOf, type DerivedSeries } from './derived-series.ts';
import { SPAN_CALLS, SPAN_LATENCY } from './metrics.ts';
import type { Observations } from './observations.ts';
import type { SeriesTable } from './series-table.ts';

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUSES = ['UNSET', 'OK', 'ERROR'];

/** Series of one combination of service, name, kind and status, found again by the bytes of the name. */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly resource: number;
  readonly kind: number;
  readonly status: number;
  readonly calls: DerivedSeries;
  readonly latency: DerivedSeries;
}

/**
 * Counts every span into calls and latency. Within a batch the same few names come again and again: they are
 * compared as bytes, and made into strings once a batch (bench: `process/pipeline`).
 */
export class SpanCalls {
  count(batch: SpanBatch, table: SeriesTable, into: Observations): void {
    const places = new Map<number, Place[]>();
    const { name, arena } = batch;
    for (let row = 0; row < batch.length; row++) {
      const start = name.start[row]!;
      const end = name.end[row]!;
      const resource = batch.resourceIndex[row]!;
      const kind = batch.kind[row]!;
      const status = batch.statusCode[row]!;
      const bytes = start < arena.base.length ? arena.base : undefined;
      const hash =
        Math.imul(
          hashOf(bytes ?? arena.slice(start, end), bytes === undefined ? 0 : start, end - start) ^ resource,
          31,
        ) +
        kind * 7 +
        status;
      let candidates = places.get(hash);
      if (candidates === undefined) places.set(hash, (candidates = []));
      let place = candidates.find(
        (candidate) =>
          candidate.resource === resource &&
          candidate.kind === kind &&
          candidate.status === status &&
          sameText(batch, candidate.start, candidate.end, start, end),
      );
      const isNew = place === undefined;
      if (place === undefined) {
        place = this.place(batch, row, table);
        candidates.push(place);
      }
      into.add(place.calls, 1);
      const seconds = (batch.durationWords[2 * row]! + batch.durationWords[2 * row + 1]! * 4294967296) / 1e9;
      // One exemplar a batch and series: making its ids is the dear part.
      into.add(place.latency, seconds, isNew ? originOf(batch, row) : undefined);
    }
  }

  private place(batch: SpanBatch, row: number, table: SeriesTable): Place {
    const resource = batch.resourceIndex[row]!;
    const kind = batch.kind[row]!;
    const status = batch.statusCode[row]!;
    const labels = [
      ['service', batch.resources[resource]?.serviceName ?? ''],
      ['span_kind', `SPAN_KIND_${KINDS[kind] ?? 'UNSPECIFIED'}`],
      ['span_name', batch.name.get(row).slice(0, 256)],
      ['status_code', `STATUS_CODE_${STATUSES[status] ?? 'UNSET'}`],
    ] as const;
    return {
      start: batch.name.start[row]!,
      end: batch.name.end[row]!,
      resource,
      kind,
      status,
      calls: table.at(SPAN_CALLS, labels),
      latency: table.at(SPAN_LATENCY, labels),
    };
  }
}

/** FNV-1a of a range. */
function hashOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}

function sameText(batch: SpanBatch, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  if (start === otherStart) return end === otherEnd;
  if (end - start !== otherEnd - otherStart) return false;
  const a = batch.arena.slice(start, end);
  const b = batch.arena.slice(otherStart, otherEnd);
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
