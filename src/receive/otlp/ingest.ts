import { createHash } from 'node:crypto';
import { SondeError } from '../../model/errors.ts';
import type { KeyTables } from '../../model/key-table.ts';
import {
  DEFAULT_TENANT,
  type IngestContext,
  type IngestResult,
  type Rejection,
  type Signal,
  type Sink,
} from '../../model/sink.ts';
import type { Ledger } from '../../self/ledger.ts';
import type { Logger } from '../../self/logger.ts';
import type { Clock } from '../../util/clock.ts';
import { TextArena } from '../../util/text-arena.ts';
import type { OtlpSettings } from './config.ts';
import { DecodeContext } from './decode/context.ts';
import { jsonToWire } from './decode/json-to-wire.ts';
import { decodeLogs } from './decode/logs.ts';
import { ResourceCache } from './decode/resource.ts';
import { decodeSpans } from './decode/spans.ts';
import { toSondeError } from './errors.ts';
import { decodeMetrics } from './metrics/decode-metrics.ts';
import { MetricTranslator } from './metrics/translator.ts';
import type { BodyEncoding } from './status.ts';

/** The doors of this receiver, as counters name them. */
export type OtlpSource = 'otlp-http' | 'otlp-grpc';

/** What the sender is told of a request that was taken, wholly or in part. */
export interface IngestOutcome {
  /** Spans, records or data points that were not taken. */
  readonly rejected: number;
  /** Why, in a sentence; '' when all was taken. */
  readonly message: string;
}

export interface OtlpIngestOptions {
  readonly settings: OtlpSettings;
  readonly sink: Sink;
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly keyTables: KeyTables;
  readonly clock: Clock;
}

/** What was decoded of a request, ready to be handed over. */
interface Decoded {
  /** In the signal's unit: spans, records; for metrics samples, since that is what is kept. */
  readonly count: number;
  hand(context: IngestContext): Promise<IngestResult>;
}

/**
 * From a request's decompressed body to the sink; both doors meet here. Resolves when all that was acknowledged is
 * stored.
 */
export class OtlpIngest {
  private readonly options: OtlpIngestOptions;
  private readonly resources = new ResourceCache();
  private readonly translator: MetricTranslator;
  private isStopped = false;

  constructor(options: OtlpIngestOptions) {
    this.options = options;
    this.translator = new MetricTranslator(options.settings.metrics);
  }

  /** Refuses what arrives from now on. */
  stop(): void {
    this.isStopped = true;
  }

  /**
   * @param body decompressed; belongs to the batch from now on
   * @throws SondeError for the whole request; nothing of it was kept
   */
  async receive(signal: Signal, body: Uint8Array, encoding: BodyEncoding, source: OtlpSource): Promise<IngestOutcome> {
    if (this.isStopped) {
      throw new SondeError('Sonde is stopping', { kind: 'unavailable', code: 'otlp-stopped', retryAfterMs: 1000 });
    }
    const { settings, ledger, clock } = this.options;
    const receivedUnixMs = clock.nowMs();
    let decode: DecodeContext;
    let decoded: Decoded;
    try {
      const wire = encoding === 'json' ? jsonToWire(signal, body) : body;
      decode = new DecodeContext(new TextArena(wire), settings.limits, this.resources);
      decoded = this.decode(signal, decode, receivedUnixMs);
    } catch (error) {
      throw this.explained(error, signal);
    }
    const { tally } = decode;
    const own = tally.rejections();
    const entry = { tenant: DEFAULT_TENANT, signal, source, bytes: 0 } as const;
    const received = decoded.count + tally.rejectedCount();
    ledger.record({ ...entry, outcome: 'received', reason: '', count: received, bytes: body.length });
    for (const { reason, count } of own) ledger.record({ ...entry, outcome: 'rejected', reason, count });
    for (const [reason, { count, bytes }] of tally.changed) {
      ledger.record({ ...entry, outcome: 'changed', reason, count, bytes });
    }
    if (decoded.count === 0) return outcomeOf(own);
    try {
      const result = await decoded.hand({
        tenant: DEFAULT_TENANT,
        source,
        receivedUnixMs,
        deduplicationToken: tokenOf(signal, body),
      });
      return outcomeOf([...own, ...result.rejected]);
    } catch (error) {
      const failure = this.explained(error, signal);
      if (signal === 'metrics') this.translator.describeAgain(receivedUnixMs);
      // The sender keeps it and sends it again, or gives it up: here it is lost either way.
      ledger.record({ ...entry, outcome: 'rejected', reason: failure.kind, count: decoded.count });
      throw failure;
    }
  }

  private decode(signal: Signal, context: DecodeContext, receivedUnixMs: number): Decoded {
    const { sink, keyTables } = this.options;
    switch (signal) {
      case 'traces': {
        const batch = decodeSpans(context, keyTables.current());
        return { count: batch.length, hand: (ingest) => sink.spans(batch, ingest) };
      }
      case 'logs': {
        const batch = decodeLogs(context, keyTables.current(), receivedUnixMs);
        return { count: batch.length, hand: (ingest) => sink.logs(batch, ingest) };
      }
      case 'metrics': {
        const { batch } = decodeMetrics(context, this.translator, receivedUnixMs);
        return { count: batch.length + batch.histograms.length, hand: (ingest) => sink.metrics(batch, ingest) };
      }
    }
  }

  private explained(error: unknown, signal: Signal): SondeError {
    const failure = toSondeError(error);
    if (failure.kind === 'internal') this.options.logger.error({ err: error, signal }, 'An OTLP request failed.');
    return failure;
  }
}

/** Same for the same body on the same path: a client's retry repeats it to the byte. */
function tokenOf(signal: Signal, body: Uint8Array): string {
  return `otlp-${signal}-${createHash('sha1').update(body).digest('base64url')}`;
}

/** @see https://opentelemetry.io/docs/specs/otlp/#partial-success */
function outcomeOf(rejections: readonly Rejection[]): IngestOutcome {
  const rejected = rejections.reduce((sum, { count }) => sum + count, 0);
  const reasons = rejections.map(
    ({ reason, count, where }) => `${count} ${reason}${where === '' ? '' : ` (${where})`}`,
  );
  return { rejected, message: rejected === 0 ? '' : `not taken: ${reasons.join(', ')}` };
}
