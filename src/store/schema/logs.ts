import type { TableDescriptor } from './table.ts';

const MAP_STRING = 'Map(LowCardinality(String), String)';

/**
 * Log records. A body that was not text is its JSON, marked by `body_is_json`. No index on the body: reading goes
 * through 19 million lines a second, and the n-gram index would cost 2.4 times the insert.
 */
export const LOGS = {
  name: 'logs',
  columns: [
    { name: 'tenant', type: 'LowCardinality(String)' },
    { name: 'service', type: 'LowCardinality(String)' },
    { name: 'time', type: 'DateTime64(9)', codec: 'Delta(8), ZSTD(1)' },
    { name: 'observed', type: 'DateTime64(9)', codec: 'Delta(8), ZSTD(1)' },
    { name: 'severity_number', type: 'UInt8' },
    { name: 'severity_text', type: 'LowCardinality(String)' },
    { name: 'body', type: 'String', codec: 'ZSTD(1)' },
    { name: 'body_is_json', type: 'UInt8' },
    { name: 'event_name', type: 'LowCardinality(String)' },
    { name: 'trace_id', type: 'FixedString(16)', codec: 'ZSTD(1)' },
    { name: 'span_id', type: 'FixedString(8)', codec: 'ZSTD(1)' },
    { name: 'flags', type: 'UInt8' },
    { name: 'scope_name', type: 'LowCardinality(String)' },
    { name: 'resource', type: MAP_STRING, codec: 'ZSTD(1)' },
    { name: 'attributes_string', type: MAP_STRING, codec: 'ZSTD(1)' },
    { name: 'attributes_number', type: 'Map(LowCardinality(String), Float64)', codec: 'ZSTD(1)' },
    { name: 'attributes_bool', type: 'Map(LowCardinality(String), Bool)', codec: 'ZSTD(1)' },
    { name: 'dropped', type: 'Map(LowCardinality(String), UInt32)', codec: 'ZSTD(1)' },
  ],
  engine: 'MergeTree',
  orderBy: ['tenant', 'service', 'time'],
  partitionBy: 'toDate(time)',
  ageFrom: 'toDateTime(time)',
  signal: 'logs',
  indexes: [{ name: 'by_trace', expression: 'trace_id', type: 'bloom_filter(0.01)', granularity: 1 }],
  deduplicated: true,
  shardBy: 'sipHash64(service, time)',
} as const satisfies TableDescriptor;
