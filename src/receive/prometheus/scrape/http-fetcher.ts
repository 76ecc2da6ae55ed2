import { readFile, stat } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { isAbsolute, join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { SondeError } from '../../../model/errors.ts';
import type { HttpSettings, Secret } from '../http-config.ts';

const gunzip = promisify(zlib.gunzip);

export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For everything together: connecting, waiting, reading. */
  readonly timeoutMs: number;
  /** Of the body, as sent and unpacked. */
  readonly maxBytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * GETs over connections that stay open, with the authentication, TLS and headers of a job.
 * `close` ends what is under way with an error; the fetcher is of no use afterwards.
 */
export class HttpFetcher {
  private readonly settings: HttpSettings;
  private readonly baseDirectory: string;
  private agents: { readonly http: http.Agent; readonly https: https.Agent; readonly version: string } | undefined;
  private readonly underWay = new Set<AbortController>();
  private closed = false;

  /** @param baseDirectory what relative paths of secrets and certificates are relative to */
  constructor(settings: HttpSettings, baseDirectory: string) {
    this.settings = settings;
    this.baseDirectory = baseDirectory;
  }

  /**
   * @throws SondeError `scrape-unreachable`, `scrape-timeout`, `scrape-body-limit`, `scrape-secret-unreadable`;
   * a status other than 200 is an answer, not an error
   */
  async get(request: HttpRequest): Promise<HttpAnswer> {
    if (this.closed) throw unreachable(new Error('the receiver has stopped'));
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), request.timeoutMs);
    this.underWay.add(deadline);
    try {
      return await this.follow(request, deadline.signal);
    } catch (cause) {
      if (cause instanceof SondeError) throw cause;
      if (deadline.signal.aborted) {
        throw new SondeError(`no whole answer within ${request.timeoutMs / 1000} s`, {
          kind: 'timeout',
          code: 'scrape-timeout',
          mend: 'raise scrape_timeout, or find out why the target is slow',
        });
      }
      throw unreachable(cause);
    } finally {
      clearTimeout(timer);
      this.underWay.delete(deadline);
    }
  }

  close(): void {
    this.closed = true;
    for (const request of this.underWay) request.abort();
    this.agents?.http.destroy();
    this.agents?.https.destroy();
  }

  private async follow(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    let url = new URL(request.url);
    const first = url;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      // Secrets go to the host they were meant for.
      const secrets = url.host === first.host ? await this.secretHeaders() : {};
      const headers = { ...request.headers, ...secrets };
      const { message, body } = await this.send(url, headers, request.maxBytes, signal, true);
      const location = message.headers.location;
      if (!this.settings.followRedirects || !REDIRECTS.has(message.statusCode ?? 0) || location === undefined) {
        const { statusCode = 0, statusMessage = '' } = message;
        return { status: statusCode, statusText: statusMessage, contentType: message.headers['content-type'], body };
      }
      url = new URL(location, url);
    }
    throw new SondeError(`more than ${MAX_REDIRECTS} redirects`, { kind: 'unavailable', code: 'scrape-unreachable' });
  }

  private async send(
    url: URL,
    headers: Readonly<Record<string, string | string[]>>,
    maxBytes: number,
    signal: AbortSignal,
    mayRetry: boolean,
  ): Promise<{ readonly message: http.IncomingMessage; readonly body: Uint8Array }> {
    const agents = await this.currentAgents();
    const isTls = url.protocol === 'https:';
    let request: http.ClientRequest | undefined;
    try {
      const options = { agent: isTls ? agents.https : agents.http, headers, signal };
      request = isTls ? https.get(url, options) : http.get(url, options);
      const message = await responseOf(request);
      const body = await readBody(message, maxBytes);
      return { message, body };
    } catch (error) {
      // A connection kept open may be closed by the server in the moment it is used again.
      if (mayRetry && request?.reusedSocket === true && (error as NodeJS.ErrnoException).code === 'ECONNRESET') {
        return this.send(url, headers, maxBytes, signal, false);
      }
      throw error;
    }
  }

  private async secretHeaders(): Promise<Record<string, string | string[]>> {
    const { basicAuth, authorization, headers } = this.settings;
    const result: Record<string, string | string[]> = {};
    for (const { name, values } of headers) result[name] = await Promise.all(values.map((value) => this.read(value)));
    if (basicAuth !== undefined) {
      const user = await this.read(basicAuth.username);
      const password = await this.read(basicAuth.password);
      result['Authorization'] = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    }
    if (authorization !== undefined) {
      result['Authorization'] = `${authorization.scheme} ${await this.read(authorization.credentials)}`;
    }
    return result;
  }

  private async read(secret: Secret): Promise<string> {
    if ('text' in secret) return secret.text;
    try {
      return (await readFile(this.path(secret.file), 'utf8')).trim();
    } catch (cause) {
      throw unreadable(secret.file, cause);
    }
  }

  /** Made anew when a certificate file has changed, so that rotation needs no restart. */
  private async currentAgents(): Promise<NonNullable<HttpFetcher['agents']>> {
    const { tls } = this.settings;
    const files = [tls.ca, tls.cert, tls.key].flatMap((secret) => (secret && 'file' in secret ? [secret.file] : []));
    const version = (await Promise.all(files.map((file) => this.modified(file)))).join();
    if (this.agents?.version === version) return this.agents;
    const options: SecureContextOptions & https.AgentOptions = { keepAlive: true, rejectUnauthorized: tls.verify };
    if (tls.ca !== undefined) options.ca = await this.read(tls.ca);
    if (tls.cert !== undefined) options.cert = await this.read(tls.cert);
    if (tls.key !== undefined) options.key = await this.read(tls.key);
    if (tls.serverName !== undefined) options.servername = tls.serverName;
    if (tls.minVersion !== undefined) options.minVersion = tls.minVersion;
    if (tls.maxVersion !== undefined) options.maxVersion = tls.maxVersion;
    this.agents?.http.destroy();
    this.agents?.https.destroy();
    this.agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent(options), version };
    return this.agents;
  }

  private async modified(file: string): Promise<string> {
    try {
      const { mtimeMs, ino } = await stat(this.path(file));
      return `${ino}:${mtimeMs}`;
    } catch (cause) {
      throw unreadable(file, cause);
    }
  }

  private path(file: string): string {
    return isAbsolute(file) ? file : join(this.baseDirectory, file);
  }
}

