import type { SpanBatch } from '../../model/span.ts';
import { originOf, type DerivedSeries } from './derived-series.ts';
import { SPAN_CALLS, SPAN_LATENCY } from './metrics.ts';
import type { Observations } from './observations.ts';
import type { SeriesTable } from './series-table.ts';

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUSES = ['UNSET', 'OK', 'ERROR'];

/** One combination of service, name, kind and status in a batch, found again by the bytes of the name. */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly resource: number;
  readonly kind: number;
  readonly status: number;
  readonly latency: DerivedSeries;
  readonly calls: DerivedSeries;
  count: number;
  slowestRow: number;
  slowestSeconds: number;
  /** The next place of the same hash. */
  readonly next: Place | undefined;
}

/**
 * Counts every span into calls and latency. Within a batch the same few names come again and again: they are
 * compared as bytes, and made into strings once a batch (bench: `process/pipeline`). The slowest span of each
 * combination is its exemplar.
 */
export function countSpanCalls(batch: SpanBatch, table: SeriesTable, into: Observations): void {
  const places = new Map<number, Place>();
  for (let row = 0; row < batch.length; row++) {
    const hash = hashOf(batch, row);
    const first = places.get(hash);
    let place = first;
    while (place !== undefined && !isAt(batch, row, place)) place = place.next;
    if (place === undefined) {
      place = makePlace(batch, row, table, first);
      places.set(hash, place);
    }
    const seconds = secondsOf(batch, row);
    place.count++;
    into.add(place.latency, seconds);
    if (seconds > place.slowestSeconds) {
      place.slowestSeconds = seconds;
      place.slowestRow = row;
    }
  }
  for (const first of places.values()) {
    for (let place: Place | undefined = first; place !== undefined; place = place.next) {
      into.add(place.calls, place.count);
      into.exemplify(place.latency, place.slowestSeconds, originOf(batch, place.slowestRow));
    }
  }
}

/** Duration of a span; of words, since BigInt is slow. */
export function secondsOf(batch: SpanBatch, row: number): number {
  return (batch.durationWords[2 * row]! + batch.durationWords[2 * row + 1]! * 4294967296) / 1e9;
}

function makePlace(batch: SpanBatch, row: number, table: SeriesTable, next: Place | undefined): Place {
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
    count: 0,
    slowestRow: row,
    slowestSeconds: -1,
    next,
  };
}

/** FNV-1a of the name, mixed with the rest of the combination. */
function hashOf(batch: SpanBatch, row: number): number {
  const { arena, name } = batch;
  const start = name.start[row]!;
  const end = name.end[row]!;
  const inBase = end <= arena.base.length;
  const bytes = inBase ? arena.base : arena.slice(start, end);
  const from = inBase ? start : 0;
  let hash = 0x811c9dc5 ^ (batch.resourceIndex[row]! << 6) ^ (batch.kind[row]! << 2) ^ batch.statusCode[row]!;
  for (let i = from; i < from + end - start; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}

function isAt(batch: SpanBatch, row: number, place: Place): boolean {
  return (
    place.resource === batch.resourceIndex[row] &&
    place.kind === batch.kind[row] &&
    place.status === batch.statusCode[row] &&
    sameText(batch, place.start, place.end, batch.name.start[row]!, batch.name.end[row]!)
  );
}

function sameText(batch: SpanBatch, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  const length = end - start;
  if (length !== otherEnd - otherStart) return false;
  const { arena } = batch;
  if (end <= arena.base.length && otherEnd <= arena.base.length) {
    for (let i = 0; i < length; i++) if (arena.base[start + i] !== arena.base[otherStart + i]) return false;
    return true;
  }
  return arena.text(start, end) === arena.text(otherStart, otherEnd);
}
