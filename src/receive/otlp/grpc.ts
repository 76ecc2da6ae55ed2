import {
  Metadata,
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import type { Signal } from '../../model/sink.ts';
import type { ByteBudget } from '../../util/byte-budget.ts';
import { GRPC_STATUS, toSondeError } from './errors.ts';
import type { OtlpIngest } from './ingest.ts';
import type { OtlpMeter } from './meter.ts';
import { busy } from './read-body.ts';
import { encodeResponse, encodeStatus } from './status.ts';

const SERVICES = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
} as const satisfies Record<Signal, string>;

/** How long `close` lets requests in flight end. */
const CLOSE_WITHIN_MS = 5000;
/** A silent connection is asked for a sign of life after this, and closed when none comes. */
const KEEPALIVE_MS = 60_000;

export interface OtlpGrpcOptions {
  readonly ingest: OtlpIngest;
  readonly meter: OtlpMeter;
  /** Shared by all doors. */
  readonly budget: ByteBudget;
  /** Largest message, as sent and after decompression. */
  readonly maxMessageBytes: number;
}

/**
 * The OTLP/gRPC services on a server of their own. Messages pass as bytes: gRPC's part ends where the decoders
 * begin.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
 */
export class OtlpGrpcServer {
  private readonly server: Server;
  private port = 0;

  constructor(options: OtlpGrpcOptions) {
    // The library writes to the console by itself; what matters comes as an error.
    setLogVerbosity(logVerbosity.NONE);
    this.server = new Server({
      'grpc.max_receive_message_length': options.maxMessageBytes,
      'grpc.keepalive_time_ms': KEEPALIVE_MS,
      'grpc.keepalive_timeout_ms': 20_000,
      'grpc.max_concurrent_streams': 256,
    });
    for (const [signal, path] of Object.entries(SERVICES) as [Signal, string][]) {
      this.server.addService(definitionOf(path), {
        Export: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
          void answer(options, signal, call.request, done);
        },
      });
    }
  }

  /** Listens; port 0 takes a free one. Resolves with the port. */
  async listen(host: string, port: number): Promise<number> {
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    this.port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    return this.port;
  }

  /** Lets requests in flight end, then closes all connections. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      const giveUp = setTimeout(() => {
        this.server.forceShutdown();
        resolve();
      }, CLOSE_WITHIN_MS);
      this.server.tryShutdown(() => {
        clearTimeout(giveUp);
        resolve();
      });
    });
  }
}

function definitionOf(path: string): ServiceDefinition {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    Export: {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  };
}

async function answer(
  options: OtlpGrpcOptions,
  signal: Signal,
  body: Buffer,
  done: sendUnaryData<Buffer>,
): Promise<void> {
  const share = options.budget.share();
  try {
    const { ingest, meter } = options;
    const outcome = await meter.measure(signal, 'otlp-grpc', async () => {
      if (!share.take(body.length)) throw busy();
      return ingest.receive(signal, body, 'protobuf', 'otlp-grpc');
    });
    done(null, asBuffer(encodeResponse(signal, outcome, 'protobuf')));
  } catch (error) {
    const failure = toSondeError(error);
    const metadata = new Metadata();
    metadata.set('grpc-status-details-bin', asBuffer(encodeStatus(failure, 'protobuf')));
    done({ code: GRPC_STATUS[failure.kind], details: failure.describe(), metadata });
  } finally {
    share.release();
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
