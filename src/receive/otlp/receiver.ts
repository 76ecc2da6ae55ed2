import { fastify, type FastifyInstance } from 'fastify';
import type { Component } from '../../model/component.ts';
import { SondeError } from '../../model/errors.ts';
import type { KeyTables } from '../../model/key-table.ts';
import type { Sink } from '../../model/sink.ts';
import type { Ledger } from '../../self/ledger.ts';
import type { Logger } from '../../self/logger.ts';
import type { Registry } from '../../self/metrics.ts';
import { ByteBudget } from '../../util/byte-budget.ts';
import { SYSTEM_CLOCK, type Clock } from '../../util/clock.ts';
import type { OtlpSettings } from './config.ts';
import { OtlpGrpcServer } from './grpc.ts';
import { otlpHttpRoutes, sendUnknownPath } from './http.ts';
import { OtlpIngest } from './ingest.ts';
import { OtlpMeter } from './meter.ts';

export interface OtlpReceiverOptions {
  readonly settings: OtlpSettings;
  readonly sink: Sink;
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly keyTables: KeyTables;
  readonly clock?: Clock;
}

/** The OTLP receiver: an HTTP and a gRPC listener, and routes for a server that others run. */
export interface OtlpReceiver extends Component {
  /** `http://HOST:PORT` of OTLP/HTTP once started; undefined when it is off. */
  readonly httpAddress: string | undefined;
  /** `http://HOST:PORT` of OTLP/gRPC once started; undefined when it is off. */
  readonly grpcAddress: string | undefined;
  /** Adds the OTLP/HTTP paths to another server; to be called before that one listens. */
  routes(app: FastifyInstance): Promise<void>;
}

/** Makes the receiver; `start` makes it listen. */
export function makeOtlpReceiver(options: OtlpReceiverOptions): OtlpReceiver {
  return new Receiver(options);
}

/**
 * Server options that keep slow and half-open clients from holding connections: headers within 10 s, a whole
 * request within `requestTimeoutMs`, idle keep-alive connections for 75 s.
 */
export function guardedServerOptions(requestTimeoutMs: number): {
  connectionTimeout: number;
  keepAliveTimeout: number;
  requestTimeout: number;
  http: { headersTimeout: number; connectionsCheckingInterval: number };
} {
  return {
    connectionTimeout: 2 * requestTimeoutMs,
    keepAliveTimeout: 75_000,
    requestTimeout: requestTimeoutMs,
    http: { headersTimeout: Math.min(10_000, requestTimeoutMs), connectionsCheckingInterval: 5000 },
  };
}

class Receiver implements OtlpReceiver {
  httpAddress: string | undefined;
  grpcAddress: string | undefined;
  private readonly settings: OtlpSettings;
  private readonly logger: Logger;
  private readonly ingest: OtlpIngest;
  private readonly meter: OtlpMeter;
  private readonly budget: ByteBudget;
  private http: FastifyInstance | undefined;
  private grpc: OtlpGrpcServer | undefined;
  private starting: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;

  constructor(options: OtlpReceiverOptions) {
    this.settings = options.settings;
    this.logger = options.logger;
    const clock = options.clock ?? SYSTEM_CLOCK;
    this.ingest = new OtlpIngest({ ...options, clock });
    this.budget = new ByteBudget(options.settings.maxInflightBytes);
    this.meter = new OtlpMeter(options.registry, clock);
  }

  start(): Promise<void> {
    if (this.stopping !== undefined) return Promise.reject(new Error('the OTLP receiver was stopped before'));
    this.starting ??= this.listen().catch(async (error: unknown) => {
      await this.close();
      throw error;
    });
    return this.starting;
  }

  stop(): Promise<void> {
    this.ingest.stop();
    this.stopping ??= (async () => {
      await this.starting?.catch(() => undefined);
      await this.close();
    })();
    return this.stopping;
  }

  async routes(app: FastifyInstance): Promise<void> {
    const { settings, ingest, meter, budget } = this;
    await otlpHttpRoutes(app, { ingest, meter, budget, limits: settings, corsOrigins: settings.http.corsOrigins });
  }

  private async listen(): Promise<void> {
    const { ingest, meter, budget } = this;
    const { http, grpc } = this.settings;
    if (http.enabled) {
      this.http = fastify({ ...guardedServerOptions(http.requestTimeoutMs), forceCloseConnections: 'idle' });
      this.http.setNotFoundHandler(sendUnknownPath);
      await this.routes(this.http);
      const port = await listenOn('otlp.http.listen', http.listen, async () => {
        await this.http!.listen(http.listen);
        return (this.http!.server.address() as { port: number }).port;
      });
      this.httpAddress = addressOf(http.listen.host, port);
      this.logger.info({ address: this.httpAddress }, 'OTLP/HTTP listens.');
    }
    if (grpc.enabled) {
      this.grpc = new OtlpGrpcServer({ ingest, meter, budget, maxMessageBytes: this.settings.maxBodyBytes });
      const port = await listenOn('otlp.grpc.listen', grpc.listen, () =>
        this.grpc!.listen(grpc.listen.host, grpc.listen.port),
      );
      this.grpcAddress = addressOf(grpc.listen.host, port);
      this.logger.info({ address: this.grpcAddress }, 'OTLP/gRPC listens.');
    }
  }

  private async close(): Promise<void> {
    await Promise.all([this.http?.close(), this.grpc?.close()]);
  }
}

async function listenOn(
  key: string,
  listen: { readonly host: string; readonly port: number },
  bind: () => Promise<number>,
): Promise<number> {
  try {
    return await bind();
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : '';
    const taken = text.includes('EADDRINUSE');
    throw new SondeError(
      `${key}: cannot listen on ${addressOf(listen.host, listen.port)}: ${taken ? 'the port is in use' : text}`,
      {
        kind: 'unavailable',
        code: 'otlp-listen',
        mend: `stop the other program, or set ${key} to a free port (0 picks one)`,
        cause,
      },
    );
  }
}

function addressOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
