import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SondeError } from '../model/errors.ts';
import { silentLogger } from '../self/logger.ts';
import { makeRegistry } from '../self/metrics.ts';
import { cancellation } from './cancellation.ts';
import { serverConfig, type ServerSettings } from './config.ts';
import { makeHttpServer, type HttpServer } from './server.ts';

const TOKEN = 'a-token-long-enough';
let webRoot: string;
let servers: HttpServer[];

beforeEach(() => {
  servers = [];
  webRoot = mkdtempSync(join(tmpdir(), 'sonde-web-'));
  mkdirSync(join(webRoot, 'assets'));
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Sonde</title>');
  writeFileSync(join(webRoot, 'assets', 'index-Ab12Cd34.js'), 'plain');
  writeFileSync(join(webRoot, 'assets', 'index-Ab12Cd34.js.br'), 'as brotli');
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(webRoot, { recursive: true });
});

function make(config: object = {}, notReadyReason: () => string | undefined = () => undefined): HttpServer {
  const settings: ServerSettings = { ...serverConfig.parse(config), port: 0 };
  const server = makeHttpServer({
    settings,
    logger: silentLogger(),
    registry: makeRegistry(),
    webRoot,
    notReadyReason,
  });
  servers.push(server);
  return server;
}

const HOST = { host: '127.0.0.1:4600' };

describe('pages', () => {
  test.each([
    { name: 'root', url: '/', accept: 'text/html', status: 200, cache: 'no-cache' },
    { name: 'an address of a page', url: '/models/llama-3.1-70b', accept: 'text/html', status: 200, cache: 'no-cache' },
    { name: 'a page address asked by a program', url: '/models/x', accept: '*/*', status: 404, cache: 'no-store' },
    {
      name: 'unknown API path in a browser',
      url: '/api/v1/nothing',
      accept: 'text/html',
      status: 404,
      cache: 'no-store',
    },
    {
      name: 'missing asset in a browser',
      url: '/assets/gone-1234567890.js',
      accept: 'text/html',
      status: 404,
      cache: 'no-store',
    },
    { name: 'path that climbs out', url: '/..%2f..%2fetc%2fpasswd', accept: '*/*', status: 404, cache: 'no-store' },
  ])('$name', async ({ url, accept, status, cache }) => {
    const reply = await make().app.inject({ url, headers: { ...HOST, accept } });
    expect(reply.statusCode).toBe(status);
    expect(reply.headers['cache-control']).toBe(cache);
    expect(reply.headers['content-security-policy']).toContain("default-src 'self'");
    if (status === 404) expect(reply.json()).toMatchObject({ error: { code: 'http-not-found' } });
  });

  test('hashed files are kept for ever and sent compressed when built so', async () => {
    const { app } = make();
    const url = '/assets/index-Ab12Cd34.js';
    const packed = await app.inject({ url, headers: { ...HOST, 'accept-encoding': 'br' } });
    expect(packed.headers['content-encoding']).toBe('br');
    expect(packed.body).toBe('as brotli');
    expect(packed.headers['cache-control']).toContain('immutable');
    expect((await app.inject({ url, headers: HOST })).body).toBe('plain');
  });

  test('pages that were never built say so', async () => {
    rmSync(join(webRoot, 'index.html'));
    const reply = await make().app.inject({ url: '/', headers: { ...HOST, accept: 'text/html' } });
    expect(reply.statusCode).toBe(404);
    expect(reply.body).toContain('npm run build');
  });
});

describe('who may ask', () => {
  test.each([
    { host: '127.0.0.1:4600', status: 200 },
    { host: 'localhost', status: 200 },
    { host: '[::1]:4600', status: 200 },
    { host: 'evil.example', status: 403 },
    { host: '127.0.0.1.evil.example:4600', status: 403 },
    { host: 'host.docker.internal:4600', status: 200 },
  ])('Host $host gets $status', async ({ host, status }) => {
    const { app } = make({ allowed_hosts: ['host.docker.internal'] });
    expect((await app.inject({ url: '/metrics', headers: { host } })).statusCode).toBe(status);
  });

  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  test.each([
    { name: 'nothing', authorization: '', status: 401 },
    { name: 'the token', authorization: `Bearer ${TOKEN}`, status: 200 },
    { name: 'another token', authorization: 'Bearer wrong-wrong-wrong-wrong', status: 401 },
    { name: 'user and password', authorization: basic('ada:a-password-long-enough'), status: 200 },
    { name: 'wrong password', authorization: basic('ada:nope'), status: 401 },
    { name: 'unknown user', authorization: basic('eve:'), status: 401 },
    { name: 'no colon', authorization: basic('ada'), status: 401 },
  ])('with authentication, $name gets $status', async ({ authorization, status }) => {
    const { app } = make({
      listen: '0.0.0.0:4600',
      auth: { bearer_tokens: [TOKEN], basic_users: { ada: 'a-password-long-enough' } },
    });
    const reply = await app.inject({ url: '/metrics', headers: { host: 'sonde.example', authorization } });
    expect(reply.statusCode).toBe(status);
    if (status === 401) expect(reply.headers['www-authenticate']).toContain('Basic');
    expect((await app.inject({ url: '/-/healthy' })).statusCode).toBe(200);
  });

  test('listening for other machines without authentication is refused, by configuration and by code', () => {
    expect(serverConfig.safeParse({ listen: '0.0.0.0:4600' }).error?.issues[0]?.message).toContain('server.auth');
    const settings = { ...serverConfig.parse({}), host: '0.0.0.0' };
    const registry = makeRegistry();
    expect(() =>
      makeHttpServer({ settings, logger: silentLogger(), registry, webRoot, notReadyReason: () => undefined }),
    ).toThrowError(expect.objectContaining({ code: 'http-listen-without-auth' }) as Error);
  });
});

