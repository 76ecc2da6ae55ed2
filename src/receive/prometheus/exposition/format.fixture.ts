import type { MetricMetadata } from '../../../model/sample.ts';
import type { Dialect } from './dialect.ts';
import type { ParsedExposition, ParsedSample } from './parse.ts';
import type { ExemplarText } from './reader.ts';
import type { Label } from '../../../model/series.ts';

/** Writes what `parseExposition` reads; the other half of the round-trip property. */
export function formatExposition(exposition: ParsedExposition, dialect: Dialect): Uint8Array {
  const lines = [
    ...exposition.metadata.flatMap((family) => formatMetadata(family, dialect)),
    ...exposition.samples.map((sample) => formatSample(sample, dialect)),
  ];
  if (dialect === 'open-metrics') lines.push('# EOF');
  return new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
}

function formatMetadata({ family, type, help, unit }: MetricMetadata, dialect: Dialect): string[] {
  const name = isPlain(family) ? family : quote(family);
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return [
    `# HELP ${name} ${escaped}`,
    `# TYPE ${name} ${type}`,
    ...(dialect === 'open-metrics' ? [`# UNIT ${name} ${unit}`] : []),
  ];
}

function formatSample({ series, value, timestampMs, exemplar }: ParsedSample, dialect: Dialect): string {
  const { metric, labels } = series;
  const text = isPlain(metric) ? `${metric}${formatLabels(labels)}` : formatLabels(labels, metric);
  const time = Number.isNaN(timestampMs) ? '' : ` ${formatTime(timestampMs, dialect)}`;
  return `${text} ${formatValue(value)}${time}${exemplar === undefined ? '' : formatExemplar(exemplar)}`;
}

function formatExemplar({ labels, value, timestampMs }: ExemplarText): string {
  const time = Number.isNaN(timestampMs) ? '' : ` ${formatTime(timestampMs, 'open-metrics')}`;
  return ` # ${labels.length === 0 ? '{}' : formatLabels(labels)} ${formatValue(value)}${time}`;
}

function formatTime(timestampMs: number, dialect: Dialect): string {
  return dialect === 'text' ? String(timestampMs) : String(timestampMs / 1000);
}

function formatLabels(labels: readonly Label[], metric?: string): string {
  const parts = labels.map(([name, value]) => `${/^[a-zA-Z_]\w*$/.test(name) ? name : quote(name)}=${quote(value)}`);
  if (metric !== undefined) parts.unshift(quote(metric));
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

export function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

function isPlain(name: string): boolean {
  return /^[a-zA-Z_:][\w:]*$/.test(name);
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
