import type { MetricType } from '../model/sample.ts';
import type { Label } from '../model/series.ts';
import type { CanonicalMetric } from './canonical.ts';
import { CLIENT_METRICS, GATEWAY_METRICS, SERVER_METRICS } from './genai.ts';
import { DCGM } from './hardware/dcgm.ts';
import { NVIDIA_SMI } from './hardware/nvidia-smi.ts';
import { GPU_METRICS, HOST_METRICS } from './infrastructure.ts';
import type { LabelFilter, MappingLine, MetricTable } from './mapping.ts';
import { OTEL, otelSpellings } from './otel-metrics.ts';
import { NODE_EXPORTER } from './platform/node-exporter.ts';
import { DYNAMO } from './servers/dynamo.ts';
import { LITELLM } from './servers/litellm.ts';
import { LLAMACPP } from './servers/llamacpp.ts';
import { NIM } from './servers/nim.ts';
import { RAY_SERVE } from './servers/ray-serve.ts';
import { SGLANG } from './servers/sglang.ts';
import { TEI } from './servers/tei.ts';
import { TGI } from './servers/tgi.ts';
import { TORCHSERVE } from './servers/torchserve.ts';
import { TRITON } from './servers/triton.ts';
import { TRTLLM } from './servers/trtllm.ts';
import { VLLM } from './servers/vllm.ts';

/**
 * All tables, in order of preference: what a sender itself calls by the canonical name comes first, exporters that
 * know a GPU best before servers that mention it, engines before what stands around them.
 */
export const METRIC_TABLES: readonly MetricTable[] = [
  OTEL,
  DCGM,
  NVIDIA_SMI,
  NODE_EXPORTER,
  VLLM,
  SGLANG,
  TGI,
  TRTLLM,
  NIM,
  TEI,
  LLAMACPP,
  DYNAMO,
  TORCHSERVE,
  TRITON,
  RAY_SERVE,
  LITELLM,
];

export const CANONICAL_METRICS: readonly CanonicalMetric[] = [
  ...SERVER_METRICS,
  ...GATEWAY_METRICS,
  ...CLIENT_METRICS,
  ...GPU_METRICS,
  ...HOST_METRICS,
];

/**
 * One stored metric that can answer for a canonical name, and how to make canonical series of its series.
 *
 * For each stored series of `native` that fulfils `where` (native labels), in this order:
 * 1. leave out samples whose value is >= `absentFrom`; leave out labels whose value is `absentLabelValue`;
 * 2. with `operand`, combine with the series of `operand.native` that has the same labels (none: no result);
 * 3. multiply values by `scale`, and the number in `le` by `scaleLe`;
 * 4. rename labels by `labels` ('' takes a label away; where the canonical label is there already, that one stays),
 *    then add those of `add` that are not there yet;
 * 5. with `maxOver`, take the highest value of series that differ only in these labels, and take the labels away.
 *
 * Then choose, so that renames never count twice: group the results of all sources by the values of the labels in
 * `identity` (a series that has none of them: by `job`, `instance` and `gpu`). In each group, at any moment, only the
 * sources of the lowest `rank` that has samples count. Sources of equal rank are parts of one whole: all count.
 */
export interface CanonicalSource {
  /** The canonical name this answers for, with `_bucket`, `_sum` or `_count` where asked so. */
  readonly canonical: string;
  /** Name of the stored series, exact. */
  readonly native: string;
  /** Short name of the system: `vllm`, `dcgm`, `otel`. */
  readonly system: string;
  /** Type of the native family. */
  readonly type: MetricType;
  /** Lower is preferred. */
  readonly rank: number;
  readonly scale: number;
  readonly scaleLe: number;
  readonly where: readonly LabelFilter[];
  readonly labels: ReadonlyMap<string, string>;
  readonly add: readonly Label[];
  readonly maxOver: readonly string[];
  readonly identity: readonly string[];
  readonly operand?: { readonly op: 'add' | 'divide'; readonly native: string };
  readonly absentFrom?: number;
  readonly absentLabelValue?: string;
  /** Why the value is not quite what the name promises; belongs into the answer's `infos`. */
  readonly approximate?: string;
  readonly since?: string;
  readonly until?: string;
}

