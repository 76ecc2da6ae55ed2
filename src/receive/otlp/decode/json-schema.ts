/**
 * OTLP's messages as its JSON form names them, so that JSON can be written as wire bytes and take the one way
 * through the decoders. Field numbers and types are those of opentelemetry-proto; what Sonde does not read is absent
 * and so ignored, as the protocol asks.
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export interface JsonField {
  readonly number: number;
  readonly type: JsonFieldType;
  readonly repeated?: true;
  /** For `message`: its fields. */
  readonly message?: () => JsonMessage;
  /** For `enum`: numbers by name. */
  readonly names?: Readonly<Record<string, number>>;
}

export type JsonFieldType =
  | 'string'
  | 'hex'
  | 'base64'
  | 'bool'
  | 'enum'
  | 'uint32'
  | 'sint32'
  | 'fixed32'
  | 'int64'
  | 'uint64'
  | 'fixed64'
  | 'sfixed64'
  | 'double'
  | 'message';

export type JsonMessage = Readonly<Record<string, JsonField>>;

const message = (number: number, of: () => JsonMessage): JsonField => ({ number, type: 'message', message: of });
const messages = (number: number, of: () => JsonMessage): JsonField => ({ ...message(number, of), repeated: true });

const ANY_VALUE: JsonMessage = {
  stringValue: { number: 1, type: 'string' },
  boolValue: { number: 2, type: 'bool' },
  intValue: { number: 3, type: 'int64' },
  doubleValue: { number: 4, type: 'double' },
  arrayValue: message(5, () => ARRAY_VALUE),
  kvlistValue: message(6, () => KEY_VALUE_LIST),
  bytesValue: { number: 7, type: 'base64' },
};
const ARRAY_VALUE: JsonMessage = { values: messages(1, () => ANY_VALUE) };
const KEY_VALUE: JsonMessage = { key: { number: 1, type: 'string' }, value: message(2, () => ANY_VALUE) };
const KEY_VALUE_LIST: JsonMessage = { values: messages(1, () => KEY_VALUE) };

const RESOURCE: JsonMessage = { attributes: messages(1, () => KEY_VALUE) };
const SCOPE: JsonMessage = {
  name: { number: 1, type: 'string' },
  version: { number: 2, type: 'string' },
  attributes: messages(3, () => KEY_VALUE),
};

const SPAN: JsonMessage = {
  traceId: { number: 1, type: 'hex' },
  spanId: { number: 2, type: 'hex' },
  traceState: { number: 3, type: 'string' },
  parentSpanId: { number: 4, type: 'hex' },
  name: { number: 5, type: 'string' },
  kind: {
    number: 6,
    type: 'enum',
    names: {
      SPAN_KIND_UNSPECIFIED: 0,
      SPAN_KIND_INTERNAL: 1,
      SPAN_KIND_SERVER: 2,
      SPAN_KIND_CLIENT: 3,
      SPAN_KIND_PRODUCER: 4,
      SPAN_KIND_CONSUMER: 5,
    },
  },
  startTimeUnixNano: { number: 7, type: 'fixed64' },
  endTimeUnixNano: { number: 8, type: 'fixed64' },
  attributes: messages(9, () => KEY_VALUE),
  events: messages(11, () => ({
    timeUnixNano: { number: 1, type: 'fixed64' },
    name: { number: 2, type: 'string' },
    attributes: messages(3, () => KEY_VALUE),
  })),
  links: messages(13, () => ({
    traceId: { number: 1, type: 'hex' },
    spanId: { number: 2, type: 'hex' },
    traceState: { number: 3, type: 'string' },
    attributes: messages(4, () => KEY_VALUE),
  })),
  status: message(15, () => ({
    message: { number: 2, type: 'string' },
    code: {
      number: 3,
      type: 'enum',
      names: { STATUS_CODE_UNSET: 0, STATUS_CODE_OK: 1, STATUS_CODE_ERROR: 2 },
    },
  })),
  flags: { number: 16, type: 'fixed32' },
};

const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const LOG_RECORD: JsonMessage = {
  timeUnixNano: { number: 1, type: 'fixed64' },
  severityNumber: {
    number: 2,
    type: 'enum',
    names: Object.fromEntries([
      ['SEVERITY_NUMBER_UNSPECIFIED', 0],
      ...SEVERITIES.flatMap((name, i) =>
        ['', '2', '3', '4'].map((suffix, j) => [`SEVERITY_NUMBER_${name}${suffix}`, 4 * i + j + 1]),
      ),
    ]) as Record<string, number>,
  },
  severityText: { number: 3, type: 'string' },
  body: message(5, () => ANY_VALUE),
  attributes: messages(6, () => KEY_VALUE),
  flags: { number: 8, type: 'fixed32' },
  traceId: { number: 9, type: 'hex' },
  spanId: { number: 10, type: 'hex' },
  observedTimeUnixNano: { number: 11, type: 'fixed64' },
  eventName: { number: 12, type: 'string' },
};

