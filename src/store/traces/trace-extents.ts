import type { SpanBatch } from '../../model/span.ts';
import { DictionaryColumnEncoder, FixedColumnEncoder } from '../native/column-encoder.ts';

/** Encoders of the table `trace_times`. */
export type TraceTimeColumns = ReturnType<typeof makeTraceTimeColumns>;

export function makeTraceTimeColumns() {
  return {
    tenant: new DictionaryColumnEncoder(),
    trace_id: new FixedColumnEncoder('FixedString(16)', 16),
    lo: new FixedColumnEncoder('DateTime64(9)', 8),
    hi: new FixedColumnEncoder('DateTime64(9)', 8),
  };
}

/** The traces among rows of a batch: for each the rows that start first and last. */
export interface TraceExtents {
  readonly count: number;
  readonly first: Uint32Array;
  readonly last: Uint32Array;
}

/** Finds the distinct traces by an open hash table over the ids' words. */
export function traceExtents(batch: SpanBatch, rows: Uint32Array): TraceExtents {
  const ids = new Uint32Array(batch.traceId.buffer, batch.traceId.byteOffset, batch.traceId.byteLength >> 2);
  const first = new Uint32Array(rows.length);
  const last = new Uint32Array(rows.length);
  let size = 16;
  while (size < rows.length * 2) size *= 2;
  const slots = new Int32Array(size).fill(-1);
  let count = 0;
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    const at = row * 4;
    // Ids are random, but some senders count in one half.
    const hash = Math.imul(ids[at]! ^ ids[at + 2]!, 0x9e3779b1) ^ Math.imul(ids[at + 1]! ^ ids[at + 3]!, 0x85ebca6b);
    let slot = (hash ^ (hash >>> 15)) & (size - 1);
    for (;;) {
      const trace = slots[slot]!;
      if (trace < 0) {
        slots[slot] = count;
        first[count] = row;
        last[count++] = row;
        break;
      }
      const known = first[trace]! * 4;
      if (
        ids[known] === ids[at] &&
        ids[known + 1] === ids[at + 1] &&
        ids[known + 2] === ids[at + 2] &&
        ids[known + 3] === ids[at + 3]
      ) {
        if (startsBefore(batch.startWords, row, first[trace]!)) first[trace] = row;
        if (startsBefore(batch.startWords, last[trace]!, row)) last[trace] = row;
        break;
      }
      slot = (slot + 1) & (size - 1);
    }
  }
  return { count, first, last };
}

export function pushTraceTimes(
  columns: TraceTimeColumns,
  batch: SpanBatch,
  extents: TraceExtents,
  tenant: string,
  from: number,
  to: number,
): void {
  const tenantIndex = columns.tenant.indexOf(tenant);
  for (let i = from; i < to; i++) {
    const [lo, hi] = [extents.first[i]!, extents.last[i]!];
    columns.tenant.pushIndex(tenantIndex);
    columns.trace_id.pushRange(batch.traceId, lo * 16);
    columns.lo.pushWords(batch.startWords[2 * lo]!, batch.startWords[2 * lo + 1]!);
    columns.hi.pushWords(batch.startWords[2 * hi]!, batch.startWords[2 * hi + 1]!);
  }
}

/** Times within the window are positive, so that words compare as they are. */
function startsBefore(words: Uint32Array, a: number, b: number): boolean {
  const [highA, highB] = [words[2 * a + 1]!, words[2 * b + 1]!];
  return highA < highB || (highA === highB && words[2 * a]! < words[2 * b]!);
}