/** What is known of a stored metric's name. */
export interface NativeMetric {
  readonly system: string;
  readonly kind: MetricTable['kind'];
  /** Family, as spelled in the name asked for. */
  readonly family: string;
  /** Type of the family, whatever its suffix says. */
  readonly type: MetricType;
  /** Canonical families it feeds; empty if it has no common meaning. */
  readonly feeds: readonly string[];
}

/**
 * The stored metrics that answer for a canonical name, preferred ones first; empty if the name is not canonical.
 * Takes family names, their `_bucket`, `_sum` and `_count`, and the dotted and older OpenTelemetry spellings of all.
 * A histogram's bare family name gives the sources that may hold native histograms.
 * The canonical name itself is among the sources where senders use it.
 */
export function canonicalSources(name: string): readonly CanonicalSource[] {
  return SOURCES.get(ALIASES.get(name) ?? name) ?? [];
}

/** All canonical family names, for completion and documentation. */
export function canonicalNames(): readonly string[] {
  return CANONICAL_METRICS.map((metric) => metric.name);
}

/** The canonical metric of a name in any spelling `canonicalSources` takes. */
export function canonicalMetric(name: string): CanonicalMetric | undefined {
  const canonical = ALIASES.get(name) ?? name;
  return BY_NAME.get(canonical) ?? BY_NAME.get(canonical.replace(PART_SUFFIX, ''));
}

/** What is known of a stored metric; undefined if nothing. `_created` gauges are never known: they are not data. */
export function nativeMetric(name: string): NativeMetric | undefined {
  return NATIVES.get(name);
}

/** Ranks leave room for the lines of a table and the spellings of a line. */
const RANKS_A_LINE = 8;
const RANKS_A_TABLE = 2048;
const PART_SUFFIX = /_(bucket|sum|count)$/;
const BY_NAME: ReadonlyMap<string, CanonicalMetric> = new Map(CANONICAL_METRICS.map((metric) => [metric.name, metric]));
const SOURCES = new Map<string, CanonicalSource[]>();
const NATIVES = new Map<string, NativeMetric & { feeds: string[] }>();
const ALIASES = aliases();
METRIC_TABLES.forEach(addTable);
for (const list of SOURCES.values()) list.sort((a, b) => a.rank - b.rank);

function addTable(table: MetricTable, tableIndex: number): void {
  const together = new Map<string, number>();
  table.lines.forEach((line, lineIndex) => {
    const shared = `${line.to} ${line.together}`;
    const place = (line.together === undefined ? undefined : together.get(shared)) ?? lineIndex;
    together.set(shared, place);
    spellings(table, line).forEach((native, spelling) => {
      addNative(table, line, native);
      if (line.to === undefined) return;
      const rank = tableIndex * RANKS_A_TABLE + place * RANKS_A_LINE + spelling;
      addSources(table, line, native, rank, spelling);
    });
  });
}

function addSources(table: MetricTable, line: MappingLine, native: string, rank: number, spelling: number): void {
  const metric = BY_NAME.get(line.to!)!;
  const scale = line.scale ?? 1;
  const add = { ...table.add, ...line.add };
  const operand = line.operand;
  for (const [canonicalPart, nativePart] of parts(line, metric)) {
    const canonical = metric.name + canonicalPart;
    const isBucket = canonicalPart === '_bucket';
    const source: CanonicalSource = {
      canonical,
      native: native + nativePart,
      system: table.system,
      type: line.type,
      rank,
      scale: isBucket || canonicalPart === '_count' ? 1 : scale,
      scaleLe: isBucket ? scale : 1,
      where: nativeFilters(table, line, native),
      labels: new Map(Object.entries({ ...table.labels, ...line.labels })),
      add: Object.entries(metric.name.startsWith('gen_ai') ? add : (line.add ?? {})),
      maxOver: table.maxOver ?? [],
      identity: metric.identity,
      ...(operand && { operand: { op: operand.op, native: respell(table, operand.native, spelling) } }),
      ...(line.absentFrom !== undefined && { absentFrom: line.absentFrom }),
      ...(table.absentLabelValue !== undefined && { absentLabelValue: table.absentLabelValue }),
      ...(line.approximate !== undefined && { approximate: line.approximate }),
      ...(line.since !== undefined && { since: line.since }),
      ...(line.until !== undefined && { until: line.until }),
    };
    const list = SOURCES.get(canonical);
    if (list === undefined) SOURCES.set(canonical, [source]);
    else list.push(source);
  }
}

