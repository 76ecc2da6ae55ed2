import type { CanonicalMetric } from './canonical.ts';
import { METRIC_TABLES, canonicalSources, type CanonicalSource } from './catalogue.ts';
import { CLIENT_METRICS, GATEWAY_METRICS, SERVER_METRICS } from './genai.ts';
import { GPU_METRICS, HOST_METRICS } from './infrastructure.ts';
import type { MappingLine, MetricTable } from './mapping.ts';
import { sensitiveRules, type SensitiveKind } from './sensitive.ts';

const SECTIONS: readonly {
  readonly title: string;
  readonly text: string;
  readonly metrics: readonly CanonicalMetric[];
}[] = [
  {
    title: 'LLM servers',
    text: 'What an engine says of itself. `gen_ai_provider_name` names the engine (`vllm`, `tgi`, …).',
    metrics: SERVER_METRICS,
  },
  {
    title: 'Gateways',
    text: 'Proxies, routers and front ends before the engines. Under names of their own, so that no request counts twice.',
    metrics: GATEWAY_METRICS,
  },
  {
    title: 'Applications',
    text: 'What instrumented applications measure, or Sonde derives from their spans.',
    metrics: CLIENT_METRICS,
  },
  { title: 'GPUs', text: 'In base units, told apart by `gpu_uuid`.', metrics: GPU_METRICS },
  { title: 'Hosts', text: 'The machine below.', metrics: HOST_METRICS },
];

/** The text of docs/metrics.md, made from the tables; a test holds the file to it. */
export function metricsReference(): string {
  return [
    '<!-- Generated from src/vocabulary; do not edit. `UPDATE_GOLDEN=1 npx vitest run src/vocabulary/reference.test.ts` writes it. -->',
    '',
    '# Metrics',
    '',
    'Sonde stores every metric under the name it came with. A query may also use a **canonical** name, which answers',
    'for all servers and SDKs at once: labels are renamed, units scaled, and of several native metrics that say the',
    'same of one server only the preferred one counts. Canonical names work on data that was stored before the tables',
    'knew it. A query says in `infos` which native series it used and where a value is an approximation.',
    '',
    'OpenTelemetry’s dotted names (`gen_ai.server.time_to_first_token`), with and without unit, and both generations of',
    'the GenAI conventions resolve to the same canonical metrics. Histograms have `_bucket`, `_sum` and `_count`.',
    '',
    ...SECTIONS.flatMap(({ title, text, metrics }) => [
      `## ${title}`,
      '',
      text,
      '',
      '| canonical metric | type | unit | meaning | from |',
      '|---|---|---|---|---|',
      ...metrics.map(canonicalRow),
      '',
    ]),
    '# What each server calls them',
    '',
    ...METRIC_TABLES.flatMap(tableSection),
  ].join('\n');
}

const KIND_TITLES: Readonly<Record<SensitiveKind, string>> = {
  content: 'Content',
  secret: 'Credentials',
  identity: 'People and conversations',
  url: 'URLs',
  query: 'Database statements',
  exception: 'Exceptions',
};

/** The list of fields in docs/safety.md, made from the rules; a test holds the page to it. */
export function sensitiveReference(): string {
  const sections = (Object.keys(KIND_TITLES) as SensitiveKind[]).map((kind) => {
    const families = sensitiveRules()
      .filter((rule) => rule.kind === kind)
      .map(({ family, onlyGenAi }) => code(family) + (onlyGenAi ? '†' : ''));
    return `**${KIND_TITLES[kind]}:** ${families.join(', ')}.`;
  });
  return sections.join('\n\n');
}

function canonicalRow({ name, type, unit, help }: CanonicalMetric): string {
  const sources = ['', '_bucket', '_sum', '_count'].flatMap((part) => canonicalSources(name + part));
  const systems = new Map<string, CanonicalSource>();
  for (const source of sources) if (!systems.has(source.system)) systems.set(source.system, source);
  const from = [...systems.values()].map((source) => source.system + (source.approximate === undefined ? '' : ' ≈'));
  return row([`\`${name}\``, type, `\`${unit}\``, help, from.join(', ')]);
}

function tableSection(table: MetricTable): string[] {
  const labels = Object.entries(table.labels ?? {}).filter(([native, canonical]) => native !== canonical);
  const facts = [
    ...(table.prefixes.length > 1 ? [`Also spelled ${table.prefixes.slice(1).map(code).join(', ')}.`] : []),
    ...(labels.length > 0
      ? [`Labels: ${labels.map(([native, to]) => `\`${native}\` → ${to === '' ? 'left out' : code(to)}`).join(', ')}.`]
      : []),
    ...(table.maxOver === undefined ? [] : [`Repeated by ${table.maxOver.map(code).join(', ')}: the highest counts.`]),
    ...(table.absentLabelValue === undefined ? [] : [`The label value ${code(table.absentLabelValue)} means none.`]),
  ];
  return [
    `## ${table.title}`,
    '',
    `[Source](${table.source}). ${facts.join(' ')}`.trim(),
    '',
    '| native metric | type | canonical metric | remarks |',
    '|---|---|---|---|',
    ...table.lines.map(lineRow),
    '',
  ];
}

function lineRow(line: MappingLine): string {
  const remarks = [
    line.scale === undefined ? '' : `× ${line.scale}`,
    (line.where ?? []).map(({ label, op, value }) => `\`${label}${op}"${value}"\``).join(', '),
    line.operand === undefined ? '' : `${line.operand.op === 'add' ? 'plus' : 'over'} \`${line.operand.native}\``,
    versions(line),
    line.approximate === undefined ? '' : `≈ ${line.approximate}`,
    line.note ?? '',
  ];
  const native = `\`${line.native}${line.from === undefined ? '' : `_${line.from}`}\``;
  const canonical = line.to === undefined ? '' : `\`${line.to}${line.as === undefined ? '' : `_${line.as}`}\``;
  return row([native, line.type, canonical, remarks.filter((remark) => remark !== '').join('; ')]);
}

function versions({ since, until }: MappingLine): string {
  if (since !== undefined && until !== undefined) return `${since} to ${until}`;
  if (since !== undefined) return `since ${since}`;
  return until === undefined ? '' : `until ${until}`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