describe('errors', () => {
  test('carry status, code, place, remedy and when to come back', async () => {
    const server = make();
    server.mount(async (app) => {
      app.get('/fail', async () => {
        throw new SondeError('the queue is full', {
          kind: 'overloaded',
          code: 'x-full',
          where: 'here',
          mend: 'wait',
          retryAfterMs: 1500,
        });
      });
      app.get('/crash', async () => {
        throw new TypeError('secret detail');
      });
      app.post('/read', async () => 'fine');
    });
    const full = await server.app.inject({ url: '/fail', headers: HOST });
    expect(full.statusCode).toBe(429);
    expect(full.headers['retry-after']).toBe('2');
    expect(full.json()).toEqual({
      error: { code: 'x-full', message: 'the queue is full', where: 'here', mend: 'wait', retryAfterMs: 1500 },
    });
    const crash = await server.app.inject({ url: '/crash', headers: HOST });
    expect(crash.statusCode).toBe(500);
    expect(crash.body).not.toContain('secret');
    const post = (payload: string, type: string): Promise<{ statusCode: number }> =>
      server.app.inject({ method: 'POST', url: '/read', headers: { ...HOST, 'content-type': type }, payload });
    expect((await post('{', 'application/json')).statusCode).toBe(400);
    expect((await post('x', 'text/unheard-of')).statusCode).toBe(415);
    expect((await post(`"${'x'.repeat(5 << 20)}"`, 'application/json')).statusCode).toBe(413);
  });
});

describe('queries', () => {
  test('beyond the gate wait, beyond the queue are refused, and places come free', async () => {
    const server = make({ max_concurrent_queries: 1, max_queued_queries: 1 });
    const finish: (() => void)[] = [];
    server.mountQueries(async (app) => {
      app.get('/slow', async () => {
        await new Promise<void>((resolve) => finish.push(resolve));
        return 'done';
      });
    });
    const ask = async (): Promise<{ statusCode: number; body: string }> =>
      server.app.inject({ url: '/slow', headers: HOST });
    const first = ask();
    await expect.poll(() => finish.length).toBe(1);
    const second = ask();
    await expect
      .poll(async () => (await server.app.inject({ url: '/metrics', headers: HOST })).body)
      .toContain('sonde_http_queries_waiting 1');
    expect((await ask()).statusCode).toBe(429);
    finish[0]!();
    expect((await first).body).toBe('done');
    await expect.poll(() => finish.length).toBe(2);
    finish[1]!();
    expect((await second).body).toBe('done');
    expect((await server.app.inject({ url: '/metrics', headers: HOST })).body).toContain(
      'sonde_http_queries_running 0',
    );
  });

  test('are aborted when the client goes away, and free their place', async () => {
    const server = make({ max_concurrent_queries: 1 });
    let aborted = false;
    let entered = 0;
    server.mountQueries(async (app) => {
      app.post('/hang', async (_request, reply) => {
        entered++;
        await new Promise<void>((resolve) => cancellation(reply).addEventListener('abort', () => resolve()));
        aborted = true;
        return '';
      });
      app.post('/quick', async (_request, reply) => String(cancellation(reply).aborted));
    });
    await server.start();
    const { port } = new URL(server.url()!);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      'POST /hang HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    );
    await expect.poll(() => entered).toBe(1);
    expect(aborted).toBe(false);
    socket.destroy();
    await expect.poll(() => aborted).toBe(true);
    const reply = await fetch(`${server.url()}/quick`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(await reply.text()).toBe('false');
  });
});

test('an answer that takes too long ends with 504, for POST too', async () => {
  const server = make({ answer_timeout: '20ms' });
  server.mount(async (app) => {
    app.post('/late', async (_request, reply) => {
      await new Promise<void>((resolve) => cancellation(reply).addEventListener('abort', () => resolve()));
      return reply;
    });
  });
  await server.start();
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(`${server.url()}/late`, { method: 'POST', body: '{}', headers });
  expect(reply.status).toBe(504);
  expect(await reply.json()).toMatchObject({ error: { code: 'http-answer-timeout' } });
});

test('readiness tells its reason', async () => {
  let reason: string | undefined = 'the store is starting';
  const { app } = make({}, () => reason);
  const before = await app.inject({ url: '/-/ready', headers: HOST });
  expect([before.statusCode, before.body]).toEqual([503, 'Sonde is not ready: the store is starting\n']);
  reason = undefined;
  expect((await app.inject({ url: '/-/ready', headers: HOST })).statusCode).toBe(200);
});

test('a taken port is named', async () => {
  const first = make();
  await first.start();
  const second = makeHttpServer({
    settings: { ...serverConfig.parse({}), port: Number(new URL(first.url()!).port) },
    logger: silentLogger(),
    registry: makeRegistry(),
    webRoot,
    notReadyReason: () => undefined,
  });
  servers.push(second);
  await expect(second.start()).rejects.toMatchObject({ code: 'http-port-in-use' });
});

test('lifecycle: stop before start, stop twice, start after stop', async () => {
  const server = make();
  await server.stop();
  await server.stop();
  await expect(server.start()).rejects.toMatchObject({ kind: 'unavailable' });
});
