import { Counter, Gauge } from 'prom-client';
import type { SondeError } from '../../../model/errors.ts';
import type { Registry } from '../../../self/metrics.ts';

/** Sonde's own account of its scraping. */
export class ScrapeMetrics {
  private readonly scrapes: Counter<'outcome'>;
  private readonly samples: Counter;
  private readonly missedRounds: Counter;

  /** @param targets gives the number of targets by health, asked whenever the metrics are read */
  constructor(registry: Registry, targets: () => Readonly<Record<string, number>>) {
    const registers = [registry];
    this.scrapes = new Counter({
      name: 'sonde_scrape_scrapes_total',
      help: 'Scrapes by outcome: ok, store_unavailable beside it, or the kind of what was wrong.',
      labelNames: ['outcome'],
      registers,
    });
    this.samples = new Counter({ name: 'sonde_scrape_samples_total', help: 'Samples read from targets.', registers });
    this.missedRounds = new Counter({
      name: 'sonde_scrape_missed_rounds_total',
      help: 'Rounds left out because the one before had not ended.',
      registers,
    });
    new Gauge({
      name: 'sonde_scrape_targets',
      help: 'Targets by health.',
      labelNames: ['health'],
      registers,
      collect() {
        for (const [health, count] of Object.entries(targets())) this.set({ health }, count);
      },
    });
  }

  scraped(fault: SondeError | undefined, samples: number): void {
    this.scrapes.inc({ outcome: fault === undefined ? 'ok' : fault.kind });
    this.samples.inc(samples);
  }

  notStored(): void {
    this.scrapes.inc({ outcome: 'store_unavailable' });
  }

  missed(rounds: number): void {
    if (rounds > 0) this.missedRounds.inc(rounds);
  }
}
