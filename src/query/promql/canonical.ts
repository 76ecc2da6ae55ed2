import type { CanonicalSource } from '../../vocabulary/catalogue.ts';
import { storedMatchers, viewOf, type CanonicalView, type ViewedSeries, type ViewPart } from './canonical-view.ts';
import type { Catalogue, CatalogueRequest, SeriesExemplars } from './catalogue.ts';
import type { QueryVocabulary } from './engine.ts';
import type { LabelSet } from './label-set.ts';
import { metricOf, type Matcher } from './matcher.ts';
import { combineParts, keepOutside, partSamples } from './canonical-samples.ts';
import type { SampleSeries } from './series.ts';
import type { GridRequest, GridResult, SelectRequest, Selection, Source } from './source.ts';

/**
 * Canonical metrics as views: a selector that names one also reads every stored metric that the catalogue maps to
 * it. Any other selector goes through as it is.
 */
export class CanonicalViews implements Source {
  private readonly inner: Source;
  private readonly vocabulary: QueryVocabulary;
  private readonly lookbackMs: number;

  constructor(inner: Source, vocabulary: QueryVocabulary, lookbackMs: number) {
    this.inner = inner;
    this.vocabulary = vocabulary;
    this.lookbackMs = lookbackMs;
  }

  async select(request: SelectRequest): Promise<Selection> {
    const name = metricOf(request.matchers);
    const sources = name === undefined ? [] : this.vocabulary.canonicalSources(name);
    if (name === undefined || sources.length === 0) return this.inner.select(request);
    const stored = await this.inner.select({ ...request, matchers: storedMatchers(sources, request.matchers) });
    const view = viewOf(name, sources, request.matchers, stored.labels);
    return new ViewSelection(view, stored, this.lookbackMs);
  }

  async exemplars(
    matchers: readonly Matcher[],
    sources: readonly CanonicalSource[],
    catalogue: Catalogue,
    request: CatalogueRequest,
    maxSeries: number,
  ): Promise<SeriesExemplars[]> {
    const stored = await catalogue.exemplars(storedMatchers(sources, matchers), request, maxSeries);
    const labels = stored.map((one) => one.labels);
    const view = viewOf(metricOf(matchers)!, sources, matchers, labels);
    return view.series.map((series) => {
      const preferred = preferredParts(series, view);
      return {
        labels: series.labels,
        exemplars: preferred.flatMap(({ source, index }) =>
          stored[index]!.exemplars.map((exemplar) => ({
            ...exemplar,
            value: exemplar.value * source.scale * source.scaleLe,
          })),
        ),
      };
    });
  }
}

/** Labels of canonical series, for questions on what there is. */
export async function viewedSeries(
  sources: readonly CanonicalSource[],
  matchers: readonly Matcher[],
  catalogue: Catalogue,
  request: CatalogueRequest,
  limit: number,
): Promise<LabelSet[]> {
  const stored = await catalogue.series(storedMatchers(sources, matchers), request, limit);
  return viewOf(metricOf(matchers)!, sources, matchers, stored).series.map(({ labels }) => labels);
}

/** Canonical names that any of the stored metrics answers for. */
export function viewedNames(stored: readonly string[], vocabulary: QueryVocabulary): string[] {
  const there = new Set(stored);
  return vocabulary
    .canonicalNames()
    .flatMap((family) =>
      ['', '_bucket', '_sum', '_count']
        .map((suffix) => family + suffix)
        .filter((name) => vocabulary.canonicalSources(name).some(({ native }) => there.has(native))),
    );
}

function preferredParts({ target, parts }: ViewedSeries, view: CanonicalView): readonly ViewPart[] {
  if (!view.contested.has(target)) return parts;
  const ranks = view.series
    .filter((other) => other.target === target)
    .flatMap((other) => other.parts.map(({ source }) => source.rank));
  const best = Math.min(...ranks);
  return parts.filter(({ source }) => source.rank === best);
}

