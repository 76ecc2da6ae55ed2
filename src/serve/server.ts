import Fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyReply } from 'fastify';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Component } from '../model/component.ts';
import { SondeError } from '../model/errors.ts';
import type { Logger } from '../self/logger.ts';
import type { Registry } from '../self/metrics.ts';
import { formatDuration } from '../util/duration.ts';
import { isWhole, lingering } from '../util/lingering.ts';
import { makeDoorkeeper } from './authentication.ts';
import { cancellation } from './cancellation.ts';
import { isLoopbackHost, type ServerSettings } from './config.ts';
import { errorReply, toSondeError } from './http-status.ts';
import { QueryGate } from './query-gate.ts';
import { servePages } from './static.ts';

export interface HttpServerDeps {
  readonly settings: ServerSettings;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Folder of the built pages, `dist/web`. */
  readonly webRoot: string;
  /** Asked by `/-/ready`; a reason means "not ready". */
  readonly notReadyReason: () => string | undefined;
}

/** The server of port 4600. Mount APIs before `start`; handlers cancel their work by `cancellation(reply)`. */
export interface HttpServer extends Component {
  readonly app: FastifyInstance;
  /** Mounts an API whose requests count as queries: they share the gate of `max_concurrent_queries`. */
  mountQueries(plugin: FastifyPluginAsync, prefix?: string): void;
  /** Mounts routes that are never made to wait: ingest, status. */
  mount(plugin: FastifyPluginAsync, prefix?: string): void;
  /** `http://127.0.0.1:4600`, as really bound; undefined before `start`. */
  url(): string | undefined;
}

const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  // The query editor and uPlot set styles from scripts; scripts themselves come from files only.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/**
 * Builds the server: doorkeeping, security headers, errors, limits, health, `/metrics`, pages. It knows no API.
 * @throws SondeError `http-listen-without-auth` when it would be open to other machines
 */
export function makeHttpServer(deps: HttpServerDeps): HttpServer {
  const { settings, logger } = deps;
  refuseOpenListen(settings);
  const app = Fastify({
    bodyLimit: settings.maxBodyBytes,
    requestTimeout: settings.requestTimeoutMs,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    http: {
      headersTimeout: Math.min(10_000, settings.requestTimeoutMs),
      // Node looks for slow senders only this often; its default of 30 s lets them stay three times as long.
      connectionsCheckingInterval: 5_000,
    },
    routerOptions: { maxParamLength: 500 },
    frameworkErrors: (error, _request, reply) => {
      void sendError(error, reply);
    },
  });
  const gate = new QueryGate(settings.maxConcurrentQueries, settings.maxQueuedQueries);
  watch(app, deps.registry, gate);
  const admit = makeDoorkeeper(settings);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    reply.raw.setMaxListeners(30);
    admit(request);
  });
  lingerOnRefusals(app);
  endLateAnswers(app, settings.answerTimeoutMs);
  app.setErrorHandler((thrown, request, reply) => {
    const error = toSondeError(thrown);
    if (error.kind === 'internal')
      logger.error({ err: error.cause ?? error, path: request.routeOptions.url }, 'a request failed inside');
    return sendError(error, reply);
  });
  addHealth(app, deps);
  void app.register(async (scope) => servePages(scope, deps.webRoot));
  let bound: string | undefined;
  let stopped = false;
  return {
    app,
    mount(plugin, prefix = '') {
      void app.register(plugin, { prefix });
    },
    mountQueries(plugin, prefix = '') {
      void app.register(
        async (scope) => {
          countQueries(scope, gate);
          await scope.register(plugin);
        },
        { prefix },
      );
    },
    url: () => bound,
    async start() {
      if (stopped) throw unavailable();
      bound = await listen(app, settings);
    },
    async stop() {
      stopped = true;
      await app.close();
    },
  };
}

function sendError(thrown: unknown, reply: FastifyReply): FastifyReply {
  const { status, headers, body } = errorReply(toSondeError(thrown));
  if (status === 401) headers['www-authenticate'] = 'Basic realm="Sonde", charset="UTF-8"';
  return reply.code(status).headers(headers).send(body);
}

/** Refusals of bodies that are still being sent, in whatever API's words. */
function lingerOnRefusals(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || reply.getHeader('connection') !== 'close' || isWhole(request.raw))
      return payload;
    const bytes = Buffer.from(payload);
    reply.header('content-length', bytes.length);
    return lingering(request.raw, bytes);
  });
}

