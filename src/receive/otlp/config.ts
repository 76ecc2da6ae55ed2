import { z } from 'zod';
import { byteSize } from '../../util/byte-size.ts';
import { duration } from '../../util/duration.ts';

/** `HOST:PORT` of a listener; the port may be 0 (any free one). */
const listen = z
  .string()
  .regex(/^(\[[0-9A-Fa-f:.]+\]|[^:\s/]+):[0-9]{1,5}$/, 'is not HOST:PORT; write for example 127.0.0.1:4318')
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
  })
  .refine(({ port }) => port <= 65_535, 'has a port above 65535');

const httpConfig = z
  .strictObject({
    enabled: z.boolean().prefault(true).describe('Whether the OTLP/HTTP listener runs.'),
    listen: listen.prefault('127.0.0.1:4318').describe('HOST:PORT of OTLP/HTTP (restart).'),
    cors_origins: z
      .array(z.string())
      .prefault(['http://localhost:*', 'http://127.0.0.1:*', 'https://localhost:*', 'https://127.0.0.1:*'])
      .describe('Origins of web pages that may send from a browser; `*` stands for any text without a slash.'),
    request_timeout: duration.prefault('60s').describe('How long a client may take to send one request.'),
  })
  .prefault({});

const grpcConfig = z
  .strictObject({
    enabled: z.boolean().prefault(true).describe('Whether the OTLP/gRPC listener runs.'),
    listen: listen.prefault('127.0.0.1:4317').describe('HOST:PORT of OTLP/gRPC (restart).'),
  })
  .prefault({});

const metricsConfig = z
  .strictObject({
    translation_strategy: z
      .enum(['UnderscoreEscapingWithSuffixes', 'UnderscoreEscapingWithoutSuffixes'])
      .prefault('UnderscoreEscapingWithSuffixes')
      .describe('How metric names become Prometheus names; values as in prometheus.yml.'),
    promote_resource_attributes: z
      .array(z.string())
      .prefault([])
      .describe('Resource attributes that become labels of every series; the others stand in target_info.'),
    promote_scope_metadata: z
      .boolean()
      .prefault(false)
      .describe('Whether series carry otel_scope_name, otel_scope_version and the scope’s attributes as labels.'),
    keep_identifying_resource_attributes: z
      .boolean()
      .prefault(false)
      .describe('Whether target_info also carries service.name, service.namespace and service.instance.id.'),
    max_series_cached: z
      .number()
      .int()
      .min(1000)
      .prefault(200_000)
      .describe('Attribute sets whose series are remembered, so that they need not be translated again.'),
    max_delta_streams: z
      .number()
      .int()
      .min(1)
      .prefault(100_000)
      .describe(
        'Streams of delta temporality that are summed up at the same time; points of further ones are refused.',
      ),
    delta_stream_idle: duration
      .prefault('1h')
      .describe('How long a delta stream without points keeps its sum; after that it starts from zero.'),
  })
  .prefault({});

/** The `otlp:` block: OpenTelemetry protocol over HTTP and gRPC. */
export const otlpConfig = z
  .strictObject({
    http: httpConfig.describe('OTLP over HTTP.'),
    grpc: grpcConfig.describe('OTLP over gRPC.'),
    max_body_bytes: byteSize.prefault('20MiB').describe('Largest request as sent (compressed).'),
    max_decompressed_bytes: byteSize.prefault('64MiB').describe('Largest request after decompression.'),
    max_inflight_bytes: byteSize
      .prefault('256MiB')
      .describe('Bodies of all requests that are read or stored at the same time; past it, senders are told to wait.'),
    max_attributes: z
      .number()
      .int()
      .min(1)
      .prefault(256)
      .describe(
        'Attributes kept per span, event, link, log record, data point and resource; further ones are left out and counted.',
      ),
    max_attribute_bytes: byteSize
      .prefault('256KiB')
      .describe('Longest attribute value, name or message; longer ones are cut and counted.'),
    max_log_body_bytes: byteSize
      .prefault('1MiB')
      .describe('Longest body of a log record; longer ones are cut and counted.'),
    max_attribute_depth: z
      .number()
      .int()
      .min(1)
      .max(64)
      .prefault(16)
      .describe('Levels of lists and maps inside an attribute; deeper ones become null and are counted.'),
    metrics: metricsConfig.describe('How OTLP metrics become Prometheus series.'),
  })
  .prefault({})
  .refine((c) => c.max_body_bytes <= c.max_decompressed_bytes, {
    path: ['max_decompressed_bytes'],
    message:
      'is below max_body_bytes, so an uncompressed request could pass one limit only; raise max_decompressed_bytes',
  })
  .transform((c) => ({
    http: {
      enabled: c.http.enabled,
      listen: c.http.listen,
      corsOrigins: c.http.cors_origins,
      requestTimeoutMs: c.http.request_timeout,
    },
    grpc: { enabled: c.grpc.enabled, listen: c.grpc.listen },
    maxBodyBytes: c.max_body_bytes,
    maxDecompressedBytes: c.max_decompressed_bytes,
    maxInflightBytes: c.max_inflight_bytes,
    limits: {
      maxAttributes: c.max_attributes,
      maxAttributeBytes: c.max_attribute_bytes,
      maxLogBodyBytes: c.max_log_body_bytes,
      maxDepth: c.max_attribute_depth,
    },
    metrics: {
      addSuffixes: c.metrics.translation_strategy === 'UnderscoreEscapingWithSuffixes',
      promoteResourceAttributes: c.metrics.promote_resource_attributes,
      promoteScopeMetadata: c.metrics.promote_scope_metadata,
      keepIdentifyingResourceAttributes: c.metrics.keep_identifying_resource_attributes,
      maxSeriesCached: c.metrics.max_series_cached,
      maxDeltaStreams: c.metrics.max_delta_streams,
      deltaStreamIdleMs: c.metrics.delta_stream_idle,
    },
  }));

/** Parsed options of the OTLP receiver. */
export type OtlpSettings = z.infer<typeof otlpConfig>;
/** How much of a record's attributes is kept. */
export type AttributeLimits = OtlpSettings['limits'];
/** How metrics are translated. */
export type OtlpMetricsSettings = OtlpSettings['metrics'];

/** Settings of an empty `otlp:` block. */
export function defaultOtlpSettings(): OtlpSettings {
  return otlpConfig.parse({});
}
