import { MetricBatch } from '../../src/model/sample.ts';
import { makeSeries, type Label } from '../../src/model/series.ts';

/** A fleet's request histogram: `series` = models × instances × bounds. */
export interface Fleet {
  readonly models: number;
  readonly instances: number;
  readonly bounds: readonly string[];
  readonly startMs: number;
  readonly scrapes: number;
  readonly intervalMs: number;
}

export const METRIC = 'request_duration_seconds_bucket';

const BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 60];

export function makeFleet(series: number, hours: number, endMs: number): Fleet {
  const bounds = [...BOUNDS.map(String), '+Inf'];
  const intervalMs = 15_000;
  const scrapes = (hours * 3_600_000) / intervalMs;
  const instances = Math.max(1, Math.round(series / 10 / bounds.length));
  return { models: 10, instances, bounds, startMs: endMs - (scrapes - 1) * intervalMs, scrapes, intervalMs };
}

export interface FleetSeries {
  readonly labels: readonly Label[];
  /** Value at a scrape: a counter that grows with some noise. */
  readonly value: (scrape: number) => number;
}

export function fleetSeries(fleet: Fleet): FleetSeries[] {
  const all: FleetSeries[] = [];
  for (let model = 0; model < fleet.models; model++) {
    for (let instance = 0; instance < fleet.instances; instance++) {
      fleet.bounds.forEach((le, bound) => {
        const share = 1 - Math.exp(-(bound + 1) / (3 + (model % 5)));
        const perScrape = 20 + ((model * 7 + instance * 13) % 40);
        all.push({
          labels: [
            ['instance', `host-${instance}:8000`],
            ['job', 'llm'],
            ['le', le],
            ['model', `model-${model}`],
          ],
          value: (scrape) => Math.floor(share * perScrape * (scrape + 1 + Math.sin(scrape / 50 + model))),
        });
      });
    }
  }
  return all;
}

/** Batches of whole scrapes, each of some 100,000 samples. */
export function* fleetBatches(fleet: Fleet): Generator<MetricBatch> {
  const all = fleetSeries(fleet);
  const interned = all.map(({ labels }) => makeSeries(METRIC, labels));
  const perBatch = Math.max(1, Math.floor(100_000 / all.length));
  for (let scrape = 0; scrape < fleet.scrapes;) {
    const batch = new MetricBatch();
    for (const series of interned) batch.addSeries(series);
    for (const last = Math.min(fleet.scrapes, scrape + perBatch); scrape < last; scrape++) {
      const timeMs = fleet.startMs + scrape * fleet.intervalMs;
      for (let i = 0; i < all.length; i++) batch.addSample(i, timeMs, all[i]!.value(scrape));
    }
    yield batch;
  }
}

/** The same samples as OpenMetrics text, series after series. */
export function* fleetOpenMetrics(fleet: Fleet): Generator<string> {
  yield `# TYPE ${METRIC.replace('_bucket', '')} histogram\n`;
  for (const { labels, value } of fleetSeries(fleet)) {
    const name = `${METRIC}{${labels.map(([label, text]) => `${label}="${text}"`).join(',')}}`;
    let text = '';
    for (let scrape = 0; scrape < fleet.scrapes; scrape++) {
      text += `${name} ${value(scrape)} ${(fleet.startMs + scrape * fleet.intervalMs) / 1000}\n`;
    }
    yield text;
  }
  yield '# EOF\n';
}
