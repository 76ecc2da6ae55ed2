import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { scrapeConfig } from '../config.ts';
import { HttpFetcher } from './http-fetcher.ts';
import { answering, serve } from './world.fixture.ts';

let directory: string;
const fetchers: HttpFetcher[] = [];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sonde-http-'));
});

afterEach(() => {
  for (const fetcher of fetchers.splice(0)) fetcher.close();
});

afterAll(() => rmSync(directory, { recursive: true }));

function fetcherWith(keys: object): HttpFetcher {
  const job = scrapeConfig.parse({ scrape_configs: [{ job_name: 'j', ...keys }] }).jobs[0]!;
  const fetcher = new HttpFetcher(job.http, directory);
  fetchers.push(fetcher);
  return fetcher;
}

const request = (url: string) => ({ url, headers: { Accept: 'x' }, timeoutMs: 5000, maxBytes: 1000 });

test.each([
  { keys: { basic_auth: { username: 'u', password: 'p:q' } }, want: `Basic ${btoa('u:p:q')}` },
  { keys: { basic_auth: { username: 'u', password_file: 'secret' } }, want: `Basic ${btoa('u:from a file')}` },
  { keys: { bearer_token: 'abc' }, want: 'Bearer abc' },
  { keys: { bearer_token_file: 'secret' }, want: 'Bearer from a file' },
  { keys: { authorization: { credentials: 'abc' } }, want: 'Bearer abc' },
  { keys: { authorization: { type: 'Token', credentials_file: 'secret' } }, want: 'Token from a file' },
  { keys: {}, want: undefined },
])('$keys is sent as Authorization: $want', async ({ keys, want }) => {
  writeFileSync(join(directory, 'secret'), 'from a file\n');
  const server = await serve(answering(''));
  await fetcherWith(keys).get(request(`http://${server.address}/`));
  expect(server.requests[0]!.headers.authorization).toBe(want);
  await server.close();
});

test('a secret file is read anew for each request, and its absence is told', async () => {
  const server = await serve(answering(''));
  const fetcher = fetcherWith({ bearer_token_file: 'turning' });
  for (const token of ['one', 'two']) {
    writeFileSync(join(directory, 'turning'), token);
    await fetcher.get(request(`http://${server.address}/`));
  }
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two']);
  rmSync(join(directory, 'turning'));
  await expect(fetcher.get(request(`http://${server.address}/`))).rejects.toMatchObject({
    code: 'scrape-secret-unreadable',
    message: 'the file "turning" cannot be read (ENOENT)',
  });
  await server.close();
});

test('headers of the job are sent, and connections are used again', async () => {
  const server = await serve(answering('a 1\n'));
  const fetcher = fetcherWith({ http_headers: { 'X-Team': { values: ['a', 'b'], secrets: ['c'] } } });
  const sockets = new Set<unknown>();
  for (let i = 0; i < 3; i++) {
    await fetcher.get(request(`http://${server.address}/`));
    sockets.add(server.requests.at(-1)!.socket);
  }
  expect(server.requests[0]!.headers['x-team']).toBe('a, b, c');
  expect(sockets.size).toBe(1);
  await server.close();
});

test('secrets do not follow a redirect to another host', async () => {
  const other = await serve(answering('a 1\n'));
  const server = await serve((_, response) => response.writeHead(302, { location: `http://${other.address}/x` }).end());
  const answer = await fetcherWith({ bearer_token: 'abc' }).get(request(`http://${server.address}/`));
  expect(answer).toMatchObject({ status: 200, contentType: 'text/plain; version=0.0.4' });
  expect(other.requests[0]!.headers.authorization).toBeUndefined();
  expect(other.requests[0]!.headers.accept).toBe('x');
  await Promise.all([server.close(), other.close()]);
});

test('redirects in a circle end', async () => {
  const server = await serve((_, response) => response.writeHead(302, { location: '/' }).end());
  await expect(fetcherWith({}).get(request(`http://${server.address}/`))).rejects.toThrow('more than 10 redirects');
  expect(server.requests).toHaveLength(11);
  await server.close();
});

test('a connection that the server closed while idle is not the fault of the next request', async () => {
  const server = await serve(answering('a 1\n'));
  const fetcher = fetcherWith({});
  await fetcher.get(request(`http://${server.address}/`));
  let drops = 1;
  server.handler = (incoming, response) => (drops-- > 0 ? incoming.socket.resetAndDestroy() : response.end('a 1\n'));
  expect((await fetcher.get(request(`http://${server.address}/`))).status).toBe(200);
  await server.close();
});

test('nothing listening, an unknown host and a closed fetcher are told apart', async () => {
  const server = await serve(answering(''));
  await server.close();
  const fetcher = fetcherWith({});
  await expect(fetcher.get(request(`http://${server.address}/`))).rejects.toThrow('nothing listens there');
  fetcher.close();
  await expect(fetcher.get(request(`http://${server.address}/`))).rejects.toThrow('the receiver has stopped');
});

function makeCertificate(): boolean {
  try {
    const subject = ['-subj', '/CN=metrics.test', '-addext', 'subjectAltName=DNS:metrics.test'];
    const files = ['-keyout', 'key.pem', '-out', 'cert.pem'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files], {
      cwd: directory,
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

test('TLS: the certificate is verified against ca_file and server_name', async ({ skip }) => {
  skip(!makeCertificate(), 'openssl is not installed, so there is no certificate to test with');
  const read = (name: string): string => join(directory, name);
  const { readFileSync } = await import('node:fs');
  const server = https.createServer(
    { key: readFileSync(read('key.pem')), cert: readFileSync(read('cert.pem')) },
    (_, response) => response.end('a 1\n'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const trusting = fetcherWith({ tls_config: { ca_file: 'cert.pem', server_name: 'metrics.test' } });
  expect((await trusting.get(request(url))).status).toBe(200);
  const careless = fetcherWith({ tls_config: { insecure_skip_verify: true } });
  expect((await careless.get(request(url))).status).toBe(200);
  await expect(fetcherWith({}).get(request(url))).rejects.toThrow(/self-signed certificate/);
  await expect(
    fetcherWith({ tls_config: { ca_file: 'cert.pem', server_name: 'other.test' } }).get(request(url)),
  ).rejects.toThrow(/Host: other.test|does not match/);
  await expect(fetcherWith({ tls_config: { ca_file: 'absent.pem' } }).get(request(url))).rejects.toThrow(
    'the file "absent.pem" cannot be read (ENOENT)',
  );
  server.closeAllConnections();
  server.close();
});
