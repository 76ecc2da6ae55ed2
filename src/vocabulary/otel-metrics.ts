import type { CanonicalMetric } from './canonical.ts';
import { CLIENT_METRICS, SERVER_METRICS } from './genai.ts';
import type { CanonicalName, MappingLine, MetricTable } from './mapping.ts';

/** Attributes of OpenTelemetry's GenAI metrics, dotted, with what is new and old in one. */
const ATTRIBUTES = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.response.model',
  'gen_ai.token.type',
  'gen_ai.token.modality',
  'gen_ai.agent.name',
  'gen_ai.tool.name',
  'gen_ai.tool.type',
  'gen_ai.workflow.name',
  'error.type',
  'server.address',
  'server.port',
  'mcp.method.name',
] as const;

const OTEL_CANONICAL: readonly CanonicalMetric[] = [...SERVER_METRICS, ...CLIENT_METRICS];

/** Counters of the newer generation out of the histogram that the older one had. */
const TOKEN_SUMS = (
  [
    ['gen_ai_client_inference_usage_input_tokens_total', 'input'],
    ['gen_ai_client_inference_usage_output_tokens_total', 'output|completion'],
  ] as const
).map(([to, tokenType]): MappingLine => ({
  native: 'gen_ai.client.token.usage',
  type: 'histogram',
  to,
  from: 'sum',
  where: [{ label: 'gen_ai_token_type', op: '=~', value: tokenType }],
  labels: { gen_ai_token_type: '', 'gen_ai.token.type': '' },
  note: 'The older generation has only the histogram.',
}));

/** The histogram of the older generation out of the two that the newer one has. */
const TOKEN_HISTOGRAMS = (['input', 'output'] as const).map((tokenType): MappingLine => ({
  native: `gen_ai.client.inference.operation.${tokenType}_tokens`,
  type: 'histogram',
  to: 'gen_ai_client_token_usage',
  add: { gen_ai_token_type: tokenType },
  together: 'directions',
  note: 'The newer generation has one histogram a direction.',
}));

/**
 * Metrics that OpenTelemetry SDKs send, both generations of the GenAI conventions. Native names are dotted here; the
 * catalogue also knows them in Prometheus form, with and without the unit's suffix.
 */
export const OTEL: MetricTable = {
  system: 'otel',
  title: 'OpenTelemetry GenAI',
  kind: 'sdk',
  source: 'https://github.com/open-telemetry/semantic-conventions-genai',
  prefixes: [],
  labels: {
    ...Object.fromEntries(ATTRIBUTES.map((name) => [name, name.replaceAll('.', '_')])),
    'gen_ai.system': 'gen_ai_provider_name',
    gen_ai_system: 'gen_ai_provider_name',
  },
  lines: [
    ...OTEL_CANONICAL.flatMap((metric) =>
      (metric.otel ?? []).map((native): MappingLine => ({
        native,
        type: metric.type,
        to: metric.name as CanonicalName,
      })),
    ),
    ...TOKEN_HISTOGRAMS,
    ...TOKEN_SUMS,
  ],
};

/**
 * Names under which an OpenTelemetry metric may be stored: as Prometheus exporters write it, without the unit's
 * suffix, and as it is where UTF-8 names are kept.
 */
export function otelSpellings(dotted: string, unit: string, isCounter: boolean): string[] {
  const flat = dotted.replaceAll('.', '_');
  const total = isCounter ? '_total' : '';
  const names = [flat + unitSuffix(unit) + total, flat + total, dotted + total, dotted];
  return [...new Set(names)];
}

function unitSuffix(unit: string): string {
  switch (unit) {
    case 's':
      return '_seconds';
    case 'By':
      return '_bytes';
    default:
      return '';
  }
}