/** Filters of an SDK's line name flat labels; where the metric's name kept its dots, its labels did too. */
function nativeFilters(table: MetricTable, line: MappingLine, native: string): readonly LabelFilter[] {
  if (table.kind !== 'sdk' || !native.includes('.')) return line.where ?? [];
  const dotted = (flat: string): string =>
    Object.keys(table.labels ?? {}).find((name) => name.replaceAll('.', '_') === flat) ?? flat;
  return (line.where ?? []).map((filter) => ({ ...filter, label: dotted(filter.label) }));
}

/** Pairs of suffixes [canonical, native] that a line connects. */
function parts(line: MappingLine, metric: CanonicalMetric): [string, string][] {
  if (line.as !== undefined) return [[`_${line.as}`, '']];
  if (line.from !== undefined) return [['', `_${line.from}`]];
  if (metric.type !== 'histogram') return [['', '']];
  const sums: [string, string][] = [
    ['_sum', '_sum'],
    ['_count', '_count'],
  ];
  if (line.type === 'summary') return sums;
  // Native histograms have their bounds in the schema: they cannot be scaled.
  const whole: [string, string][] = (line.scale ?? 1) === 1 ? [['', '']] : [];
  return [...whole, ['_bucket', '_bucket'], ...sums];
}

function addNative(table: MetricTable, line: MappingLine, family: string): void {
  const suffixes =
    line.type === 'histogram'
      ? ['', '_bucket', '_sum', '_count']
      : line.type === 'summary'
        ? ['', '_sum', '_count']
        : [''];
  for (const suffix of suffixes) {
    const name = family + suffix;
    const known = NATIVES.get(name) ?? {
      system: table.system,
      kind: table.kind,
      family,
      type: line.type,
      feeds: [],
    };
    if (line.to !== undefined && !known.feeds.includes(line.to)) known.feeds.push(line.to);
    NATIVES.set(name, known);
  }
}

/** All names under which a line's native metric may be stored, the usual one first. */
function spellings(table: MetricTable, line: MappingLine): string[] {
  if (table.kind === 'sdk') {
    const unit = BY_NAME.get(line.to!)!.unit;
    return otelSpellings(line.native, unit, line.type === 'counter');
  }
  const names = table.prefixes.map((_, spelling) => respell(table, line.native, spelling));
  if (names.length === 0) return [line.native];
  // Ray exports counters with and without the suffix, depending on its version.
  const ray = line.type === 'counter' ? names.filter((name) => name.startsWith('ray_')) : [];
  return [...new Set([...names, ...ray.map((name) => name.replace(/_total$/, ''))])];
}

function respell(table: MetricTable, native: string, spelling: number): string {
  const [usual] = table.prefixes;
  const prefix = table.prefixes[spelling];
  return usual === undefined || prefix === undefined ? native : prefix + native.slice(usual.length);
}

/** Other spellings of canonical names: dotted, without unit, and the name of the other generation. */
function aliases(): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  for (const metric of CANONICAL_METRICS) {
    for (const dotted of metric.otel ?? []) {
      for (const name of otelSpellings(dotted, metric.unit, metric.type === 'counter')) {
        if (name === metric.name) continue;
        result.set(name, metric.name);
        if (metric.type !== 'histogram') continue;
        for (const part of ['_bucket', '_sum', '_count']) result.set(name + part, metric.name + part);
      }
    }
  }
  return result;
}
