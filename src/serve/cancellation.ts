import type { FastifyReply } from 'fastify';

/**
 * A signal that aborts when nobody waits for the answer any more: the client went away, or the answer was sent (also
 * a timeout's). Handlers hand it to their queries.
 *
 * Fastify's own `request.signal` follows the request stream, which Node closes as soon as a POST's body is read: it
 * would cancel every POST that just began.
 */
export function cancellation(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  if (reply.raw.closed || reply.raw.destroyed) controller.abort();
  else reply.raw.once('close', () => controller.abort());
  return controller.signal;
}
