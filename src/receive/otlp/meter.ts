import { Counter, Histogram } from 'prom-client';
import { SondeError } from '../../model/errors.ts';
import type { Signal } from '../../model/sink.ts';
import type { Registry } from '../../self/metrics.ts';
import type { Clock } from '../../util/clock.ts';
import type { IngestOutcome, OtlpSource } from './ingest.ts';

/** Sonde's own counters of OTLP requests, also of those that were refused before they were decoded. */
export class OtlpMeter {
  private readonly clock: Clock;
  private readonly requests: Counter<'signal' | 'source' | 'result'>;
  private readonly seconds: Histogram<'signal'>;

  constructor(registry: Registry, clock: Clock) {
    this.clock = clock;
    this.requests = new Counter({
      name: 'sonde_otlp_requests_total',
      help: 'OTLP requests by outcome: ok, partial, or the kind of the failure',
      labelNames: ['signal', 'source', 'result'],
      registers: [registry],
    });
    this.seconds = new Histogram({
      name: 'sonde_otlp_request_duration_seconds',
      help: 'Time from the head of a request to its answer, storing included',
      labelNames: ['signal'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers: [registry],
    });
  }

  /** Counts and times the handling of one request; passes its result and its failure on. */
  async measure(signal: Signal, source: OtlpSource, handle: () => Promise<IngestOutcome>): Promise<IngestOutcome> {
    const begunMs = this.clock.monotonicMs();
    let result = 'internal';
    try {
      const outcome = await handle();
      result = outcome.rejected === 0 ? 'ok' : 'partial';
      return outcome;
    } catch (error) {
      if (error instanceof SondeError) result = error.kind;
      throw error;
    } finally {
      this.requests.inc({ signal, source, result });
      this.seconds.observe({ signal }, (this.clock.monotonicMs() - begunMs) / 1000);
    }
  }
}
