import type { TableDescriptor } from './table.ts';

/** Codecs and the place of the metric's name in the key: measured, 1.65 bytes a sample. */
export const SAMPLES = {
  name: 'samples',
  columns: [
    { name: 'tenant', type: 'LowCardinality(String)' },
    { name: 'metric', type: 'LowCardinality(String)' },
    { name: 'fingerprint', type: 'UInt64', codec: 'Delta(8), ZSTD(1)' },
    { name: 'time', type: 'DateTime64(3)', codec: 'Delta(8), ZSTD(1)' },
    { name: 'value', type: 'Float64', codec: 'Delta(8), ZSTD(1)' },
  ],
  engine: 'MergeTree',
  orderBy: ['tenant', 'metric', 'fingerprint', 'time'],
  partitionBy: 'toDate(time)',
  ageFrom: 'toDateTime(time)',
  signal: 'metrics',
  deduplicated: true,
  shardBy: 'fingerprint',
} as const satisfies TableDescriptor;

/** Labels of each series on each day it had samples; `labels` is without `__name__`. */
export const SERIES = {
  name: 'series',
  columns: [
    { name: 'tenant', type: 'LowCardinality(String)' },
    { name: 'metric', type: 'LowCardinality(String)' },
    { name: 'fingerprint', type: 'UInt64' },
    { name: 'labels', type: 'Map(LowCardinality(String), String)', codec: 'ZSTD(1)' },
    { name: 'day', type: 'Date' },
  ],
  engine: 'ReplacingMergeTree',
  orderBy: ['tenant', 'metric', 'fingerprint', 'day'],
  partitionBy: 'day',
  ageFrom: 'toDateTime(day) + INTERVAL 1 DAY',
  signal: 'metrics',
  deduplicated: false,
  shardBy: 'fingerprint',
} as const satisfies TableDescriptor;

export const NATIVE_HISTOGRAMS = {
  name: 'native_histograms',
  columns: [
    { name: 'tenant', type: 'LowCardinality(String)' },
    { name: 'metric', type: 'LowCardinality(String)' },
    { name: 'fingerprint', type: 'UInt64', codec: 'Delta(8), ZSTD(1)' },
    { name: 'time', type: 'DateTime64(3)', codec: 'Delta(8), ZSTD(1)' },
    { name: 'schema', type: 'Int8' },
    { name: 'count', type: 'Float64' },
    { name: 'sum', type: 'Float64' },
    { name: 'zero_threshold', type: 'Float64' },
    { name: 'zero_count', type: 'Float64' },
    { name: 'positive_offsets', type: 'Array(Int32)' },
    { name: 'positive_lengths', type: 'Array(UInt32)' },
    { name: 'positive_counts', type: 'Array(Float64)' },
    { name: 'negative_offsets', type: 'Array(Int32)' },
    { name: 'negative_lengths', type: 'Array(UInt32)' },
    { name: 'negative_counts', type: 'Array(Float64)' },
    { name: 'custom_bounds', type: 'Array(Float64)' },
    { name: 'reset_hint', type: 'UInt8' },
  ],
  engine: 'MergeTree',
  orderBy: ['tenant', 'metric', 'fingerprint', 'time'],
  partitionBy: 'toDate(time)',
  ageFrom: 'toDateTime(time)',
  signal: 'metrics',
  deduplicated: true,
  shardBy: 'fingerprint',
} as const satisfies TableDescriptor;

export const EXEMPLARS = {
  name: 'exemplars',
  columns: [
    { name: 'tenant', type: 'LowCardinality(String)' },
    { name: 'metric', type: 'LowCardinality(String)' },
    { name: 'fingerprint', type: 'UInt64', codec: 'Delta(8), ZSTD(1)' },
    { name: 'time', type: 'DateTime64(3)', codec: 'Delta(8), ZSTD(1)' },
    { name: 'value', type: 'Float64' },
    { name: 'labels', type: 'Map(LowCardinality(String), String)', codec: 'ZSTD(1)' },
  ],
  engine: 'MergeTree',
  orderBy: ['tenant', 'metric', 'fingerprint', 'time'],
  partitionBy: 'toDate(time)',
  ageFrom: 'toDateTime(time)',
  signal: 'metrics',
  deduplicated: true,
  shardBy: 'fingerprint',
} as const satisfies TableDescriptor;

/** What families say of themselves; the last word wins. */
export const METADATA = {
  name: 'metadata',
  columns: [
    { name: 'tenant', type: 'LowCardinality(String)' },
    { name: 'family', type: 'String' },
    { name: 'type', type: 'LowCardinality(String)' },
    { name: 'help', type: 'String' },
    { name: 'unit', type: 'String' },
    { name: 'updated', type: 'DateTime' },
  ],
  engine: 'ReplacingMergeTree',
  engineArguments: 'updated',
  orderBy: ['tenant', 'family'],
  deduplicated: false,
  shardBy: 'sipHash64(family)',
} as const satisfies TableDescriptor;