const EXEMPLAR: JsonMessage = {
  timeUnixNano: { number: 2, type: 'fixed64' },
  asDouble: { number: 3, type: 'double' },
  spanId: { number: 4, type: 'hex' },
  traceId: { number: 5, type: 'hex' },
  asInt: { number: 6, type: 'sfixed64' },
  filteredAttributes: messages(7, () => KEY_VALUE),
};
const NUMBER_POINT: JsonMessage = {
  startTimeUnixNano: { number: 2, type: 'fixed64' },
  timeUnixNano: { number: 3, type: 'fixed64' },
  asDouble: { number: 4, type: 'double' },
  exemplars: messages(5, () => EXEMPLAR),
  asInt: { number: 6, type: 'sfixed64' },
  attributes: messages(7, () => KEY_VALUE),
  flags: { number: 8, type: 'uint32' },
};
const HISTOGRAM_POINT: JsonMessage = {
  startTimeUnixNano: { number: 2, type: 'fixed64' },
  timeUnixNano: { number: 3, type: 'fixed64' },
  count: { number: 4, type: 'fixed64' },
  sum: { number: 5, type: 'double' },
  bucketCounts: { number: 6, type: 'fixed64', repeated: true },
  explicitBounds: { number: 7, type: 'double', repeated: true },
  exemplars: messages(8, () => EXEMPLAR),
  attributes: messages(9, () => KEY_VALUE),
  flags: { number: 10, type: 'uint32' },
};
const BUCKETS: JsonMessage = {
  offset: { number: 1, type: 'sint32' },
  bucketCounts: { number: 2, type: 'uint64', repeated: true },
};
const EXPONENTIAL_POINT: JsonMessage = {
  attributes: messages(1, () => KEY_VALUE),
  startTimeUnixNano: { number: 2, type: 'fixed64' },
  timeUnixNano: { number: 3, type: 'fixed64' },
  count: { number: 4, type: 'fixed64' },
  sum: { number: 5, type: 'double' },
  scale: { number: 6, type: 'sint32' },
  zeroCount: { number: 7, type: 'fixed64' },
  positive: message(8, () => BUCKETS),
  negative: message(9, () => BUCKETS),
  flags: { number: 10, type: 'uint32' },
  exemplars: messages(11, () => EXEMPLAR),
  zeroThreshold: { number: 14, type: 'double' },
};
const SUMMARY_POINT: JsonMessage = {
  startTimeUnixNano: { number: 2, type: 'fixed64' },
  timeUnixNano: { number: 3, type: 'fixed64' },
  count: { number: 4, type: 'fixed64' },
  sum: { number: 5, type: 'double' },
  quantileValues: messages(6, () => ({
    quantile: { number: 1, type: 'double' },
    value: { number: 2, type: 'double' },
  })),
  attributes: messages(7, () => KEY_VALUE),
  flags: { number: 8, type: 'uint32' },
};

const TEMPORALITY: JsonField = {
  number: 2,
  type: 'enum',
  names: {
    AGGREGATION_TEMPORALITY_UNSPECIFIED: 0,
    AGGREGATION_TEMPORALITY_DELTA: 1,
    AGGREGATION_TEMPORALITY_CUMULATIVE: 2,
  },
};
const METRIC: JsonMessage = {
  name: { number: 1, type: 'string' },
  description: { number: 2, type: 'string' },
  unit: { number: 3, type: 'string' },
  gauge: message(5, () => ({ dataPoints: messages(1, () => NUMBER_POINT) })),
  sum: message(7, () => ({
    dataPoints: messages(1, () => NUMBER_POINT),
    aggregationTemporality: TEMPORALITY,
    isMonotonic: { number: 3, type: 'bool' },
  })),
  histogram: message(9, () => ({
    dataPoints: messages(1, () => HISTOGRAM_POINT),
    aggregationTemporality: TEMPORALITY,
  })),
  exponentialHistogram: message(10, () => ({
    dataPoints: messages(1, () => EXPONENTIAL_POINT),
    aggregationTemporality: TEMPORALITY,
  })),
  summary: message(11, () => ({ dataPoints: messages(1, () => SUMMARY_POINT) })),
};

function request(records: string, scoped: string, recordsOfScope: string, record: () => JsonMessage): JsonMessage {
  return {
    [records]: messages(1, () => ({
      resource: message(1, () => RESOURCE),
      [scoped]: messages(2, () => ({
        scope: message(1, () => SCOPE),
        [recordsOfScope]: messages(2, record),
      })),
      schemaUrl: { number: 3, type: 'string' },
    })),
  };
}

/** The request message of each signal. */
export const JSON_REQUESTS = {
  traces: request('resourceSpans', 'scopeSpans', 'spans', () => SPAN),
  logs: request('resourceLogs', 'scopeLogs', 'logRecords', () => LOG_RECORD),
  metrics: request('resourceMetrics', 'scopeMetrics', 'metrics', () => METRIC),
} as const;
