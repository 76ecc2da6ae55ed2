import type { MetricMetadata, MetricType } from '../../../model/sample.ts';
import type { CommentLine } from './comment-line.ts';
import type { Dialect } from './dialect.ts';
import { ENTRY, ExpositionReader, type ExemplarText } from './reader.ts';
import type { SeriesText } from './series-text.ts';

/** A sample as written; `timestampMs` is NaN where the target gave none. */
export interface ParsedSample {
  readonly series: SeriesText;
  readonly value: number;
  readonly timestampMs: number;
  readonly exemplar?: ExemplarText;
}

export interface ParsedExposition {
  readonly samples: readonly ParsedSample[];
  readonly metadata: readonly MetricMetadata[];
}

/**
 * A whole answer as objects: for discovery, tests and small bodies. Scraping reads entry by entry instead.
 * @throws SondeError `exposition-invalid` with line, column and what stood there
 */
export function parseExposition(body: Uint8Array, dialect: Dialect): ParsedExposition {
  const reader = new ExpositionReader();
  const seriesByText: (SeriesText | undefined)[] = [];
  const samples: ParsedSample[] = [];
  const families = new FamilyMetadata();
  reader.open(body, dialect);
  for (let entry = reader.next(); entry !== ENTRY.END; entry = reader.next()) {
    if (reader.comment !== undefined) families.add(reader.comment);
    if (entry !== ENTRY.SAMPLE) continue;
    if (reader.series !== undefined) seriesByText[reader.textId] = reader.series;
    const exemplar = reader.exemplarStart > 0 ? { exemplar: reader.exemplar() } : {};
    const series = seriesByText[reader.textId]!;
    samples.push({ series, value: reader.value, timestampMs: reader.timestampMs, ...exemplar });
  }
  return { samples, metadata: families.drain() };
}

/** Gathers what comment lines say, family by family. Names are kept as the target declares them. */
export class FamilyMetadata {
  private readonly families = new Map<string, { type: MetricType; help: string; unit: string }>();
  private readonly changed = new Set<string>();

  add(comment: CommentLine): void {
    if (comment.kind === 'end' || comment.kind === 'remark') return;
    const known = this.families.get(comment.family) ?? { type: 'unknown', help: '', unit: '' };
    if (comment.kind === 'type') known.type = comment.type;
    else if (comment.kind === 'help') known.help = comment.text;
    else known.unit = comment.unit;
    this.families.set(comment.family, known);
    this.changed.add(comment.family);
  }

  /** What was added or changed since the last drain. */
  drain(): MetricMetadata[] {
    const result = [...this.changed].map((family) => ({ family, ...this.families.get(family)! }));
    this.changed.clear();
    return result;
  }

  /** Makes the next drain give everything, so that a store that forgets old metadata hears it again. */
  markAll(): void {
    for (const family of this.families.keys()) this.changed.add(family);
  }

  clear(): void {
    this.families.clear();
    this.changed.clear();
  }

  all(): MetricMetadata[] {
    return [...this.families].map(([family, rest]) => ({ family, ...rest }));
  }
}
