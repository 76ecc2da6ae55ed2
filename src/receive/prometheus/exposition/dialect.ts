import type { ScrapeProtocol } from '../config.ts';

/** The text formats a target may answer in. */
export type Dialect = 'text' | 'open-metrics';

const ACCEPT: Readonly<Record<ScrapeProtocol, string | undefined>> = {
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0;escaping=allow-utf-8',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
  // Sonde reads text; a target that could send protobuf answers with the next best.
  PrometheusProto: undefined,
};

/**
 * The `Accept` header that asks for `protocols`, the first the most.
 * @see https://prometheus.io/docs/instrumenting/content_negotiation/
 */
export function acceptHeader(protocols: readonly ScrapeProtocol[]): string {
  const known = protocols.map((name) => ACCEPT[name]).filter((value) => value !== undefined);
  const weights = known.map((value, i) => `${value};q=0.${Math.max(1, 9 - i)}`);
  return [...weights, '*/*;q=0.1'].join(',');
}

/**
 * The format an answer is in, by its `Content-Type`; undefined for one that is none (HTML, JSON, protobuf).
 * No header at all is taken for text, as Prometheus before version 3 does: old exporters send none.
 */
export function dialectOf(contentType: string | undefined): Dialect | undefined {
  const type = contentType?.split(';', 1)[0]!.trim().toLowerCase() ?? '';
  if (type === '' || type === 'text/plain') return 'text';
  return type === 'application/openmetrics-text' ? 'open-metrics' : undefined;
}
