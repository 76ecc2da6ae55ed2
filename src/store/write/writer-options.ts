import type { StoreReader } from '../reader.ts';
import type { Inserter } from './inserter.ts';
import type { TimeWindow } from './time-window.ts';

/** What every signal's writer is given. */
export interface WriterOptions {
  readonly inserter: Pick<Inserter, 'insert'>;
  readonly reader: Pick<StoreReader, 'columns'>;
  readonly window: TimeWindow;
  readonly flushIntervalMs: number;
}
