import { SondeError } from '../../../model/errors.ts';
import { MetricBatch } from '../../../model/sample.ts';
import { makeSeries, type Series } from '../../../model/series.ts';
import { DEFAULT_TENANT, type Sink } from '../../../model/sink.ts';
import type { Ledger } from '../../../self/ledger.ts';
import type { Clock } from '../../../util/clock.ts';
import type { ScrapeJob } from '../config.ts';
import { acceptHeader, dialectOf, type Dialect } from '../exposition/dialect.ts';
import type { HttpAnswer, HttpFetcher } from './http-fetcher.ts';
import { firstDelayMs, nextDue, scrapeTimeMs } from './schedule.ts';
import { ScrapeDecoder, type ScrapeCounts } from './scrape-decoder.ts';
import type { ScrapeMetrics } from './scrape-metrics.ts';
import type { ResolvedTarget } from './target-labels.ts';

/** The door, as in `IngestContext.source`. */
export const SOURCE = 'scrape';

/** What a loop needs of the world. */
export interface LoopContext {
  readonly sink: Sink;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly metrics: ScrapeMetrics;
  readonly userAgent: string;
}

/** How a target is doing. */
export interface TargetHealth {
  readonly health: 'up' | 'down' | 'unknown';
  /** Why it is down, or why its samples were not stored; '' if neither. */
  readonly lastError: string;
  /** 0 before the first scrape. */
  readonly lastScrapeUnixMs: number;
  readonly lastScrapeDurationMs: number;
  /** Of the last good scrape, after relabelling. */
  readonly samples: number;
}

const REPORTS = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
] as const;

interface Outcome extends ScrapeCounts {
  readonly batch: MetricBatch;
  readonly bytes: number;
  /** Why the answer, if there was one, was refused whole. */
  readonly fault: SondeError | undefined;
}

const NOTHING: ScrapeCounts = { scraped: 0, kept: 0, duplicates: 0, added: 0 };

/**
 * Scrapes one target, round by round, never two at a time.
 *
 * A round's samples, staleness markers and report series go to the sink as one batch. Whatever is wrong with the
 * target becomes `up` 0 and `lastError`; when the sink refuses, the round's samples are lost, counted as
 * `scrape-store-unavailable`, and the next round goes on.
 */
export class ScrapeLoop {
  readonly target: ResolvedTarget;
  private readonly job: ScrapeJob;
  private readonly fetcher: HttpFetcher;
  private readonly context: LoopContext;
  private readonly decoder: ScrapeDecoder;
  private readonly reports: readonly Series[];
  private readonly headers: Readonly<Record<string, string>>;
  private health: TargetHealth = {
    health: 'unknown',
    lastError: '',
    lastScrapeUnixMs: 0,
    lastScrapeDurationMs: 0,
    samples: 0,
  };
  private cancel: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  private forcedFault: SondeError | undefined;

  constructor(target: ResolvedTarget, job: ScrapeJob, fetcher: HttpFetcher, context: LoopContext) {
    this.target = target;
    this.job = job;
    this.fetcher = fetcher;
    this.context = context;
    this.decoder = new ScrapeDecoder({ ...job, targetLabels: target.labels });
    this.reports = REPORTS.map((metric) => makeSeries(metric, target.labels));
    this.headers = {
      Accept: acceptHeader(job.protocols),
      'Accept-Encoding': job.enableCompression ? 'gzip' : 'identity',
      'User-Agent': context.userAgent,
      'X-Prometheus-Scrape-Timeout-Seconds': String(target.timeoutMs / 1000),
    };
  }

  status(): TargetHealth {
    return this.health;
  }

  /** Fails every round with `fault` until it is undefined again: the job has too many targets. */
  force(fault: SondeError | undefined): void {
    this.forcedFault = fault;
  }

  start(): void {
    const nowMs = this.context.clock.nowMs();
    this.await(nowMs + firstDelayMs(nowMs, this.target.intervalMs, this.target.hash));
  }

  /**
   * Ends the loop when the round under way has ended; close the fetcher to cut its request short.
   * @param isGone whether the target is no more: then its series become stale, so that queries do not show them on
   */
  async stop(isGone: boolean): Promise<void> {
    if (this.stopped) return this.running;
    this.stopped = true;
    this.cancel();
    await this.running;
    if (isGone && this.health.health !== 'unknown') await this.tellGone();
  }

  /** One scrape with the timestamp `timeMs`, to its end in the sink. Never rejects. */
  async scrape(timeMs: number): Promise<void> {
    const { clock } = this.context;
    const startedMs = clock.monotonicMs();
    const outcome = await this.fetchAndDecode(timeMs);
    if (outcome === undefined) return;
    const durationMs = clock.monotonicMs() - startedMs;
    this.report(outcome, timeMs, durationMs);
    this.context.metrics.scraped(outcome.fault, outcome.scraped);
    const { fault } = outcome;
    const storeFault = await this.store(outcome, timeMs);
    this.health = {
      health: fault === undefined ? 'up' : 'down',
      lastError: fault?.describe() ?? storeFault ?? '',
      lastScrapeUnixMs: timeMs,
      lastScrapeDurationMs: durationMs,
      samples: fault === undefined ? outcome.kept : this.health.samples,
    };
  }