function responseOf(request: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', resolve);
  });
}

/** The body, unpacked; neither it nor what it unpacks to may pass the limit. */
async function readBody(message: http.IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const limit = maxBytes > 0 ? maxBytes : Number.MAX_SAFE_INTEGER;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) {
      message.destroy();
      throw bodyLimit(maxBytes);
    }
    chunks.push(chunk);
  }
  const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes);
  const encoding = message.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity' || bytes === 0) return body;
  if (encoding !== 'gzip') {
    throw new SondeError(`the answer has the encoding ${JSON.stringify(encoding.slice(0, 40))}, not gzip`, {
      kind: 'unsupported',
      code: 'scrape-not-metrics',
    });
  }
  try {
    return await gunzip(body, { maxOutputLength: Math.min(limit, 2 ** 32), chunkSize: 65_536 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw bodyLimit(maxBytes);
    throw new SondeError('the answer is not valid gzip', { kind: 'invalid', code: 'scrape-not-metrics', cause });
  }
}

function bodyLimit(maxBytes: number): SondeError {
  return new SondeError(`the answer is larger than ${maxBytes} bytes`, {
    kind: 'too-large',
    code: 'scrape-body-limit',
    mend: 'raise body_size_limit of the job',
  });
}

function unreadable(file: string, cause: unknown): SondeError {
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  return new SondeError(`the file ${JSON.stringify(file)} cannot be read (${reason})`, {
    kind: 'unavailable',
    code: 'scrape-secret-unreadable',
    cause,
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the connection was closed before the answer was complete',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up at the moment',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
};

function unreachable(cause: unknown): SondeError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const text = REASONS[code] ?? (message.slice(0, 200) || code);
  return new SondeError(text, { kind: 'unavailable', code: 'scrape-unreachable', cause });
}
