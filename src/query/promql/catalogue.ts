import type { MetricMetadata, MetricType } from '../../model/sample.ts';
import type { ColumnSet, StoreReader } from '../../store/index.ts';
import { LabelSet, METRIC_NAME } from './label-set.ts';
import type { Matcher } from './matcher.ts';
import { exemplarsSql, labelNamesSql, labelValuesSql, metadataSql, seriesSql, type Statement } from './sql.ts';

/** A window of time and who asks. */
export interface CatalogueRequest {
  readonly tenant: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

export interface SeriesExemplars {
  readonly labels: LabelSet;
  readonly exemplars: readonly { readonly labels: LabelSet; readonly value: number; readonly timeMs: number }[];
}

/** Exemplars given for one selector; a chart cannot show more. */
const MAX_EXEMPLARS = 10_000;

/** What there is in the store beside samples: series, their labels, exemplars, metadata. */
export class Catalogue {
  private readonly reader: StoreReader;

  constructor(reader: StoreReader) {
    this.reader = reader;
  }

  async series(matchers: readonly Matcher[], request: CatalogueRequest, limit: number): Promise<LabelSet[]> {
    const { tenant, startMs, endMs } = request;
    const found = await this.storedSeries(seriesSql(tenant, matchers, startMs, endMs, limit), request);
    return found.map(({ labels }) => labels);
  }

  async labelNames(matchers: readonly Matcher[], request: CatalogueRequest): Promise<string[]> {
    const { tenant, startMs, endMs } = request;
    const answer = await this.run(labelNamesSql(tenant, matchers, startMs, endMs), request);
    return [...answer.strings('name')];
  }

  async labelValues(name: string, matchers: readonly Matcher[], request: CatalogueRequest): Promise<string[]> {
    const { tenant, startMs, endMs } = request;
    const answer = await this.run(labelValuesSql(tenant, name, matchers, startMs, endMs), request);
    return [...answer.strings('value')];
  }

  async metadata(family: string | undefined, limit: number, request: CatalogueRequest): Promise<MetricMetadata[]> {
    const answer = await this.run(metadataSql(request.tenant, family, limit), request);
    const [types, helps, units] = ['type', 'help', 'unit'].map((name) => answer.strings(name));
    return answer.strings('family').map((name, row) => ({
      family: name,
      type: types![row]! as MetricType,
      help: helps![row]!,
      unit: units![row]!,
    }));
  }

  async exemplars(
    matchers: readonly Matcher[],
    request: CatalogueRequest,
    maxSeries: number,
  ): Promise<SeriesExemplars[]> {
    const { tenant, startMs, endMs } = request;
    const series = await this.storedSeries(seriesSql(tenant, matchers, startMs, endMs, maxSeries), request);
    if (series.length === 0) return [];
    const byFingerprint = new Map(series.map((one) => [one.fingerprint, one.labels]));
    const range = {
      tenant,
      metrics: [...new Set(series.map(({ labels }) => labels.get(METRIC_NAME)))],
      fingerprints: undefined,
      // The time range is closed at its start for exemplars.
      fromMs: startMs - 1,
      toMs: endMs,
    };
    const answer = await this.run(exemplarsSql(range, MAX_EXEMPLARS), request);
    const fingerprints = fingerprintsOf(answer);
    const times = answer.numbers('t');
    const values = answer.numbers('value');
    const labels = labelMaps(answer, 'labels');
    const found = new Map<bigint, SeriesExemplars['exemplars'][number][]>();
    for (let row = answer.rows - 1; row >= 0; row--) {
      const list = found.get(fingerprints[row]!) ?? [];
      found.set(fingerprints[row]!, list);
      list.push({ labels: LabelSet.of(labels[row]!), value: values[row]!, timeMs: times[row]! });
    }
    return [...found].flatMap(([fingerprint, exemplars]) => {
      const own = byFingerprint.get(fingerprint);
      return own === undefined ? [] : [{ labels: own, exemplars }];
    });
  }

  private async storedSeries(
    statement: Statement,
    request: CatalogueRequest,
  ): Promise<{ labels: LabelSet; fingerprint: bigint }[]> {
    const answer = await this.run(statement, request);
    const metrics = answer.strings('metric');
    const fingerprints = fingerprintsOf(answer);
    return labelMaps(answer, 'labels').map((labels, row) => ({
      labels: LabelSet.of([...labels, [METRIC_NAME, metrics[row]!]]),
      fingerprint: fingerprints[row]!,
    }));
  }

  private run({ sql, params }: Statement, { signal, timeoutMs }: CatalogueRequest): Promise<ColumnSet> {
    return this.reader.columns(sql, { params, limits: { timeoutMs }, ...(signal === undefined ? {} : { signal }) });
  }
}

function fingerprintsOf(answer: ColumnSet): BigUint64Array {
  const column = answer.get('fingerprint');
  if (column.kind !== 'big') throw new TypeError('fingerprints are no 64-bit numbers');
  return new BigUint64Array(column.values.buffer, column.values.byteOffset, column.values.length);
}

function labelMaps(answer: ColumnSet, name: string): [string, string][][] {
  const column = answer.get(name);
  if (column.kind !== 'map' || column.keys.kind !== 'string' || column.values.kind !== 'string') {
    throw new TypeError(`column ${name} is no map of texts`);
  }
  const { offsets, keys, values } = column;
  const [names, texts] = [keys.values, values.values];
  return Array.from({ length: answer.rows }, (_, row) => {
    const labels: [string, string][] = [];
    for (let i = offsets[row]!; i < offsets[row + 1]!; i++) labels.push([names[i]!, texts[i]!]);
    return labels;
  });
}
