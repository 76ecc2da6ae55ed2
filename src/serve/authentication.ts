import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { SondeError } from '../model/errors.ts';
import type { ServerSettings } from './config.ts';
import { isLoopbackHost } from './config.ts';

/** Paths that say only whether Sonde lives; load balancers ask them without credentials. */
const OPEN_PATHS = new Set(['/-/healthy', '/-/ready']);

/**
 * Judges a request before anything is read of it: by its Host header (against DNS rebinding, where a web page makes
 * its own name point at 127.0.0.1) and by its credentials.
 * @throws SondeError `http-host-not-allowed`, `http-unauthenticated`
 */
export function makeDoorkeeper(settings: ServerSettings): (request: FastifyRequest) => void {
  const digests = new Set(settings.bearerTokens.map(digest));
  const users = new Map(Object.entries(settings.basicUsers).map(([user, password]) => [user, digest(password)]));
  const needsCredentials = digests.size + users.size > 0;
  const checksHost = isLoopbackHost(settings.host) || settings.allowedHosts.length > 0;
  const allowedHosts = new Set(settings.allowedHosts.map((host) => host.toLowerCase()));

  return (request) => {
    if (checksHost) checkHost(request.headers.host ?? '', allowedHosts);
    if (!needsCredentials || OPEN_PATHS.has(request.url)) return;
    if (!isKnown(request.headers.authorization ?? '', digests, users)) {
      throw new SondeError('this Sonde asks who you are', {
        kind: 'unauthenticated',
        code: 'http-unauthenticated',
        mend: 'send a user and password, or a bearer token, of server.auth',
      });
    }
  };
}

function checkHost(header: string, allowed: ReadonlySet<string>): void {
  const host = header.replace(/:[0-9]*$/, '').toLowerCase();
  if (isLoopbackHost(host) || allowed.has(host) || allowed.has(header.toLowerCase())) return;
  throw new SondeError('the request names a host that is not this one', {
    kind: 'forbidden',
    code: 'http-host-not-allowed',
    where: 'header Host',
    mend: 'use http://127.0.0.1, or add the name to server.allowed_hosts',
  });
}

function isKnown(header: string, tokens: ReadonlySet<string>, users: ReadonlyMap<string, string>): boolean {
  const [scheme = '', value = ''] = header.split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') {
    const given = digest(value);
    let known = false;
    for (const token of tokens) if (same(token, given)) known = true;
    return known;
  }
  if (scheme.toLowerCase() !== 'basic') return false;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) return false;
  const expected = users.get(decoded.slice(0, colon));
  // An unknown user costs the same as a wrong password.
  return same(expected ?? digest(''), digest(decoded.slice(colon + 1))) && expected !== undefined;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function same(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