/** Fastify's own `handlerTimeout` stops its clock when a POST's body is read, so the clock is kept here. */
function endLateAnswers(app: FastifyInstance, answerTimeoutMs: number): void {
  app.addHook('onRequest', async (_request, reply) => {
    const timer = setTimeout(() => {
      if (reply.raw.headersSent) reply.raw.destroy();
      else if (!reply.sent) {
        void sendError(
          new SondeError(`the answer took longer than ${formatDuration(answerTimeoutMs)}`, {
            kind: 'timeout',
            code: 'http-answer-timeout',
            mend: 'ask for less, or raise server.answer_timeout',
          }),
          reply,
        );
      }
    }, answerTimeoutMs);
    timer.unref();
    reply.raw.once('close', () => clearTimeout(timer));
  });
}

function refuseOpenListen(settings: ServerSettings): void {
  const hasAuth = settings.bearerTokens.length + Object.keys(settings.basicUsers).length > 0;
  if (hasAuth || isLoopbackHost(settings.host)) return;
  throw new SondeError(`listening on ${settings.host} would let other machines read everything`, {
    kind: 'forbidden',
    code: 'http-listen-without-auth',
    where: 'server.listen',
    mend: 'listen on 127.0.0.1, or set server.auth.basic_users or server.auth.bearer_tokens',
  });
}

/** Binds; returns the URL a person can open. */
async function listen(app: FastifyInstance, settings: ServerSettings): Promise<string> {
  const { host, port } = settings;
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code;
    if (reason === undefined) throw cause;
    const inUse = reason === 'EADDRINUSE';
    throw new SondeError(
      inUse ? `port ${port} on ${host} is taken by another program` : `cannot listen on ${host}:${port} (${reason})`,
      {
        kind: 'unavailable',
        code: inUse ? 'http-port-in-use' : 'http-listen-failed',
        where: 'server.listen',
        mend: inUse
          ? 'stop the other program, or choose a port with --listen HOST:PORT'
          : 'choose another address with --listen HOST:PORT',
        cause,
      },
    );
  }
  const address = app.server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${boundPort}`;
}

function countQueries(scope: FastifyInstance, gate: QueryGate): void {
  const inside = new WeakSet<object>();
  const leave = (request: object): void => {
    if (inside.delete(request)) gate.leave();
  };
  scope.addHook('preHandler', async (request, reply) => {
    await gate.enter(cancellation(reply));
    inside.add(request);
    // A broken connection frees the place at once; its handler sees the abort and ends too.
    reply.raw.once('close', () => leave(request));
  });
  scope.addHook('onResponse', async (request) => leave(request));
}

function addHealth(app: FastifyInstance, deps: HttpServerDeps): void {
  app.get('/-/healthy', async (_request, reply) => reply.type('text/plain').send('Sonde is healthy.\n'));
  app.get('/-/ready', async (_request, reply) => {
    const reason = deps.notReadyReason();
    const text = reason === undefined ? 'Sonde is ready.\n' : `Sonde is not ready: ${reason}\n`;
    return reply
      .code(reason === undefined ? 200 : 503)
      .type('text/plain')
      .send(text);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', deps.registry.contentType).send(await deps.registry.metrics()),
  );
}

/** Counts requests by route (a bounded set: paths nobody mounted are one), and how full the gate is. */
function watch(app: FastifyInstance, registry: Registry, gate: QueryGate): void {
  const requests = new Counter({
    name: 'sonde_http_requests_total',
    help: 'HTTP requests answered, by route and status.',
    labelNames: ['route', 'code'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'sonde_http_request_duration_seconds',
    help: 'Time to answer an HTTP request, by route.',
    labelNames: ['route'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10, 30],
    registers: [registry],
  });
  new Gauge({
    name: 'sonde_http_queries_running',
    help: 'Queries that run now.',
    registers: [registry],
    collect() {
      this.set(gate.running);
    },
  });
  new Gauge({
    name: 'sonde_http_queries_waiting',
    help: 'Queries that wait for their turn.',
    registers: [registry],
    collect() {
      this.set(gate.waitingCount);
    },
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    requests.inc({ route, code: String(reply.statusCode) });
    seconds.observe({ route }, reply.elapsedTime / 1000);
  });
}

function unavailable(): SondeError {
  return new SondeError('the server was stopped', { kind: 'unavailable', code: 'http-stopped' });
}
