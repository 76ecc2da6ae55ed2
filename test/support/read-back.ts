/** What is stored, read as a user reads it: over HTTP from port 4600. */
export class ReadBack {
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async json<T>(path: string): Promise<T> {
    const response = await fetch(this.url + path);
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} from ${path}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as T;
  }

  /** Spans of a trace; none when there is no such trace. */
  async spans(traceId: string): Promise<readonly StoredSpan[]> {
    const response = await fetch(`${this.url}/sonde/api/v1/traces/${traceId}`);
    if (response.status === 404) return [];
    return ((await response.json()) as { spans: StoredSpan[] }).spans;
  }

  /** Log records of a service of the last hour, oldest first. */
  async logs(service: string): Promise<readonly StoredLog[]> {
    const query = new URLSearchParams({
      from: 'now-1h',
      to: String(Date.now() + 60_000),
      service,
      direction: 'forward',
      limit: '1000',
    });
    return (await this.json<{ rows: StoredLog[] }>(`/sonde/api/v1/logs?${query.toString()}`)).rows;
  }

  /** The samples of an instant query: labels and value as Prometheus's API gives them. */
  async instant(query: string): Promise<readonly StoredSample[]> {
    const path = `/api/v1/query?${new URLSearchParams({ query }).toString()}`;
    const { data } = await this.json<{
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    }>(path);
    return data.result.map(({ metric, value }) => ({ labels: metric, value: value[1] }));
  }
}

export interface StoredSpan {
  readonly name: string;
  readonly startUnixMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

export interface StoredLog {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

export interface StoredSample {
  readonly labels: Readonly<Record<string, string>>;
  /** In Prometheus's spelling: `NaN`, `+Inf`, `1.5`. */
  readonly value: string;
}
