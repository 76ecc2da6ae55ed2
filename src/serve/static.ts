import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SondeError } from '../model/errors.ts';
import { quoted } from '../util/quoted.ts';
import { errorReply } from './http-status.ts';

/** Vite writes files with a hash of their content here: they never change. */
const HASHED = /[/\\]assets[/\\][^/\\]+-[\w-]{8,}\.[a-z0-9]+(\.br|\.gz)?$/;
/** First path segments that belong to APIs: an unknown path below them is never a page. */
const API_SEGMENTS = new Set([
  'api',
  'prometheus',
  'loki',
  'tempo',
  'jaeger',
  'zipkin',
  'pyroscope',
  'elastic',
  'langsmith',
  'sonde',
  'v1',
  '-',
  'metrics',
  'assets',
]);

/**
 * Serves the built pages from `webRoot` and answers every unknown path: pages have their own addresses
 * (`/models/x`), so a browser that asks for HTML gets `index.html`; anyone else a 404 as JSON.
 *
 * @param webRoot folder of the built pages; when it is missing, a plain sentence says how to build them
 */
export async function servePages(app: FastifyInstance, webRoot: string): Promise<void> {
  const built = existsSync(join(webRoot, 'index.html'));
  if (built) {
    await app.register(fastifyStatic, {
      root: webRoot,
      preCompressed: true,
      cacheControl: false,
      index: ['index.html'],
      setHeaders(reply, path) {
        const forever = HASHED.test(path);
        reply.setHeader('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  }
  app.setNotFoundHandler((request, reply) => (built && isPage(request) ? page(reply) : missing(request, reply, built)));
}

function isPage(request: FastifyRequest): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return isRead && (request.headers.accept ?? '').includes('text/html') && !API_SEGMENTS.has(firstSegment(request.url));
}

function firstSegment(url: string): string {
  return url.slice(1).split(/[/?#]/, 1)[0]!;
}

function page(reply: FastifyReply): FastifyReply {
  return reply.sendFile('index.html');
}

function missing(request: FastifyRequest, reply: FastifyReply, built: boolean): FastifyReply {
  if (!built && !API_SEGMENTS.has(firstSegment(request.url))) {
    return reply
      .code(404)
      .type('text/plain; charset=utf-8')
      .send('The pages are not built. Run `npm run build`; the APIs work without them.\n');
  }
  const path = request.url.split('?', 1)[0]!;
  const { status, headers, body } = errorReply(
    new SondeError(`there is nothing at ${request.method} ${quoted(path)}`, {
      kind: 'not-found',
      code: 'http-not-found',
    }),
  );
  return reply.code(status).headers(headers).send(body);
}
