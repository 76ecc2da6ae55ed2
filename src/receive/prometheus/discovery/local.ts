import { SondeError } from '../../../model/errors.ts';
import type { Logger } from '../../../self/logger.ts';
import type { Clock } from '../../../util/clock.ts';
import type { TargetGroup } from '../discovery-config.ts';
import { dialectOf } from '../exposition/dialect.ts';
import { parseExposition } from '../exposition/parse.ts';
import type { HttpAnswer, HttpFetcher } from '../scrape/http-fetcher.ts';
import {
  DEFAULT_METRICS_PATHS,
  recogniseMetrics,
  recogniseSilent,
  type PortToProbe,
  type RecognitionTable,
} from './recognise.ts';

/** A server found on this host without configuration. */
export interface DiscoveredServer {
  /** `found`: scraped. `silent`: it answers but exports no metrics; `mend` says how to change that. */
  readonly state: 'found' | 'silent';
  readonly kind: string;
  readonly title: string;
  /** `127.0.0.1:8000` */
  readonly address: string;
  readonly port: number;
  /** Where it was recognised. */
  readonly path: string;
  readonly job: string;
  /** '' for `found`. */
  readonly mend: string;
  readonly firstSeenUnixMs: number;
  readonly lastSeenUnixMs: number;
}

export interface LocalDiscoveryOptions {
  readonly table: RecognitionTable;
  readonly ports: readonly number[] | undefined;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly fetcher: HttpFetcher;
  readonly userAgent: string;
  /** Whether something configured, or Sonde itself, already is at this loopback port: then it is left alone. */
  readonly isTaken: (port: number) => boolean;
  /** Whether the target found at this port answers: then there is nothing to find out. */
  readonly isHealthy: (port: number) => boolean;
  readonly onChange: (groups: readonly TargetGroup[]) => void;
}

const HOST = '127.0.0.1';
const PROBE_TIMEOUT_MS = 2000;
const MAX_BYTES = 16 * 1024 * 1024;
/** While an open port is not recognised yet, the next of its paths is tried this soon: on start, not every round. */
const FOLLOW_UP_MS = 1000;
/** A target found stays this long after it stopped answering, so that `up` 0 is seen; then it is forgotten. */
const FORGET_AFTER_MS = 3_600_000;

/** What is known of one port. */
interface PortState extends PortToProbe {
  /** Index in `pathsOf` of what is asked next. */
  next: number;
  /** Every path has been asked since the port opened, without success. */
  exhausted: boolean;
  server: DiscoveredServer | undefined;
}

/**
 * Finds LLM servers and exporters on the loopback interface by what they answer.
 *
 * In a round each port gets at most one request; an open port that is not recognised gets its further paths in
 * rounds of their own, which follow quickly the first time. Ports of configured targets and of targets that
 * answer are left alone.
 */
export class LocalDiscovery {
  private readonly options: LocalDiscoveryOptions;
  private readonly states: readonly PortState[];
  private cancel: () => void = () => undefined;
  private stopped = false;

  constructor(options: LocalDiscoveryOptions) {
    this.options = options;
    this.states = portsOf(options).map((port) => ({ ...port, next: 0, exhausted: false, server: undefined }));
  }

  servers(): readonly DiscoveredServer[] {
    return this.states.flatMap(({ server }) => server ?? []);
  }

