import { KeyTable } from '../../src/model/key-table.ts';
import { makeLogColumns, pushLogs } from '../../src/store/logs/writer.ts';
import { makeSampleColumns, pushSamples } from '../../src/store/metrics/metric-columns.ts';
import { BlockEncoder } from '../../src/store/native/encode-block.ts';
import { sampleLogs, sampleMetrics, sampleSpans } from '../../src/store/sample-batches.ts';
import { makeSpanColumns, pushSpans } from '../../src/store/traces/span-columns.ts';
import { makeTraceTimeColumns, pushTraceTimes, traceExtents } from '../../src/store/traces/trace-extents.ts';
import { measure } from '../harness.ts';

/** How fast do batches become Native blocks on one core? Batches of 512 as receivers make them, blocks of 65,000 rows. */
const BATCH = 512;
const BATCHES = 126;
const keys = new KeyTable();
const unixMs = Date.now();
const options = (seed: number) => ({ count: BATCH, unixMs, seed, keys });
const seeds = Array.from({ length: 16 }, (_, seed) => seed);
const rows = Uint32Array.from({ length: BATCH }, (_, i) => i);

const spanBatches = seeds.map((seed) => sampleSpans(options(seed)));
const spanBlock = new BlockEncoder(makeSpanColumns());
const timeBlock = new BlockEncoder(makeTraceTimeColumns());
const logBatches = seeds.map((seed) => sampleLogs(options(seed)));
const logBlock = new BlockEncoder(makeLogColumns());
const metricBatches = seeds.map((seed) => sampleMetrics({ ...options(seed), count: 5000 }));
const metricRows = Uint32Array.from({ length: 5000 }, (_, i) => i);
const sampleBlock = new BlockEncoder(makeSampleColumns());

function size(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

function encodeSpans(): number {
  spanBlock.reset();
  timeBlock.reset();
  for (let i = 0; i < BATCHES; i++) {
    const batch = spanBatches[i % spanBatches.length]!;
    pushSpans(spanBlock.columns, batch, rows, 'default');
    const extents = traceExtents(batch, rows);
    pushTraceTimes(timeBlock.columns, batch, extents, 'default', 0, extents.count);
  }
  size(spanBlock.chunks());
  size(timeBlock.chunks());
  return BATCH * BATCHES;
}

function encodeLogs(): number {
  logBlock.reset();
  for (let i = 0; i < BATCHES; i++) pushLogs(logBlock.columns, logBatches[i % logBatches.length]!, rows, 'default');
  size(logBlock.chunks());
  return BATCH * BATCHES;
}

function encodeSamples(): number {
  sampleBlock.reset();
  for (let i = 0; i < 50; i++) {
    pushSamples(sampleBlock.columns, metricBatches[i % metricBatches.length]!, metricRows, 'default');
  }
  size(sampleBlock.chunks());
  return 5000 * 50;
}

encodeSpans();
console.log(`  a span weighs ${Math.round(size(spanBlock.chunks()) / (BATCH * BATCHES))} bytes in a block`);
await measure(
  'How fast do batches become Native blocks on one core?',
  [
    { name: 'spans of 12 attributes', run: encodeSpans },
    { name: 'log records of 300 bytes', run: encodeLogs },
    { name: 'samples', run: encodeSamples },
  ],
  { unit: 'rows' },
);
