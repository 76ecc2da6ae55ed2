import { setImmediate as nextTurn } from 'node:timers/promises';
import { MetricBatch } from '../../../model/sample.ts';
import { makeSeries, type Labels } from '../../../model/series.ts';
import type { ScrapeLimits } from '../config.ts';
import type { Dialect } from '../exposition/dialect.ts';
import { FamilyMetadata } from '../exposition/parse.ts';
import { ENTRY, ExpositionReader } from '../exposition/reader.ts';
import type { RelabelRule } from '../relabel-config.ts';
import { SampleLabels, overLimit } from './sample-labels.ts';
import { SeriesTable, type SeriesId } from './series-table.ts';

/** How a target's answers become samples. */
export interface DecoderSettings {
  /** The target's own labels, added to every sample. */
  readonly targetLabels: Labels;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  readonly metricRelabelRules: readonly RelabelRule[];
  readonly limits: ScrapeLimits;
}

/** What was in an answer; of one that was refused, in the part that was read. */
export interface ScrapeCounts {
  /** Samples in the answer. */
  scraped: number;
  /** Of these, after relabelling. */
  kept: number;
  /** Samples dropped because their series and timestamp came before in the same answer. */
  duplicates: number;
  /** Series that were not there the last time. */
  added: number;
}

/** Entries between two looks at other work, so that a huge answer does not hold up everything else. */
const ENTRIES_PER_TURN = 20_000;
/** Metadata is told again this often, so that a store may forget what nobody exports any more. */
const METADATA_INTERVAL_MS = 600_000;
/** In place of a series' number: relabelling drops it. */
const DROPPED = -1;

/**
 * Turns the answers of one target into batches and knows which series have vanished since.
 *
 * What is worked out for a series text (relabelling, identity) is kept under its number and looked up from then
 * on; the steady scrape makes no strings (bench: `receive/scrape`).
 */
export class ScrapeDecoder {
  /** Of the answer decoded last, also when it was refused. */
  counts: ScrapeCounts = { scraped: 0, kept: 0, duplicates: 0, added: 0 };
  private readonly settings: DecoderSettings;
  private readonly labels: SampleLabels;
  private readonly reader = new ExpositionReader();
  private readonly table = new SeriesTable();
  private readonly families = new FamilyMetadata();
  /** [reader.index.length] series of each text; `DROPPED` too for comment lines */
  private seriesOfText = new Int32Array(256).fill(DROPPED);
  private generation = 1;
  /** Series that become stale if they are missing the next time. */
  private live: SeriesId[] = [];
  /** Series whose staleness was to be told in a batch that was not stored. */
  private owed: SeriesId[] = [];
  private toldStale: SeriesId[] = [];
  private metadataToldMs = -Infinity;
  /** What stood behind a series' last sample: an exemplar is exposed until the next one comes, and stored once. */
  private readonly lastExemplar = new Map<SeriesId, string>();

  constructor(settings: DecoderSettings) {
    this.settings = settings;
    this.labels = new SampleLabels(settings);
  }

  /**
   * Decodes an answer; nothing of it counts if it throws: call `vanish` then.
   * @param timeMs timestamp of samples that bring none
   * @throws SondeError `exposition-invalid`, `scrape-sample-limit`, `scrape-label-limit`
   */
  async decode(body: Uint8Array, dialect: Dialect, timeMs: number): Promise<MetricBatch> {
    const { reader, table } = this;
    const batch = new MetricBatch();
    const counts = { scraped: 0, kept: 0, duplicates: 0, added: 0 };
    this.counts = counts;
    const live: SeriesId[] = [];
    const { sampleLimit } = this.settings.limits;
    const generation = ++this.generation;
    reader.open(body, dialect);
    let turn = 0;
    for (let entry = reader.next(); entry !== ENTRY.END; entry = reader.next()) {
      if (++turn % ENTRIES_PER_TURN === 0) await nextTurn();
      if (entry === ENTRY.COMMENT) {
        if (reader.comment !== undefined) this.families.add(reader.comment);
        continue;
      }
      counts.scraped++;
      if (reader.series !== undefined) this.learn();
      const id = this.seriesOfText[reader.textId]!;
      if (id === DROPPED) continue;
      // Past the limit the rest is only counted, to say how many there are.
      if (++counts.kept > sampleLimit && sampleLimit > 0) continue;
      const isTimed = this.settings.honorTimestamps && !Number.isNaN(reader.timestampMs);
      const timestampMs = isTimed ? reader.timestampMs : timeMs;
      if (table.seenAt[id] !== generation) {
        if (table.seenAt[id] !== generation - 1) counts.added++;
        table.seenAt[id] = generation;
        table.batchIndex[id] = batch.addSeries(table.series[id]!);
        if (!isTimed || this.settings.trackTimestampsStaleness) live.push(id);
      } else if (table.timestampMs[id] === timestampMs) {
        counts.duplicates++;
        continue;
      }
      table.timestampMs[id] = timestampMs;
      batch.addSample(table.batchIndex[id]!, timestampMs, reader.value);
      if (reader.exemplarStart > 0) this.addExemplar(batch, id, timestampMs);
    }
    if (sampleLimit > 0 && counts.kept > sampleLimit) {
      throw overLimit('sample', `the answer has ${counts.kept} samples, the limit is ${sampleLimit}`, 'sample_limit');
    }
    this.markStale(batch, timeMs, (id) => table.seenAt[id] !== generation);
    this.live = live;
    this.tellMetadata(batch, timeMs);
    if (reader.index.length > 2 * turn + 1000 || table.length > 2 * batch.series.length + 1000) this.compact();
    return batch;
  }

