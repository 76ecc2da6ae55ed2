import type { StoreReader } from '../../store/index.ts';
import { bigAt, hexAt, numberAt, textAt } from '../traces/index.ts';
import { slowestCallsSql, type SpanScope } from './sql.ts';

/** A model call that stands for its time: the one that waited longest for its first token. */
export interface SlowCall {
  readonly startUnixMs: number;
  readonly ttftSeconds: number;
  readonly traceId: string;
  readonly spanId: string | null;
  readonly service: string;
  readonly model: string;
}

/** The slowest call of each of `parts` equal parts of the range, in order of time. */
export async function readSlowestCalls(
  reader: StoreReader,
  scope: SpanScope,
  parts: number,
  signal: AbortSignal,
): Promise<SlowCall[]> {
  const { sql, params } = slowestCallsSql(scope, parts);
  const set = await reader.columns(sql, { params, signal, limits: { timeoutMs: 15_000 } });
  return Array.from({ length: set.rows }, (_, row) => ({
    startUnixMs: Number(bigAt(set.get('start_ns'), row)) / 1e6,
    ttftSeconds: numberAt(set.get('seconds'), row)!,
    traceId: hexAt(set.get('trace'), row) ?? '',
    spanId: hexAt(set.get('span'), row),
    service: textAt(set.get('service_name'), row),
    model: textAt(set.get('model'), row),
  }));
}