  private await(dueMs: number): void {
    const { clock } = this.context;
    this.cancel = clock.schedule(dueMs - clock.nowMs(), () => {
      const { intervalMs } = this.target;
      this.running = this.scrape(scrapeTimeMs(dueMs, clock.nowMs(), intervalMs)).then(() => {
        if (this.stopped) return;
        const next = nextDue(dueMs, clock.nowMs(), intervalMs);
        this.context.metrics.missed(next.missed);
        this.await(next.dueMs);
      });
    });
  }

  /** Gives nothing when the loop was stopped in the middle: that says nothing about the target. */
  private async fetchAndDecode(timeMs: number): Promise<Outcome | undefined> {
    const { decoder } = this;
    let bytes = 0;
    decoder.counts = NOTHING;
    try {
      if (this.forcedFault !== undefined) throw this.forcedFault;
      const answer = await this.fetcher.get({
        url: this.target.url,
        headers: this.headers,
        timeoutMs: this.target.timeoutMs,
        maxBytes: this.job.limits.bodyBytesLimit,
      });
      bytes = answer.body.length;
      const batch = await decoder.decode(answer.body, this.dialect(answer), timeMs);
      return { batch, bytes, ...decoder.counts, fault: undefined };
    } catch (error) {
      if (this.stopped) return undefined;
      const batch = new MetricBatch();
      decoder.vanish(batch, timeMs);
      return { batch, bytes, ...decoder.counts, fault: asFault(error) };
    }
  }

  private dialect(answer: HttpAnswer): Dialect {
    if (answer.status !== 200) {
      throw new SondeError(`the server answered HTTP status ${answer.status} ${answer.statusText}`.trimEnd(), {
        kind: 'unavailable',
        code: 'scrape-status',
      });
    }
    const dialect = dialectOf(answer.contentType);
    if (dialect !== undefined) return dialect;
    const { fallbackProtocol } = this.job;
    if (fallbackProtocol !== undefined) return fallbackProtocol.startsWith('OpenMetrics') ? 'open-metrics' : 'text';
    throw new SondeError(`the answer is ${JSON.stringify((answer.contentType ?? '').slice(0, 80))}, not metrics`, {
      kind: 'unsupported',
      code: 'scrape-not-metrics',
      mend: 'check metrics_path; if it is the text format all the same, set fallback_scrape_protocol: PrometheusText0.0.4',
    });
  }

  private report({ batch, fault, scraped, kept, added }: Outcome, timeMs: number, durationMs: number): void {
    const values = [fault === undefined ? 1 : 0, durationMs / 1000, scraped, kept, added];
    values.forEach((value, i) => batch.addSample(batch.addSeries(this.reports[i]!), timeMs, value));
  }

  /** Hands the batch over; gives the reason if it was not stored. */
  private async store(outcome: Outcome, timeMs: number): Promise<string | undefined> {
    const { ledger, sink, metrics } = this.context;
    const { batch, bytes, duplicates, fault, scraped } = outcome;
    const entry = { tenant: DEFAULT_TENANT, signal: 'metrics', source: SOURCE } as const;
    const rows = batch.length;
    if (fault === undefined) {
      const relabelled = scraped - outcome.kept;
      ledger.record({ ...entry, outcome: 'received', reason: '', count: rows + relabelled + duplicates, bytes });
      ledger.record({ ...entry, outcome: 'dropped', reason: 'metric-relabel', count: relabelled, bytes: 0 });
      ledger.record({ ...entry, outcome: 'dropped', reason: 'duplicate-sample', count: duplicates, bytes: 0 });
    } else {
      ledger.record({ ...entry, outcome: 'received', reason: '', count: rows + scraped, bytes });
      ledger.record({ ...entry, outcome: 'rejected', reason: fault.code, count: scraped, bytes });
    }
    try {
      await sink.metrics(batch, { tenant: DEFAULT_TENANT, source: SOURCE, receivedUnixMs: timeMs });
      return undefined;
    } catch (error) {
      this.decoder.notStored();
      metrics.notStored();
      ledger.record({ ...entry, outcome: 'dropped', reason: 'scrape-store-unavailable', count: rows, bytes });
      return `scraped, but not stored: ${asFault(error).describe()}`;
    }
  }

  private async tellGone(): Promise<void> {
    const timeMs = this.context.clock.nowMs();
    const batch = new MetricBatch();
    this.decoder.vanish(batch, timeMs);
    for (const series of this.reports) batch.addStale(batch.addSeries(series), timeMs);
    await this.store({ batch, bytes: 0, ...NOTHING, fault: undefined }, timeMs);
  }
}

function asFault(error: unknown): SondeError {
  if (error instanceof SondeError) return error;
  return new SondeError(`the scrape failed inside Sonde: ${(error as Error).message}`, {
    kind: 'internal',
    code: 'scrape-internal',
    cause: error,
  });
}
