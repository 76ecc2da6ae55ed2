import type { Rejection } from '../../model/sink.ts';

/** What a writer did with a batch, known when its rows are stored. */
export interface WriteOutcome {
  /** Rows that are stored. */
  readonly stored: number;
  readonly rejected: readonly Rejection[];
  readonly rejectedCount: number;
  /** About what the stored rows weigh. */
  readonly bytes: number;
}