  /** The target failed or is gone: marks all its series as stale in `batch`. */
  vanish(batch: MetricBatch, timeMs: number): void {
    this.markStale(batch, timeMs, () => true);
    this.live = [];
    // Whatever comes next was not there the last time.
    this.generation += 2;
  }

  /** The last batch was not stored: what it said is said again. */
  notStored(): void {
    this.owed = this.toldStale;
    this.metadataToldMs = -Infinity;
  }

  private learn(): void {
    const { textId, series } = this.reader;
    if (textId >= this.seriesOfText.length) {
      const grown = new Int32Array((textId + 1) * 2).fill(DROPPED);
      grown.set(this.seriesOfText);
      this.seriesOfText = grown;
    }
    try {
      const labels = this.labels.of(series!);
      this.seriesOfText[textId] =
        labels === undefined ? DROPPED : this.table.intern(makeSeries(labels.metric, labels.labels));
    } catch (error) {
      // The text has its number already, and would count as known the next time.
      this.forgetTexts();
      throw error;
    }
  }

  private addExemplar(batch: MetricBatch, id: SeriesId, sampleTimeMs: number): void {
    const text = this.reader.exemplarText();
    if (this.lastExemplar.get(id) === text) return;
    const { labels, value, timestampMs } = this.reader.exemplar();
    this.lastExemplar.set(id, text);
    batch.exemplars.push({
      seriesIndex: this.table.batchIndex[id]!,
      labels: makeSeries('', labels).labels,
      value,
      timestampMs: Number.isNaN(timestampMs) ? sampleTimeMs : timestampMs,
    });
  }

  private markStale(batch: MetricBatch, timeMs: number, isGone: (id: SeriesId) => boolean): void {
    const { generation, table } = this;
    this.toldStale = [...this.live, ...this.owed].filter((id) => isGone(id));
    this.owed = [];
    for (const id of this.toldStale) {
      const known = table.seenAt[id] === generation ? table.batchIndex[id]! : -1;
      const isInBatch = known >= 0 && batch.series[known] === table.series[id];
      batch.addStale(isInBatch ? known : batch.addSeries(table.series[id]!), timeMs);
    }
  }

  private tellMetadata(batch: MetricBatch, timeMs: number): void {
    if (timeMs - this.metadataToldMs >= METADATA_INTERVAL_MS) {
      this.families.markAll();
      this.metadataToldMs = timeMs;
    }
    batch.metadata.push(...this.families.drain());
  }

  /** Forgets texts and series that no longer come, once they outnumber those that do. */
  private compact(): void {
    const { table, generation } = this;
    const told = new Set(this.toldStale);
    const kept = table.series.map((_, id) => id).filter((id) => table.seenAt[id] === generation || told.has(id));
    const numbers = new Map(kept.map((id, i) => [id, i]));
    table.compact(kept);
    this.live = this.live.map((id) => numbers.get(id)!);
    this.toldStale = this.toldStale.map((id) => numbers.get(id)!);
    this.lastExemplar.clear();
    this.families.clear();
    this.forgetTexts();
  }

  private forgetTexts(): void {
    this.reader.index.clear();
    this.seriesOfText.fill(DROPPED);
  }
}
