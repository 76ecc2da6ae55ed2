import { readLastKept, readLedger, type LedgerLine } from '../../query/overview/index.ts';
import { METRIC_TABLES } from '../../vocabulary/catalogue.ts';
import { isLoss } from './answer/losses.ts';
import { limitsOf } from './answer/limits.ts';
import type { Limit, StatusResponse, TargetsResponse } from './contract.ts';
import type { SondeDeps } from './deps.ts';
import { IngestWatch, SIGNALS } from './ingest-watch.ts';

const HOUR_MS = 3_600_000;
/** What the store says of the past is asked again after this long. */
const FRESH_MS = 5000;
const REFUSALS = 5;

/** Doors that the start page shows snippets for. */
const DOORS: readonly { key: string; label: string; sources: readonly string[] }[] = [
  { key: 'otlp-http', label: 'OTLP over HTTP', sources: ['otlp-http'] },
  { key: 'otlp-grpc', label: 'OTLP over gRPC', sources: ['otlp-grpc'] },
  { key: 'scrape', label: 'Prometheus scrape', sources: ['scrape'] },
  { key: 'remote-write', label: 'Prometheus remote write', sources: ['remote-write'] },
];

interface Past {
  readonly atMs: number;
  readonly kept: readonly { source: string; signal: string; unixMs: number }[];
  readonly lastHour: readonly LedgerLine[];
}

/** Makes the answer to `status`; keeps what the store said for some seconds, since every open page asks. */
export class StatusAnswer {
  private readonly deps: SondeDeps;
  private readonly watch: IngestWatch;
  private past: Past = { atMs: -Infinity, kept: [], lastHour: [] };

  constructor(deps: SondeDeps) {
    this.deps = deps;
    this.watch = new IngestWatch(deps.ledger, deps.status.startedUnixMs);
  }

  /** Answers also while the store does not: what only it knows is then as last seen. */
  async answer(signal: AbortSignal): Promise<StatusResponse> {
    const { deps } = this;
    const nowMs = deps.nowMs();
    const live = this.watch.look(nowMs);
    const store = deps.status.store();
    if (store.state === 'ready' && nowMs - this.past.atMs > FRESH_MS) await this.refresh(nowMs, signal);
    const { kept, lastHour } = this.past;
    const last = { metrics: live.lastUnixMs.metrics, traces: live.lastUnixMs.traces, logs: live.lastUnixMs.logs };
    for (const name of SIGNALS) {
      for (const line of kept) if (line.signal === name) last[name] = Math.max(last[name] ?? 0, line.unixMs);
    }
    const newest = Math.max(...SIGNALS.map((name) => last[name] ?? -Infinity));
    return {
      version: deps.status.version,
      demo: deps.status.demo,
      nowUnixMs: nowMs,
      startedUnixMs: deps.status.startedUnixMs,
      addresses: deps.status.addresses(),
      everReceived: { metrics: last.metrics !== null, traces: last.traces !== null, logs: last.logs !== null },
      lastReceivedUnixMs: last,
      ratePerSecond: live.ratePerSecond,
      lagMs: Number.isFinite(newest) ? deps.status.writeLagMs() : null,
      lostLastHour: lastHour.reduce((sum, line) => (isLoss(line) ? sum + line.count : sum), 0),
      store,
      limits: Object.values(limitsOf(deps.limits)).filter((limit): limit is Limit & typeof limit => limit !== null),
      pricesConfigured: deps.prices.models.size > 0,
      arrivals: [
        ...doorArrivals([...live.doors, ...kept.map(({ unixMs, ...rest }) => ({ ...rest, lastUnixMs: unixMs }))]),
        ...serverArrivals(deps.targets()),
      ],
      refusals: lastHour
        .filter(isLoss)
        .sort((a, b) => b.minuteUnixMs - a.minuteUnixMs)
        .slice(0, REFUSALS)
        .map(({ minuteUnixMs, source, signal: name, reason, count }) => ({
          unixMs: minuteUnixMs,
          source,
          signal: name,
          reason,
          count,
        })),
    };
  }

  private async refresh(nowMs: number, signal: AbortSignal): Promise<void> {
    const { reader, tenant, logger } = this.deps;
    try {
      const [kept, lastHour] = await Promise.all([
        readLastKept(reader, tenant, signal),
        readLedger(reader, tenant, nowMs - HOUR_MS, nowMs, signal),
      ]);
      this.past = { atMs: nowMs, kept, lastHour };
    } catch (err) {
      // The rest of the answer does not need the store; the next question asks it again.
      logger.debug({ err }, 'the store did not answer for the status');
    }
  }
}

function doorArrivals(
  seen: readonly { source: string; signal: string; lastUnixMs: number }[],
): StatusResponse['arrivals'] {
  return DOORS.map(({ key, label, sources }) => {
    const own = seen.filter(({ source }) => sources.includes(source));
    const signals = [...new Set(own.map(({ signal }) => signal))].sort();
    return {
      key,
      label,
      arrived: own.length > 0,
      lastUnixMs: own.length === 0 ? null : Math.max(...own.map(({ lastUnixMs }) => lastUnixMs)),
      detail: signals.length === 0 ? null : signals.join(', '),
    };
  });
}

/** Each kind of server or exporter that is scraped or could be. */
function serverArrivals({ targets }: TargetsResponse): StatusResponse['arrivals'] {
  return METRIC_TABLES.filter(({ kind }) => kind !== 'sdk').map(({ system, title }) => {
    const own = targets.filter(({ kind, health }) => kind === system && health === 'up');
    const last = Math.max(...own.map(({ lastScrapeUnixMs }) => lastScrapeUnixMs ?? -Infinity));
    return {
      key: system,
      label: title,
      arrived: own.length > 0,
      lastUnixMs: Number.isFinite(last) ? last : null,
      detail: own.length === 0 ? null : own.map(({ instance }) => instance).join(', '),
    };
  });
}