  /** Resolves after the first round; further rounds follow by themselves. */
  async start(): Promise<void> {
    await this.round(this.states);
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  private async round(states: readonly PortState[]): Promise<void> {
    const before = JSON.stringify(this.groups());
    const { clock, intervalMs, isHealthy, isTaken } = this.options;
    const wanted = states.filter(({ port }) => !isTaken(port) && !isHealthy(port));
    for (const state of states) {
      if (isTaken(state.port)) state.server = undefined;
      else if (state.server !== undefined && isHealthy(state.port)) {
        state.server = { ...state.server, lastSeenUnixMs: clock.nowMs() };
      }
    }
    const unsure = await Promise.all(wanted.map((state) => this.probe(state)));
    if (this.stopped) return;
    const groups = this.groups();
    if (JSON.stringify(groups) !== before) this.options.onChange(groups);
    const followUps = wanted.filter((_, i) => unsure[i] === true);
    this.cancel = clock.schedule(followUps.length > 0 ? Math.min(FOLLOW_UP_MS, intervalMs) : intervalMs, () => {
      void this.round(followUps.length > 0 ? followUps : this.states);
    });
  }

  /** One request to the port; true if it is open, not recognised, and has paths left to try. */
  private async probe(state: PortState): Promise<boolean> {
    const { fetcher, userAgent, clock, table } = this.options;
    const paths = pathsOf(state, table);
    const path = paths[state.next % paths.length]!;
    let answer: HttpAnswer;
    try {
      answer = await fetcher.get({
        url: `http://${HOST}:${state.port}${path}`,
        headers: { 'User-Agent': userAgent, Accept: 'text/plain;version=0.0.4,*/*;q=0.5', 'Accept-Encoding': 'gzip' },
        timeoutMs: PROBE_TIMEOUT_MS,
        maxBytes: MAX_BYTES,
      });
    } catch (error) {
      this.unanswered(state, error);
      return false;
    }
    const signature = metricsOf(answer, table) ?? silentOf(path, answer, table);
    if (signature !== undefined) {
      this.recognised(state, path, signature, clock.nowMs());
      return false;
    }
    state.next = (state.next + 1) % paths.length;
    if (state.next === 0) {
      state.exhausted = true;
      if (state.server?.state === 'silent') state.server = undefined;
    }
    return !state.exhausted && state.server === undefined;
  }

  private recognised(state: PortState, path: string, signature: Recognised, nowMs: number): void {
    const { kind, title, mend } = signature;
    const isSame = state.server?.kind === kind && (state.server.state === 'found') === (mend === '');
    state.next = 0;
    state.server = {
      state: mend === '' ? 'found' : 'silent',
      kind,
      title,
      address: `${HOST}:${state.port}`,
      port: state.port,
      path,
      job: kind,
      mend,
      firstSeenUnixMs: isSame ? state.server!.firstSeenUnixMs : nowMs,
      lastSeenUnixMs: nowMs,
    };
    if (!isSame) {
      const { port, mend: advice } = state.server;
      this.options.logger.info({ kind, port, path, mend: advice }, 'found a server on this host');
    }
  }

  private unanswered(state: PortState, error: unknown): void {
    const isRefused = error instanceof SondeError && error.code === 'scrape-unreachable';
    if (isRefused) {
      state.next = 0;
      state.exhausted = false;
    }
    const { server } = state;
    if (server === undefined) return;
    const isForgotten = this.options.clock.nowMs() - server.lastSeenUnixMs > FORGET_AFTER_MS;
    if (isForgotten || (server.state === 'silent' && isRefused)) state.server = undefined;
  }

  private groups(): TargetGroup[] {
    return this.servers()
      .filter(({ state }) => state === 'found')
      .map(({ address, path, job }) => ({
        source: address,
        targets: [{ __address__: address }],
        labels: { job, __metrics_path__: path },
      }));
  }
}

interface Recognised {
  readonly kind: string;
  readonly title: string;
  readonly mend: string;
}

/**
 * What may be asked at a port, the likeliest first: where metrics may be, then where silent servers show themselves;
 * of a server known to be silent only whether it still is.
 */
function pathsOf({ metricsPaths, server }: PortState, table: RecognitionTable): readonly string[] {
  const silent = server?.state === 'silent' ? [server.path] : table.silent.map(({ path }) => path);
  return [...new Set([...metricsPaths, ...silent])];
}

function portsOf({ ports, table }: LocalDiscoveryOptions): readonly PortToProbe[] {
  if (ports === undefined) return table.ports;
  return [...new Set(ports)].map(
    (port) => table.ports.find((known) => known.port === port) ?? { port, metricsPaths: DEFAULT_METRICS_PATHS },
  );
}

function metricsOf(answer: HttpAnswer, table: RecognitionTable): Recognised | undefined {
  const dialect = dialectOf(answer.contentType);
  if (answer.status !== 200 || dialect === undefined) return undefined;
  try {
    const { samples, metadata } = parseExposition(answer.body, dialect);
    const names = new Set([...samples.map(({ series }) => series.metric), ...metadata.map(({ family }) => family)]);
    const signature = recogniseMetrics(names, table.metrics);
    return signature && { kind: signature.kind, title: signature.title, mend: '' };
  } catch {
    return undefined;
  }
}

function silentOf(path: string, { status, body }: HttpAnswer, table: RecognitionTable): Recognised | undefined {
  const text = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 65_536)).toString('utf8');
  return recogniseSilent(path, status, text, table.silent);
}
