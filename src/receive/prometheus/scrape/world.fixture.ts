import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetricBatch } from '../../../model/sample.ts';
import type { IngestContext, IngestResult, Sink } from '../../../model/sink.ts';

/** One sample as a text that tests compare: `up{job="a"} 1 @1000`, a staleness marker as `stale`. */
export function sampleTexts(batch: MetricBatch): string[] {
  return Array.from({ length: batch.length }, (_, row) => {
    const { metric, labels } = batch.series[batch.seriesIndex[row]!]!;
    const text = labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',');
    const value = batch.isStale(row) ? 'stale' : String(batch.value[row]);
    return `${metric}${text === '' ? '' : `{${text}}`} ${value} @${batch.timestampMs[row]}`;
  });
}

/** A sink that keeps what it is given; `refuse` makes it fail instead. */
export class CollectingSink implements Sink {
  readonly batches: MetricBatch[] = [];
  readonly contexts: IngestContext[] = [];
  refuse: Error | undefined;
  private readonly waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  async metrics(batch: MetricBatch, context: IngestContext): Promise<IngestResult> {
    if (this.refuse !== undefined) throw this.refuse;
    this.batches.push(batch);
    this.contexts.push(context);
    for (const { count, resolve } of this.waiting) if (this.batches.length >= count) resolve();
    return { accepted: batch.length, rejected: [] };
  }

  spans(): Promise<IngestResult> {
    throw new Error('a scrape has no spans');
  }

  logs(): Promise<IngestResult> {
    throw new Error('a scrape has no logs');
  }

  /** Resolves when `count` batches have come since the beginning. */
  received(count: number): Promise<void> {
    if (this.batches.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ count, resolve }));
  }

  /** The last batch without the report series. */
  last(): string[] {
    return sampleTexts(this.batches.at(-1)!).filter((text) => !/^(up|scrape_\w+)(\{| )/.test(text));
  }

  /** The report series of the last batch: metric → value. */
  reports(): Record<string, number> {
    const batch = this.batches.at(-1)!;
    const entries = Array.from({ length: batch.length }, (_, row) => row)
      .map((row) => [batch.series[batch.seriesIndex[row]!]!.metric, batch.value[row]!] as const)
      .filter(([metric]) => /^(up|scrape_\w+)$/.test(metric));
    return Object.fromEntries(entries);
  }
}

export interface TestServer {
  readonly address: string;
  readonly port: number;
  readonly requests: http.IncomingMessage[];
  /** What it does with a request; may be replaced. */
  handler: http.RequestListener;
  close(): Promise<void>;
}

/** An HTTP server on a free port of the loopback interface. */
export async function serve(handler: http.RequestListener): Promise<TestServer> {
  const server = http.createServer((request, response) => {
    result.requests.push(request);
    result.handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const result: TestServer = {
    address: `127.0.0.1:${port}`,
    port,
    requests: [],
    handler,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return result;
}

/** A handler that answers every request with `body`. */
export function answering(body: string | Uint8Array, contentType = 'text/plain; version=0.0.4'): http.RequestListener {
  return (_request, response) => response.writeHead(200, { 'content-type': contentType }).end(body);
}
