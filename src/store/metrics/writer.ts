import type { Exemplar, MetricBatch, MetricMetadata } from '../../model/sample.ts';
import type { Rejection } from '../../model/sink.ts';
import type { Series } from '../../model/series.ts';
import type { TableDescriptor } from '../schema/table.ts';
import { TABLES } from '../schema/tables.ts';
import type { Columns } from '../write/block-queue.ts';
import { BlockQueue } from '../write/block-queue.ts';
import type { WriteOutcome } from '../write/outcome.ts';
import { allStored } from '../write/pending.ts';
import type { TimeWindow } from '../write/time-window.ts';
import { DAY_MS, dateRows } from '../write/time-window.ts';
import type { WriterOptions } from '../write/writer-options.ts';
import {
  makeExemplarColumns,
  makeHistogramColumns,
  makeMetadataColumns,
  makeSampleColumns,
  makeSeriesColumns,
  pushExemplars,
  pushHistograms,
  pushMetadata,
  pushSamples,
  pushSeries,
} from './metric-columns.ts';
import { RecentTexts } from './recent-texts.ts';
import { SeriesMemory } from './series-memory.ts';

const MAX_ROWS = 250_000;
const MAX_BYTES = 32 * 1024 * 1024;
const REMEMBERED_FAMILIES = 50_000;
const REMEMBERED_EXEMPLARS = 100_000;

/** What a batch of metrics came to; exemplars are no samples and are counted apart. */
export interface MetricOutcome extends WriteOutcome {
  readonly exemplarsOutside: number;
}

/**
 * Writes samples, histograms and exemplars, and the labels of series that are new on their day. A second copy of a
 * sample does no harm: readers take one a series and time.
 */
export class MetricWriter {
  private readonly window: TimeWindow;
  private readonly nowMs: () => number;
  private readonly samples: BlockQueue<ReturnType<typeof makeSampleColumns>>;
  private readonly series: BlockQueue<ReturnType<typeof makeSeriesColumns>>;
  private readonly histograms: BlockQueue<ReturnType<typeof makeHistogramColumns>>;
  private readonly exemplars: BlockQueue<ReturnType<typeof makeExemplarColumns>>;
  private readonly metadata: BlockQueue<ReturnType<typeof makeMetadataColumns>>;
  private readonly known = new SeriesMemory();
  private readonly knownFamilies = new RecentTexts(REMEMBERED_FAMILIES);
  private readonly lastExemplars = new RecentTexts(REMEMBERED_EXEMPLARS);

  constructor(options: WriterOptions & { readonly nowMs: () => number }) {
    const { inserter, flushIntervalMs } = options;
    this.window = options.window;
    this.nowMs = options.nowMs;
    const queue = <C extends Columns>(table: TableDescriptor, makeColumns: () => C): BlockQueue<C> =>
      new BlockQueue({ inserter, flushIntervalMs, table, makeColumns, maxRows: MAX_ROWS, maxBytes: MAX_BYTES });
    this.samples = queue(TABLES.samples, makeSampleColumns);
    this.series = queue(TABLES.series, makeSeriesColumns);
    this.histograms = queue(TABLES.nativeHistograms, makeHistogramColumns);
    this.exemplars = queue(TABLES.exemplars, makeExemplarColumns);
    this.metadata = queue(TABLES.metadata, makeMetadataColumns);
  }

  async write(batch: MetricBatch, tenant: string, token: string | undefined): Promise<MetricOutcome> {
    const { timestampMs } = batch;
    const dated = dateRows(this.window, batch.length, (row) => timestampMs[row]!, 'sample');
    const histograms = this.dateObjects(batch.histograms, 'histogram');
    const exemplars = this.dateObjects(batch.exemplars, 'exemplar');
    const pending: Promise<void>[] = [];
    const seriesOfDay = new Map<number, Uint8Array>();
    let stored = 0;
    for (const [day, rows] of dated.byDay) {
      stored += rows.length;
      const used = usedSeries(seriesOfDay, day, batch);
      for (let r = 0; r < rows.length; r++) used[batch.seriesIndex[rows[r]!]!] = 1;
      appendParts(this.samples, day, rows, token, pending, (columns, part) =>
        pushSamples(columns, batch, part, tenant),
      );
    }
    for (const [day, items] of histograms.byDay) {
      stored += items.length;
      const used = usedSeries(seriesOfDay, day, batch);
      for (const { seriesIndex } of items) used[seriesIndex] = 1;
      appendParts(this.histograms, day, items, token, pending, (columns, part) =>
        pushHistograms(columns, batch, part, tenant),
      );
    }
    for (const [day, items] of exemplars.byDay) this.appendExemplars(day, items, batch, tenant, pending);
    for (const [day, used] of seriesOfDay) this.appendNewSeries(day, used, batch, tenant, pending);
    this.appendMetadata(batch.metadata, tenant, pending);
    await allStored(pending);
    return {
      stored,
      rejected: mergeRejections([...dated.rejected, ...histograms.rejected]),
      rejectedCount: dated.rejectedCount + histograms.rejectedCount,
      bytes: metricBytes(batch),
      exemplarsOutside: exemplars.rejectedCount,
    };
  }

  /** Forgets what it believes to be in the tables, after the engine was away. */
  forget(): void {
    this.known.clear();
    this.knownFamilies.clear();
    this.lastExemplars.clear();
  }

  async drain(): Promise<void> {
    const queues = [this.samples, this.series, this.histograms, this.exemplars, this.metadata];
    await Promise.all(queues.map((queue) => queue.drain()));
  }

