import type { TableDescriptor } from './table.ts';

const MAP_STRING = 'Map(LowCardinality(String), String)';

/**
 * Spans. GenAI facts that pages read stand in columns of their own ('' or NULL: the span does not say); arrays and
 * lists among attributes are JSON text in `attributes_string`; a root's `parent_span_id` is zeros.
 * No index on attribute values: it would take half as much again of the engine's time for each insert.
 */
export const SPANS = {
  name: 'spans',
  columns: [
    { name: 'tenant', type: 'LowCardinality(String)' },
    { name: 'service', type: 'LowCardinality(String)' },
    { name: 'name', type: 'LowCardinality(String)' },
    { name: 'start', type: 'DateTime64(9)', codec: 'Delta(8), ZSTD(1)' },
    { name: 'duration_ns', type: 'UInt64', codec: 'T64, ZSTD(1)' },
    { name: 'trace_id', type: 'FixedString(16)' },
    { name: 'span_id', type: 'FixedString(8)' },
    { name: 'parent_span_id', type: 'FixedString(8)' },
    { name: 'kind', type: 'UInt8' },
    { name: 'status_code', type: 'UInt8' },
    { name: 'status_message', type: 'String', codec: 'ZSTD(1)' },
    { name: 'trace_state', type: 'String', codec: 'ZSTD(1)' },
    { name: 'flags', type: 'UInt8' },
    { name: 'scope_name', type: 'LowCardinality(String)' },
    { name: 'scope_version', type: 'LowCardinality(String)' },
    { name: 'operation', type: 'LowCardinality(String)' },
    { name: 'provider', type: 'LowCardinality(String)' },
    { name: 'request_model', type: 'LowCardinality(String)' },
    { name: 'response_model', type: 'LowCardinality(String)' },
    { name: 'input_tokens', type: 'Nullable(UInt32)' },
    { name: 'output_tokens', type: 'Nullable(UInt32)' },
    { name: 'cache_read_tokens', type: 'Nullable(UInt32)' },
    { name: 'cache_write_tokens', type: 'Nullable(UInt32)' },
    { name: 'reasoning_tokens', type: 'Nullable(UInt32)' },
    { name: 'ttft_seconds', type: 'Nullable(Float32)' },
    { name: 'finish_reason', type: 'LowCardinality(String)' },
    { name: 'tool', type: 'LowCardinality(String)' },
    { name: 'agent', type: 'LowCardinality(String)' },
    { name: 'workflow', type: 'LowCardinality(String)' },
    { name: 'conversation', type: 'String', codec: 'ZSTD(1)' },
    { name: 'data_source', type: 'LowCardinality(String)' },
    { name: 'error_type', type: 'LowCardinality(String)' },
    { name: 'dialect', type: 'LowCardinality(String)' },
    { name: 'resource', type: MAP_STRING, codec: 'ZSTD(1)' },
    { name: 'attributes_string', type: MAP_STRING, codec: 'ZSTD(1)' },
    { name: 'attributes_number', type: 'Map(LowCardinality(String), Float64)', codec: 'ZSTD(1)' },
    { name: 'attributes_bool', type: 'Map(LowCardinality(String), Bool)', codec: 'ZSTD(1)' },
    { name: 'dropped', type: 'Map(LowCardinality(String), UInt32)', codec: 'ZSTD(1)' },
    { name: 'events.time', type: 'Array(DateTime64(9))', codec: 'ZSTD(1)' },
    { name: 'events.name', type: 'Array(String)', codec: 'ZSTD(1)' },
    { name: 'events.attributes', type: `Array(${MAP_STRING})`, codec: 'ZSTD(1)' },
    { name: 'links.trace_id', type: 'Array(FixedString(16))', codec: 'ZSTD(1)' },
    { name: 'links.span_id', type: 'Array(FixedString(8))', codec: 'ZSTD(1)' },
    { name: 'links.trace_state', type: 'Array(String)', codec: 'ZSTD(1)' },
    { name: 'links.attributes', type: `Array(${MAP_STRING})`, codec: 'ZSTD(1)' },
  ],
  engine: 'MergeTree',
  orderBy: ['tenant', 'service', 'name', 'start'],
  partitionBy: 'toDate(start)',
  ageFrom: 'toDateTime(start)',
  signal: 'traces',
  indexes: [
    { name: 'by_trace', expression: 'trace_id', type: 'bloom_filter(0.01)', granularity: 1 },
    { name: 'by_conversation', expression: 'conversation', type: 'bloom_filter(0.01)', granularity: 1 },
  ],
  // A trace's few spans are read with all their columns: less is decoded beside them (bench: `store/life`).
  granularity: 2048,
  deduplicated: true,
  shardBy: 'sipHash64(trace_id)',
} as const satisfies TableDescriptor;

/** Between which times a trace's spans start, so that a trace is read by id without looking at every day. */
export const TRACE_TIMES = {
  name: 'trace_times',
  columns: [
    { name: 'tenant', type: 'LowCardinality(String)' },
    { name: 'trace_id', type: 'FixedString(16)' },
    { name: 'lo', type: 'SimpleAggregateFunction(min, DateTime64(9))', codec: 'Delta(8), ZSTD(1)' },
    { name: 'hi', type: 'SimpleAggregateFunction(max, DateTime64(9))', codec: 'Delta(8), ZSTD(1)' },
  ],
  engine: 'AggregatingMergeTree',
  orderBy: ['tenant', 'trace_id'],
  partitionBy: 'toDate(lo)',
  ageFrom: 'toDateTime(hi)',
  signal: 'traces',
  deduplicated: false,
  shardBy: 'sipHash64(trace_id)',
} as const satisfies TableDescriptor;
