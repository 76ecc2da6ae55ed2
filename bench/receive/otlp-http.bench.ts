import { Registry } from 'prom-client';
import { KeyTables } from '../../src/model/key-table.ts';
import type { Sink } from '../../src/model/sink.ts';
import { otlpConfig } from '../../src/receive/otlp/config.ts';
import { makeOtlpReceiver } from '../../src/receive/otlp/index.ts';
import { Ledger } from '../../src/self/ledger.ts';
import { silentLogger } from '../../src/self/logger.ts';
import { runOtlpLoad, type OtlpLoadOptions } from '../load/start-otlp-sender.ts';

/** Takes everything at once: what remains is the cost of the door and the decoder. */
const sink: Sink = {
  spans: async (batch) => ({ accepted: batch.length, rejected: [] }),
  logs: async (batch) => ({ accepted: batch.length, rejected: [] }),
  metrics: async (batch) => ({ accepted: batch.length + batch.histograms.length, rejected: [] }),
};
const receiver = makeOtlpReceiver({
  settings: otlpConfig.parse({ http: { listen: '127.0.0.1:0' }, grpc: { enabled: false } }),
  sink,
  ledger: new Ledger(),
  logger: silentLogger(),
  registry: new Registry(),
  keyTables: new KeyTables(),
});
await receiver.start();

console.log('How much does the OTLP/HTTP door take, decoded but not stored?');
const runs: Omit<OtlpLoadOptions, 'url' | 'seconds'>[] = [
  { signal: 'traces', batch: 512 },
  { signal: 'traces', batch: 512, gzip: true },
  { signal: 'logs', batch: 1000 },
  { signal: 'metrics', batch: 2000 },
];
for (const run of runs) {
  const before = process.cpuUsage();
  const result = await runOtlpLoad({ ...run, url: receiver.httpAddress!, seconds: 4 });
  const { user, system } = process.cpuUsage(before);
  const cores = (user + system) / 1e6 / result.seconds;
  const { p50, p99 } = result.latencyMs;
  console.log(
    `  ${run.signal}${run.gzip === true ? ' gzip' : ''}: ${result.perSecond}/s acknowledged, ` +
      `${result.bytesPerRecord} B each, ${cores.toFixed(2)} cores of the receiver, ` +
      `p50 ${p50} ms, p99 ${p99} ms, ${JSON.stringify(result.statuses)}`,
  );
}
await receiver.stop();
