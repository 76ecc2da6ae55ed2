import { groupKey, LabelSet, METRIC_NAME } from './label-set.ts';
import { makeMatcher, matchesAll, type Matcher } from './matcher.ts';
import { formatFloat } from './number-format.ts';
import { parseBound } from './histogram/classic.ts';
import type { CanonicalSource } from '../../vocabulary/catalogue.ts';

/** What a stored series contributes to a canonical one. */
export interface ViewPart {
  readonly source: CanonicalSource;
  /** Of the stored series. */
  readonly index: number;
  /** Of the stored series it is combined with. */
  readonly operand: number | undefined;
}

/** A canonical series and what it is made of. */
export interface ViewedSeries {
  readonly labels: LabelSet;
  /** Which thing it measures: of sources that measure the same thing only the preferred one counts. */
  readonly target: string;
  readonly parts: readonly ViewPart[];
}

/** Canonical series over stored ones. */
export interface CanonicalView {
  readonly series: readonly ViewedSeries[];
  /** Targets that sources of more than one rank report on. */
  readonly contested: ReadonlySet<string>;
  /** What it was read from and where it is an approximation. */
  readonly notes: readonly string[];
}

/** Matchers for the stored series that a view may need: their names, and what holds for native labels as well. */
export function storedMatchers(sources: readonly CanonicalSource[], asked: readonly Matcher[]): Matcher[] {
  const names = new Set(
    sources.flatMap(({ native, operand }) => [native, ...(operand === undefined ? [] : [operand.native])]),
  );
  const pattern = [...names].map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|');
  return [makeMatcher(METRIC_NAME, '=~', pattern), ...asked.filter((matcher) => holdsForStored(matcher, sources))];
}

/** Whether a matcher on canonical labels says the same of the stored labels, for all sources. */
function holdsForStored({ name, op, value }: Matcher, sources: readonly CanonicalSource[]): boolean {
  if (name === METRIC_NAME || name === 'le') return false;
  return sources.every((source) => {
    const renamed = source.labels.has(name) || [...source.labels.values()].includes(name);
    const added = source.add.some(([label]) => label === name);
    const mayVanish = source.absentLabelValue !== undefined && !(op === '=' && value !== '');
    return !renamed && !added && !source.maxOver.includes(name) && !mayVanish;
  });
}

/**
 * Makes canonical series of stored ones, as `CanonicalSource` lays down.
 * @param name   the canonical name as the query spells it; becomes `__name__`
 * @param stored labels of the stored series
 */
export function viewOf(
  name: string,
  sources: readonly CanonicalSource[],
  asked: readonly Matcher[],
  stored: readonly LabelSet[],
): CanonicalView {
  const byMetric = new Map<string, number[]>();
  stored.forEach((labels, index) => {
    const metric = labels.get(METRIC_NAME);
    const indices = byMetric.get(metric);
    if (indices === undefined) byMetric.set(metric, [index]);
    else indices.push(index);
  });
  const matchers = asked.filter((matcher) => matcher.name !== METRIC_NAME);
  const series = new Map<string, { labels: LabelSet; target: string; parts: ViewPart[] }>();
  const ranks = new Map<string, Set<number>>();
  const used = new Set<CanonicalSource>();
  for (const source of sources) {
    const where = source.where.map((filter) => makeMatcher(filter.label, filter.op, filter.value));
    const operands = source.operand === undefined ? undefined : operandsOf(byMetric.get(source.operand.native), stored);
    for (const index of byMetric.get(source.native) ?? []) {
      const native = stored[index]!;
      if (!matchesAll(where, (label) => native.get(label))) continue;
      const operand = operands?.get(native.without([METRIC_NAME]).key);
      if (operands !== undefined && operand === undefined) continue;
      const labels = canonicalLabels(name, source, native);
      if (!matchesAll(matchers, (label) => labels.get(label))) continue;
      used.add(source);
      const target = targetOf(labels, source.identity);
      ranks.set(target, (ranks.get(target) ?? new Set()).add(source.rank));
      const known = series.get(labels.key);
      if (known === undefined) series.set(labels.key, { labels, target, parts: [{ source, index, operand }] });
      else known.parts.push({ source, index, operand });
    }
  }
  const contested = new Set([...ranks].filter(([, own]) => own.size > 1).map(([target]) => target));
  return { series: [...series.values()], contested, notes: notesOn(name, [...used]) };
}

/** Operand series by their labels. */
function operandsOf(indices: readonly number[] | undefined, stored: readonly LabelSet[]): Map<string, number> {
  return new Map((indices ?? []).map((index) => [stored[index]!.without([METRIC_NAME]).key, index]));
}

function canonicalLabels(name: string, source: CanonicalSource, native: LabelSet): LabelSet {
  const labels = new Map<string, string>([[METRIC_NAME, name]]);
  const renamed: [string, string][] = [];
  for (const [label, value] of native) {
    if (label === METRIC_NAME || source.maxOver.includes(label)) continue;
    if (source.absentLabelValue !== undefined && value === source.absentLabelValue) continue;
    const to = source.labels.get(label);
    if (to === undefined) labels.set(label, label === 'le' ? scaledBound(value, source.scaleLe) : value);
    else if (to !== '') renamed.push([to, value]);
  }
  for (const [label, value] of [...renamed, ...source.add]) if (!labels.has(label)) labels.set(label, value);
  return LabelSet.of(labels);
}

/** One spelling of each bound, so that buckets of different servers add up. */
function scaledBound(text: string, scale: number): string {
  const bound = parseBound(text);
  if (bound === undefined) return text;
  // 0.001 times 3 is 0.003 and not 0.0030000000000000001.
  return formatFloat(scale === 1 ? bound : Number((bound * scale).toPrecision(12)));
}

function targetOf(labels: LabelSet, identity: readonly string[]): string {
  const key = groupKey(labels, identity, false);
  return key === '' ? groupKey(labels, ['job', 'instance', 'gpu'], false) : key;
}

function notesOn(name: string, used: readonly CanonicalSource[]): string[] {
  const read = used.filter(({ native }) => native !== name);
  if (read.length === 0) return [];
  const list = read.map(({ native, system }) => `${native} (${system})`);
  const notes = [`${name} is read from ${[...new Set(list)].join(', ')}`];
  for (const { native, approximate } of used) {
    if (approximate !== undefined) notes.push(`${name} is approximate where it comes from ${native}: ${approximate}`);
  }
  return notes;
}
