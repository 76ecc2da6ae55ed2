import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SondeError } from '../../model/errors.ts';

/** One request on its way through a demo service. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  /** The body as JSON. @throws SondeError `demo-bad-json`, `demo-body-too-large` */
  json(): Promise<unknown>;
  send(status: number, body: unknown): void;
  sendText(status: number, body: string, contentType: string): void;
}

export type Handler = (exchange: Exchange) => Promise<void> | void;

/** Handlers by `METHOD /path`; a path that ends in `/*` takes everything below it. */
export type Routes = Readonly<Record<string, Handler>>;

const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** A small HTTP/1.1 service on loopback. */
export class HttpService {
  private readonly server: Server;
  private readonly errorBody: (message: string, status: number) => unknown;

  /** @param errorBody how this API words an error */
  constructor(routes: Routes, errorBody: (message: string, status: number) => unknown) {
    this.errorBody = errorBody;
    this.server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      void this.answer(routes, request, response);
    });
  }

  /** Listens on loopback; 0 picks a free port. Resolves to `127.0.0.1:port`. */
  listen(port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', () => {
        this.server.off('error', reject);
        resolve(`127.0.0.1:${(this.server.address() as AddressInfo).port}`);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0]!;
    const handler =
      routes[`${request.method} ${path}`] ?? routes[`${request.method} ${path.slice(0, path.lastIndexOf('/'))}/*`];
    const exchange: Exchange = {
      request,
      response,
      path,
      json: () => readJson(request),
      send: (status, body) => sendJson(response, status, body),
      sendText(status, body, contentType) {
        response
          .writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) })
          .end(body);
      },
    };
    try {
      if (handler === undefined) exchange.send(404, this.errorBody('there is nothing here', 404));
      else await handler(exchange);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else {
        const status = error instanceof SondeError ? (error.kind === 'too-large' ? 413 : 400) : 500;
        exchange.send(
          status,
          this.errorBody(error instanceof SondeError ? error.describe() : 'internal error', status),
        );
      }
    }
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new SondeError(`the body is larger than ${MAX_BODY_BYTES} bytes`, {
        kind: 'too-large',
        code: 'demo-body-too-large',
        mend: 'send a shorter prompt',
      });
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new SondeError('the body is not JSON', {
      kind: 'invalid',
      code: 'demo-bad-json',
      mend: 'send a JSON object with content-type application/json',
      cause,
    });
  }
}
