import type { TableDescriptor } from './table.ts';

/** What became of all that arrived, by minute; see `self/ledger.ts` for the words. Sum `count` and `bytes`. */
export const LEDGER = {
  name: 'ledger',
  columns: [
    { name: 'tenant', type: 'LowCardinality(String)' },
    { name: 'time', type: 'DateTime' },
    { name: 'signal', type: 'LowCardinality(String)' },
    { name: 'outcome', type: 'LowCardinality(String)' },
    { name: 'reason', type: 'LowCardinality(String)' },
    { name: 'source', type: 'LowCardinality(String)' },
    { name: 'count', type: 'UInt64' },
    { name: 'bytes', type: 'UInt64' },
  ],
  engine: 'SummingMergeTree',
  engineArguments: '(count, bytes)',
  orderBy: ['tenant', 'time', 'signal', 'outcome', 'reason', 'source'],
  partitionBy: 'toMonday(time)',
  ageFrom: 'time + INTERVAL 30 DAY',
  deduplicated: true,
  shardBy: 'sipHash64(reason)',
} as const satisfies TableDescriptor;
