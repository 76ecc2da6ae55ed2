import { z } from 'zod';
import { byteSize } from '../util/byte-size.ts';
import { duration } from '../util/duration.ts';

/** Whether `host` is reachable from this machine only. */
export function isLoopbackHost(host: string): boolean {
  const plain = host.replace(/^\[|\]$/g, '').toLowerCase();
  return (
    plain === 'localhost' || plain === '::1' || plain.endsWith('.localhost') || /^127(\.[0-9]{1,3}){3}$/.test(plain)
  );
}

/** `127.0.0.1:4600` or `[::1]:4600` in two; undefined if it is no address. */
export function parseListenAddress(text: string): { host: string; port: number } | undefined {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+):([0-9]{1,5})$/.exec(text.trim());
  if (match === null || Number(match[2]) > 65535) return undefined;
  return { host: match[1]!.replace(/^\[|\]$/g, ''), port: Number(match[2]) };
}

const listenAddress = z.string().transform((text, context) => {
  const parsed = parseListenAddress(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({
    code: 'custom',
    message: `is not an address: ${JSON.stringify(text.slice(0, 60))}; write HOST:PORT, for example 127.0.0.1:4600`,
  });
  return z.NEVER;
});

const secret = z.string().min(16, 'is shorter than 16 characters, which can be guessed; make it longer');

/** `server:` the HTTP server of the pages and all query APIs. */
export const serverConfig = z
  .strictObject({
    listen: listenAddress
      .prefault('127.0.0.1:4600')
      .describe('HOST:PORT of pages and APIs; port 0 picks a free one. Not loopback only with auth. Needs a restart.'),
    auth: z
      .strictObject({
        bearer_tokens: z
          .array(secret)
          .default([])
          .describe('Tokens that programs send as `Authorization: Bearer TOKEN`; at least 16 characters each.'),
        basic_users: z
          .record(z.string().min(1), secret)
          .default({})
          .describe('User names and passwords (at least 16 characters) for browsers and for Grafana.'),
      })
      .prefault({})
      .describe('Who may ask. Empty: everyone on this machine. Needs a restart.'),
    allowed_hosts: z
      .array(z.string().min(1))
      .default([])
      .describe('Further names by which clients on this machine reach Sonde, such as host.docker.internal.'),
    max_concurrent_queries: z.number().int().min(1).default(16).describe('Queries that run at once; more wait.'),
    max_queued_queries: z
      .number()
      .int()
      .min(0)
      .default(128)
      .describe('Queries that may wait for their turn; more are answered 429 with Retry-After.'),
    request_timeout: duration.prefault('30s').describe('How long a client may take to send a request.'),
    answer_timeout: duration.prefault('2m').describe('How long Sonde may take to answer one.'),
    max_request_body: byteSize.prefault('4MiB').describe('Largest body of a query; ingest has its own limit.'),
  })
  .refine(
    (c) => isLoopbackHost(c.listen.host) || c.auth.bearer_tokens.length + Object.keys(c.auth.basic_users).length > 0,
    {
      path: ['listen'],
      message:
        'is reachable from other machines but nobody is asked who they are; listen on 127.0.0.1, or set server.auth.basic_users or server.auth.bearer_tokens',
    },
  )
  .transform((c) => ({
    host: c.listen.host,
    port: c.listen.port,
    bearerTokens: c.auth.bearer_tokens,
    basicUsers: c.auth.basic_users,
    allowedHosts: c.allowed_hosts,
    maxConcurrentQueries: c.max_concurrent_queries,
    maxQueuedQueries: c.max_queued_queries,
    requestTimeoutMs: c.request_timeout,
    answerTimeoutMs: c.answer_timeout,
    maxBodyBytes: c.max_request_body,
  }));

export type ServerSettings = z.output<typeof serverConfig>;
