import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SondeError } from '../../model/errors.ts';
import type { Signal } from '../../model/sink.ts';
import type { ByteBudget } from '../../util/byte-budget.ts';
import { isWhole, lingering } from '../../util/lingering.ts';
import { quoted } from '../../util/quoted.ts';
import { isAllowedOrigin } from './cors.ts';
import { HTTP_STATUS, toSondeError } from './errors.ts';
import type { OtlpIngest } from './ingest.ts';
import type { OtlpMeter } from './meter.ts';
import { readBody, type BodyLimits } from './read-body.ts';
import { encodeResponse, encodeStatus, type BodyEncoding } from './status.ts';

const PATHS = { traces: '/v1/traces', metrics: '/v1/metrics', logs: '/v1/logs' } as const satisfies Record<
  Signal,
  string
>;
const CONTENT_TYPE = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;

export interface OtlpHttpOptions {
  readonly ingest: OtlpIngest;
  readonly meter: OtlpMeter;
  readonly limits: BodyLimits;
  /** Shared by all doors. */
  readonly budget: ByteBudget;
  readonly corsOrigins: readonly string[];
}

/**
 * Adds `POST /v1/traces`, `/v1/metrics` and `/v1/logs` (with CORS preflight, and help for other methods) to a
 * server. May be called for several servers; the routes live in a scope of their own, so that the host's body
 * parsers and error handlers stay as they are.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export async function otlpHttpRoutes(app: FastifyInstance, options: OtlpHttpOptions): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The stream is left alone: `readBody` reads it under its own limits.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.setErrorHandler((error, request, reply) => sendError(reply, toSondeError(error), encodingOf(request)));
    for (const [signal, path] of Object.entries(PATHS) as [Signal, string][]) {
      scope.post(path, (request, reply) => receive(signal, request, reply, options));
      scope.options(path, (request, reply) => preflight(request, reply, options));
      scope.route({
        method: ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH'],
        url: path,
        handler: (request, reply) => sendWrongMethod(request, reply, path),
      });
    }
  });
}

async function receive(
  signal: Signal,
  request: FastifyRequest,
  reply: FastifyReply,
  options: OtlpHttpOptions,
): Promise<FastifyReply> {
  allowOrigin(request, reply, options);
  const share = options.budget.share();
  try {
    const outcome = await options.meter.measure(signal, 'otlp-http', async () => {
      const encoding = requireEncoding(request);
      const body = await readBody(request.raw, options.limits, share);
      return options.ingest.receive(signal, body, encoding, 'otlp-http');
    });
    const encoding = encodingOf(request);
    return await reply.type(CONTENT_TYPE[encoding]).send(encodeResponse(signal, outcome, encoding));
  } catch (error) {
    return sendError(reply, toSondeError(error), encodingOf(request));
  } finally {
    share.release();
  }
}

function sendError(reply: FastifyReply, error: SondeError, encoding: BodyEncoding): FastifyReply {
  const { raw } = reply.request;
  const body = encodeStatus(error, encoding);
  if (error.retryAfterMs !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
  reply.code(HTTP_STATUS[error.kind]).type(CONTENT_TYPE[encoding]);
  if (isWhole(raw)) return reply.send(body);
  // The connection cannot serve another request.
  reply.header('connection', 'close').header('content-length', body.length);
  return reply.send(lingering(raw, body));
}

function encodingOf(request: FastifyRequest): BodyEncoding {
  return mediaType(request) === CONTENT_TYPE.protobuf ? 'protobuf' : 'json';
}

function requireEncoding(request: FastifyRequest): BodyEncoding {
  const type = mediaType(request);
  if (type === CONTENT_TYPE.protobuf) return 'protobuf';
  if (type === CONTENT_TYPE.json) return 'json';
  throw new SondeError(type === '' ? 'the request has no content type' : `content type ${quoted(type)} is not OTLP`, {
    kind: 'unsupported',
    code: 'otlp-content-type',
    mend: 'send application/x-protobuf or application/json',
  });
}

function mediaType(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

function sendWrongMethod(request: FastifyRequest, reply: FastifyReply, path: string): FastifyReply {
  const message = `This is where OpenTelemetry data goes: POST ${path}; you sent ${request.method}.`;
  return reply.code(405).header('allow', 'POST, OPTIONS').type('text/plain; charset=utf-8').send(`${message}\n`);
}

/** Answers what no route of the OTLP port takes. */
export function sendUnknownPath(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message =
    `Nothing is served at ${quoted(request.url, 200)}. This port takes OpenTelemetry data: ` +
    'POST /v1/traces, /v1/metrics or /v1/logs. Set OTEL_EXPORTER_OTLP_ENDPOINT to the address without a path.';
  return reply.code(404).type('text/plain; charset=utf-8').send(`${message}\n`);
}

function preflight(request: FastifyRequest, reply: FastifyReply, options: OtlpHttpOptions): FastifyReply {
  if (allowOrigin(request, reply, options)) {
    const headers = request.headers['access-control-request-headers'];
    reply
      .header('access-control-allow-methods', 'POST')
      .header('access-control-allow-headers', headers ?? 'content-type, content-encoding')
      .header('access-control-max-age', '7200');
    // Pages of public sites may reach this host only when it says so.
    if (request.headers['access-control-request-private-network'] === 'true') {
      reply.header('access-control-allow-private-network', 'true');
    }
  }
  return reply.code(204).send();
}

function allowOrigin(request: FastifyRequest, reply: FastifyReply, options: OtlpHttpOptions): boolean {
  const { origin } = request.headers;
  reply.header('vary', 'Origin');
  if (origin === undefined || !isAllowedOrigin(origin, options.corsOrigins)) return false;
  reply.header('access-control-allow-origin', origin);
  return true;
}
