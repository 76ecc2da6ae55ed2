import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { queryConfig } from '../../src/query/config.ts';
import { makePromqlEngine, timeAt, type PromqlEngine, type QueryResult } from '../../src/query/promql/index.ts';
import { DEFAULT_TENANT } from '../../src/model/sink.ts';
import { Ledger } from '../../src/self/ledger.ts';
import { silentLogger } from '../../src/self/logger.ts';
import { openStore } from '../../src/store/index.ts';
import { storeConfig } from '../../src/store/config.ts';
import * as vocabulary from '../../src/vocabulary/catalogue.ts';
import { placeEngineHost } from '../load/engine-host.ts';
import { measure, type Contender } from '../harness.ts';
import { fleetBatches, fleetOpenMetrics, makeFleet, METRIC } from './bucket-series.ts';
import { prometheusInstalled, startPrometheus, type PrometheusPeer } from './prometheus-peer.ts';

// How long does the 95th percentile by model take, over 10 k series and 6 h at a step of 15 s? Prometheus answers
// the same query over the same samples beside it. SONDE_BENCH_SERIES and SONDE_BENCH_HOURS make it smaller.
const SERIES = Number(process.env['SONDE_BENCH_SERIES'] ?? 10_000);
const HOURS = Number(process.env['SONDE_BENCH_HOURS'] ?? 6);
const STEP_MS = 15_000;
const QUERY = `histogram_quantile(0.95, sum by (le, model) (rate(${METRIC}[5m])))`;

const folder = await mkdtemp(join(tmpdir(), 'sonde-bench-query-'));
const endMs = Math.floor(Date.now() / STEP_MS) * STEP_MS;
// Scrapes between the steps: old Prometheus counts a sample at the range's very start, new ones do not.
const fleet = makeFleet(SERIES, HOURS, endMs - 7000);
const times = { startMs: endMs - HOURS * 3_600_000 + 600_000, endMs, stepMs: STEP_MS };
await placeEngineHost();
const store = await openStore(storeConfig.parse({ data_dir: join(folder, 'store'), fsync: false }), {
  logger: silentLogger(),
  registry: new Registry(),
  ledger: new Ledger(),
});
let peer: PrometheusPeer | undefined;
try {
  const begun = performance.now();
  let samples = 0;
  for (const batch of fleetBatches(fleet)) {
    samples += batch.length;
    await store.sink.metrics(batch, { tenant: DEFAULT_TENANT, source: 'bench', receivedUnixMs: endMs });
  }
  console.log(`${samples} samples written in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  const pushed = engineWith({ push_down: true });
  const evaluated = engineWith({ push_down: false });
  const contenders: Contender[] = [
    { name: 'sonde', run: () => query(pushed) },
    { name: 'sonde without push-down', run: () => query(evaluated) },
  ];
  const answer = await pushed.range(QUERY, times);
  same(valuesOf(answer), valuesOf(await evaluated.range(QUERY, times)), 'push-down and evaluator');
  if (prometheusInstalled() && process.env['SONDE_BENCH_ALONE'] === undefined) {
    peer = await startPrometheus(folder, fleetOpenMetrics(fleet));
    const { url } = peer;
    same(valuesOf(answer), await askPrometheus(url), 'sonde and Prometheus');
    contenders.push({ name: 'prometheus', run: async () => (await askPrometheus(url), 1) });
  } else console.log('no Prometheus here to compare with');
  await measure(QUERY, contenders, { unit: 'queries', rounds: 3, roundMs: 1 });
} finally {
  await peer?.stop();
  await store.stop();
  await rm(folder, { recursive: true, force: true });
}

function engineWith(config: { push_down: boolean }): PromqlEngine {
  return makePromqlEngine({ reader: store.reader, settings: queryConfig.parse(config), vocabulary });
}

async function query(engine: PromqlEngine): Promise<number> {
  await engine.range(QUERY, times);
  return 1;
}

/** Values by series and time. */
type Values = Map<string, number>;

function valuesOf({ value }: QueryResult): Values {
  const values: Values = new Map();
  if (value.type !== 'matrix') throw new Error(`a ${value.type}`);
  for (const { labels, kinds, values: column } of value.series) {
    kinds.forEach((kind, step) => {
      if (kind !== 0) values.set(`${labels.get('model')} ${timeAt(value.grid, step)}`, column[step]!);
    });
  }
  return values;
}

async function askPrometheus(url: string): Promise<Values> {
  const form = new URLSearchParams({
    query: QUERY,
    start: String(times.startMs / 1000),
    end: String(times.endMs / 1000),
    step: String(STEP_MS / 1000),
  });
  const answer = (await (await fetch(`${url}/api/v1/query_range`, { method: 'POST', body: form })).json()) as {
    data: { result: { metric: { model: string }; values: [number, string][] }[] };
  };
  const values: Values = new Map();
  for (const { metric, values: points } of answer.data.result) {
    for (const [seconds, text] of points) values.set(`${metric.model} ${seconds * 1000}`, Number(text));
  }
  return values;
}

function same(a: Values, b: Values, what: string): void {
  if (a.size !== b.size || a.size === 0) throw new Error(`${what} give ${a.size} and ${b.size} points`);
  for (const [key, value] of a) {
    const other = b.get(key) ?? NaN;
    if (!(Math.abs(value - other) <= 1e-9 * Math.max(1, Math.abs(value)))) {
      throw new Error(`${what} differ at ${key}: ${value} and ${other}`);
    }
  }
  console.log(`${what}: ${a.size} points equal`);
}