  private dateObjects<T extends { readonly timestampMs: number }>(items: readonly T[], noun: string): DatedObjects<T> {
    if (items.length === 0) return { byDay: new Map(), rejected: [], rejectedCount: 0 };
    const dated = dateRows(this.window, items.length, (row) => items[row]!.timestampMs, noun);
    const byDay = new Map<number, T[]>();
    for (const [day, rows] of dated.byDay)
      byDay.set(
        day,
        Array.from(rows, (row) => items[row]!),
      );
    return { byDay, rejected: dated.rejected, rejectedCount: dated.rejectedCount };
  }

  private appendNewSeries(
    day: number,
    used: Uint8Array,
    batch: MetricBatch,
    tenant: string,
    pending: Promise<void>[],
  ): void {
    this.known.touch(tenant, day);
    const fresh: Series[] = [];
    for (let i = 0; i < used.length; i++) {
      const series = batch.series[i]!;
      if (used[i] === 1 && !this.known.has(tenant, day, series.fingerprintLow, series.fingerprintHigh))
        fresh.push(series);
    }
    if (fresh.length === 0) return;
    const writes: Promise<void>[] = [];
    appendParts(this.series, day, fresh, undefined, writes, (columns, part) => pushSeries(columns, part, day, tenant));
    pending.push(
      // Known only once they are stored: another batch must not rely on rows that may yet fail.
      allStored(writes).then(() => {
        for (const { fingerprintLow, fingerprintHigh } of fresh)
          this.known.add(tenant, day, fingerprintLow, fingerprintHigh);
      }),
    );
  }

  /** Scrapes show the same exemplar again and again. */
  private appendExemplars(
    day: number,
    items: readonly Exemplar[],
    batch: MetricBatch,
    tenant: string,
    pending: Promise<void>[],
  ): void {
    const fresh = items.filter((item) => !this.lastExemplars.isLast(...exemplarKey(item, batch, tenant)));
    if (fresh.length === 0) return;
    const writes: Promise<void>[] = [];
    appendParts(this.exemplars, day, fresh, undefined, writes, (columns, part) =>
      pushExemplars(columns, batch, part, tenant),
    );
    pending.push(
      allStored(writes).then(() => {
        for (const item of fresh) this.lastExemplars.set(...exemplarKey(item, batch, tenant));
      }),
    );
  }

  private appendMetadata(metadata: readonly MetricMetadata[], tenant: string, pending: Promise<void>[]): void {
    const fresh = metadata.filter((item) => !this.knownFamilies.isLast(...metadataKey(item, tenant)));
    if (fresh.length === 0) return;
    const writes: Promise<void>[] = [];
    const nowMs = this.nowMs();
    appendParts(this.metadata, Math.floor(nowMs / DAY_MS), fresh, undefined, writes, (columns, part) =>
      pushMetadata(columns, part, nowMs, tenant),
    );
    pending.push(
      allStored(writes).then(() => {
        for (const item of fresh) this.knownFamilies.set(...metadataKey(item, tenant));
      }),
    );
  }
}

interface DatedObjects<T> {
  readonly byDay: ReadonlyMap<number, readonly T[]>;
  readonly rejected: readonly Rejection[];
  readonly rejectedCount: number;
}

/** About what a batch weighs, in the queue and on its way. */
export function metricBytes(batch: MetricBatch): number {
  return batch.length * 32 + batch.series.length * 64 + batch.histograms.length * 512 + batch.exemplars.length * 128;
}

function usedSeries(byDay: Map<number, Uint8Array>, day: number, batch: MetricBatch): Uint8Array {
  let used = byDay.get(day);
  if (used === undefined) {
    used = new Uint8Array(batch.series.length);
    byDay.set(day, used);
  }
  return used;
}

/** Appends items in portions that fit into the queue's blocks. */
function appendParts<C extends Columns, T, L extends readonly T[] | Uint32Array>(
  queue: BlockQueue<C>,
  day: number,
  items: L,
  token: string | undefined,
  pending: Promise<void>[],
  push: (columns: C, part: L) => void,
): void {
  for (let from = 0; from < items.length;) {
    const to = from + queue.roomFor(day);
    const part = (items instanceof Uint32Array ? items.subarray(from, to) : items.slice(from, to)) as L;
    pending.push(
      queue.append({
        day,
        ...(token === undefined ? {} : { token: `${token}:${day}:${from}` }),
        fill: (columns) => push(columns, part),
      }),
    );
    from += part.length;
  }
}

function exemplarKey(item: Exemplar, batch: MetricBatch, tenant: string): [key: string, text: string] {
  const { fingerprintLow, fingerprintHigh } = batch.series[item.seriesIndex]!;
  return [`${fingerprintLow}:${fingerprintHigh}:${tenant}`, `${item.timestampMs}:${item.value}`];
}

function metadataKey(item: MetricMetadata, tenant: string): [key: string, text: string] {
  return [`${item.family}\0${tenant}`, `${item.type}\0${item.unit}\0${item.help}`];
}

function mergeRejections(rejections: readonly Rejection[]): Rejection[] {
  const byReason = new Map<string, Rejection>();
  for (const rejection of rejections) {
    const known = byReason.get(rejection.reason);
    byReason.set(
      rejection.reason,
      known === undefined ? rejection : { ...known, count: known.count + rejection.count },
    );
  }
  return [...byReason.values()];
}
