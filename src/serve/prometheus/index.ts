import type { FastifyInstance } from 'fastify';
import type { PromqlEngine } from '../../query/promql/index.ts';
import type { TargetStatus } from '../../receive/prometheus/index.ts';
import type { Logger } from '../../self/logger.ts';
import { badParameter, failureReply } from './errors.ts';
import { addMetaRoutes, addStatusRoutes, type BuildInfo } from './meta-routes.ts';
import { addQueryRoutes } from './query-routes.ts';

export type { BuildInfo } from './meta-routes.ts';

export interface PrometheusRoutesDeps {
  readonly engine: PromqlEngine;
  readonly buildInfo: BuildInfo;
  /** What is scraped; nothing without. */
  readonly targets?: () => readonly TargetStatus[];
  /** Wall clock, unix milliseconds. */
  readonly nowMs?: () => number;
  /** Told of failures that nobody foresaw. */
  readonly logger?: Logger;
}

/** Where the API stands: at the root, and where Grafana's data source URL ends in `/prometheus`. */
const PREFIXES = ['/api/v1', '/prometheus/api/v1'];

/**
 * Prometheus's HTTP API as a plugin in a scope of its own: its errors are told in Prometheus's words.
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export async function prometheusRoutes(app: FastifyInstance, deps: PrometheusRoutesDeps): Promise<void> {
  const nowMs = deps.nowMs ?? Date.now;
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, new URLSearchParams(body as string));
  });
  app.setErrorHandler((thrown, request, reply) => {
    const { status, headers, body } = failureReply(thrown);
    if (body.errorType === 'internal')
      deps.logger?.error({ err: thrown, path: request.routeOptions.url }, 'a query failed inside');
    return reply.code(status).headers(headers).type('application/json').send(body);
  });
  app.addHook('preHandler', async (request) => {
    // Anything but a form would be taken for no parameters at all.
    if (request.body !== undefined && request.body !== null && !(request.body instanceof URLSearchParams)) {
      throw badParameter('body', 'send parameters as application/x-www-form-urlencoded');
    }
  });
  for (const prefix of PREFIXES) {
    addQueryRoutes(app, prefix, deps.engine, nowMs);
    addMetaRoutes(app, prefix, deps.engine, nowMs);
    addStatusRoutes(app, prefix, deps.buildInfo, deps.targets ?? (() => []));
  }
}