class ViewSelection implements Selection {
  readonly labels: readonly LabelSet[];
  readonly notes: readonly string[];
  private readonly view: CanonicalView;
  private readonly stored: Selection;
  private readonly lookbackMs: number;
  readonly onGrid?: (request: GridRequest) => Promise<GridResult | undefined>;

  constructor(view: CanonicalView, stored: Selection, lookbackMs: number) {
    this.view = view;
    this.stored = stored;
    this.lookbackMs = lookbackMs;
    this.labels = view.series.map(({ labels }) => labels);
    this.notes = view.notes;
    const inner = stored.onGrid?.bind(stored);
    if (inner !== undefined && this.isPlain()) this.onGrid = (request) => inner(this.storedRequest(request));
  }

  async read(indices?: readonly number[]): Promise<readonly SampleSeries[]> {
    const wanted = indices?.map((index) => this.view.series[index]!) ?? this.view.series;
    // To tell which source counts, all that report on the same target are needed.
    const targets = new Set(wanted.map(({ target }) => target).filter((target) => this.view.contested.has(target)));
    const beside = this.view.series.filter(({ target }) => targets.has(target));
    const parts = [...new Set([...wanted, ...beside])].flatMap((series) => series.parts);
    const needed = [
      ...new Set(parts.flatMap(({ index, operand }) => (operand === undefined ? [index] : [index, operand]))),
    ];
    const samples = await this.stored.read(needed);
    const byIndex = new Map(needed.map((index, i) => [index, samples[i]!]));
    const read = new Map(parts.map((part) => [part, partSamples(part, byIndex)]));
    const coverage = new Coverage([...targets], beside, read);
    return wanted.map(({ labels, target, parts: own }) => {
      const kept = own.map((part) => ({
        part,
        series: keepOutside(read.get(part)!, coverage.above(target, part.source.rank), this.lookbackMs),
      }));
      return { ...combineParts(kept), labels, dropName: false };
    });
  }

  /** Whether every canonical series is one stored series but for names and a factor. */
  private isPlain(): boolean {
    return (
      this.view.contested.size === 0 &&
      this.view.series.every(
        ({ parts }) =>
          parts.length === 1 && parts[0]!.operand === undefined && parts[0]!.source.absentFrom === undefined,
      )
    );
  }

  private storedRequest(request: GridRequest): GridRequest {
    const groups = new Int32Array(this.stored.labels.length).fill(-1);
    const scales = new Float64Array(this.stored.labels.length).fill(1);
    this.view.series.forEach(({ parts }, i) => {
      const { index, source } = parts[0]!;
      groups[index] = request.groups[i]!;
      scales[index] = source.scale;
    });
    const scaled = request.aggregate !== 'count' && scales.some((scale) => scale !== 1);
    return { ...request, groups, ...(scaled ? { scales } : {}) };
  }
}

/** When preferred sources of contested targets had samples. */
class Coverage {
  /** By target: times with their source's rank, ascending in time. */
  private readonly times = new Map<string, { readonly rank: number; readonly times: Float64Array }[]>();

  constructor(targets: readonly string[], series: readonly ViewedSeries[], read: ReadonlyMap<ViewPart, SampleSeries>) {
    for (const target of targets) {
      const parts = series.filter((one) => one.target === target).flatMap((one) => one.parts);
      this.times.set(
        target,
        parts.map((part) => ({ rank: part.source.rank, times: sampleTimes(read.get(part)!) })),
      );
    }
  }

  /** Times at which a better source than one of `rank` had a sample, ascending. */
  above(target: string, rank: number): Float64Array {
    const better = (this.times.get(target) ?? []).filter((one) => one.rank < rank);
    const all = new Float64Array(better.reduce((sum, { times }) => sum + times.length, 0));
    let at = 0;
    for (const { times } of better) {
      all.set(times, at);
      at += times.length;
    }
    return all.sort();
  }
}

function sampleTimes({ times, stale, histograms }: SampleSeries): Float64Array {
  const alive = stale === undefined ? times : times.filter((_, i) => stale[i] === 0);
  if (histograms === undefined) return alive;
  return Float64Array.from([...alive, ...histograms.times]);
}
