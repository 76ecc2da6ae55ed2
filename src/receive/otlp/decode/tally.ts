import type { Rejection } from '../../../model/sink.ts';

/**
 * What a decoder could not take or had to change, by reason. Reasons are from the bounded sets in this component;
 * they become partial success and entries of the ledger.
 */
export class Tally {
  /** Whole records left out. */
  readonly rejected = new Map<string, { count: number; where: string }>();
  /** Fields and attributes that were cut, left out or mended. */
  readonly changed = new Map<string, { count: number; bytes: number }>();

  reject(reason: RejectReason, where: string, count = 1): void {
    const known = this.rejected.get(reason);
    if (known === undefined) this.rejected.set(reason, { count, where });
    else known.count += count;
  }

  change(reason: ChangeReason, bytes: number): void {
    const known = this.changed.get(reason);
    if (known === undefined) this.changed.set(reason, { count: 1, bytes });
    else {
      known.count++;
      known.bytes += bytes;
    }
  }

  rejections(): Rejection[] {
    return [...this.rejected].map(([reason, { count, where }]) => ({ reason, count, where }));
  }

  rejectedCount(): number {
    let sum = 0;
    for (const { count } of this.rejected.values()) sum += count;
    return sum;
  }
}

/** Why a span, record or data point is refused. */
export type RejectReason =
  | 'bad-trace-id'
  | 'bad-span-id'
  | 'no-start-time'
  | 'no-time'
  | 'time-out-of-range'
  | 'no-temporality'
  | 'no-metric-name'
  | 'no-value'
  | 'bad-buckets'
  | 'bad-scale'
  | 'delta-out-of-order'
  | 'delta-stream-limit';

/** Why a field differs from what was sent. */
export type ChangeReason =
  | 'attribute-limit'
  | 'attribute-truncated'
  | 'attribute-depth'
  | 'attribute-no-key'
  | 'text-truncated'
  | 'invalid-utf8'
  | 'bad-parent-id'
  | 'bad-link'
  | 'bad-trace-id'
  | 'end-before-start'
  | 'exemplar-no-value';
