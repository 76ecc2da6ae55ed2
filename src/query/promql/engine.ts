import type { MetricMetadata } from '../../model/sample.ts';
import { DEFAULT_TENANT } from '../../model/sink.ts';
import { SondeError } from '../../model/errors.ts';
import type { StoreReader } from '../../store/index.ts';
import type { CanonicalMetric } from '../../vocabulary/canonical.ts';
import type { CanonicalSource } from '../../vocabulary/catalogue.ts';
import type { QuerySettings } from '../config.ts';
import { CanonicalViews, viewedNames, viewedSeries } from './canonical.ts';
import { Catalogue, type CatalogueRequest, type SeriesExemplars } from './catalogue.ts';
import { compareLabels, METRIC_NAME, type LabelSet } from './label-set.ts';
import { metricOf, type Matcher } from './matcher.ts';
import { runInstant, runRange, type QueryResult, type RunOptions } from './run.ts';
import { StoreSource } from './store-source.ts';
import type { Expr, VectorSelector } from './syntax/ast.ts';
import { parse } from './syntax/parse.ts';
import { prettyExpr } from './syntax/print.ts';

/** What the engine asks of the vocabulary: which stored metrics answer for a canonical name. */
export interface QueryVocabulary {
  canonicalSources(name: string): readonly CanonicalSource[];
  canonicalMetric(name: string): CanonicalMetric | undefined;
  canonicalNames(): readonly string[];
}

export interface PromqlEngineDeps {
  readonly reader: StoreReader;
  readonly settings: QuerySettings;
  readonly vocabulary: QueryVocabulary;
  /** Monotonic milliseconds, for deadlines and timings; `performance.now` by default. */
  readonly now?: () => number;
}

export interface QueryOptions {
  readonly tenant?: string;
  /** Less than the configured timeout; more is cut to it. */
  readonly timeoutMs?: number;
  readonly lookbackMs?: number;
  readonly signal?: AbortSignal;
}

/** A time window for questions on what there is, not on its values. */
export interface MetaOptions extends QueryOptions {
  readonly startMs: number;
  readonly endMs: number;
}

/** PromQL over the store. All methods reject with a `SondeError`, `where` as `line:column` for faults of the text. */
export interface PromqlEngine {
  instant(query: string, at: { readonly timeMs: number } & QueryOptions): Promise<QueryResult>;
  range(
    query: string,
    over: { readonly startMs: number; readonly endMs: number; readonly stepMs: number } & QueryOptions,
  ): Promise<QueryResult>;
  /** Series that match any of the selectors, sorted by labels. */
  series(selectors: readonly string[], options: MetaOptions): Promise<LabelSet[]>;
  labelNames(selectors: readonly string[], options: MetaOptions): Promise<string[]>;
  labelValues(name: string, selectors: readonly string[], options: MetaOptions): Promise<string[]>;
  /** Exemplars of every series that the query's selectors name. */
  exemplars(query: string, options: MetaOptions): Promise<SeriesExemplars[]>;
  metadata(options: QueryOptions & { readonly metric?: string; readonly limit?: number }): Promise<MetricMetadata[]>;
  /** @throws SondeError `query-syntax` */
  parse(query: string): Expr;
  /** The query on as many lines as it needs. */
  format(query: string): string;
}

export function makePromqlEngine(deps: PromqlEngineDeps): PromqlEngine {
  return new StorePromqlEngine(deps);
}

class StorePromqlEngine implements PromqlEngine {
  private readonly deps: PromqlEngineDeps;
  private readonly catalogue: Catalogue;
  private readonly now: () => number;

  constructor(deps: PromqlEngineDeps) {
    this.deps = deps;
    this.catalogue = new Catalogue(deps.reader);
    this.now = deps.now ?? (() => performance.now());
  }

  instant(query: string, at: { readonly timeMs: number } & QueryOptions): Promise<QueryResult> {
    return runInstant(query, at.timeMs, this.runOptions(at));
  }

  range(
    query: string,
    over: { readonly startMs: number; readonly endMs: number; readonly stepMs: number } & QueryOptions,
  ): Promise<QueryResult> {
    if (over.endMs < over.startMs) return Promise.reject(badTimes('end timestamp must not be before start time'));
    if (!(over.stepMs > 0)) {
      return Promise.reject(
        badTimes('zero or negative query resolution step widths are not accepted. Try a positive integer'),
      );
    }
    return runRange(query, over, this.runOptions(over));
  }

  async series(selectors: readonly string[], options: MetaOptions): Promise<LabelSet[]> {
    const request = this.request(options);
    const { maxSeries } = this.deps.settings.limits;
    const lists = await Promise.all(
      selectors.map((selector) => this.seriesOf(matchersOf(selector), request, maxSeries)),
    );
    const found = new Map(lists.flat().map((labels) => [labels.key, labels]));
    return [...found.values()].sort(compareLabels);
  }

  async labelNames(selectors: readonly string[], options: MetaOptions): Promise<string[]> {
    const request = this.request(options);
    const lists = await Promise.all(
      selectorMatchers(selectors).map(async (matchers) => {
        const viewed = this.viewed(matchers);
        if (viewed === undefined) return this.catalogue.labelNames(matchers, request);
        const series = await viewedSeries(
          viewed,
          matchers,
          this.catalogue,
          request,
          this.deps.settings.limits.maxSeries,
        );
        return series.flatMap((labels) => [...labels.names]);
      }),
    );
    const names = new Set(lists.flat());
    if (names.size > 0) names.add(METRIC_NAME);
    return [...names].sort();
  }

  async labelValues(name: string, selectors: readonly string[], options: MetaOptions): Promise<string[]> {
    const request = this.request(options);
    const lists = await Promise.all(
      selectorMatchers(selectors).map(async (matchers) => {
        const viewed = this.viewed(matchers);
        if (viewed === undefined) {
          const values = await this.catalogue.labelValues(name, matchers, request);
          // Completion offers canonical names wherever something answers for them.
          if (name !== METRIC_NAME || matchers.length > 0) return values;
          return [...values, ...viewedNames(values, this.deps.vocabulary)];
        }
        const series = await viewedSeries(
          viewed,
          matchers,
          this.catalogue,
          request,
          this.deps.settings.limits.maxSeries,
        );
        return series.map((labels) => labels.get(name)).filter((value) => value !== '');
      }),
    );
    return [...new Set(lists.flat())].sort();
  }

  async exemplars(query: string, options: MetaOptions): Promise<SeriesExemplars[]> {
    const request = this.request(options);
    const { maxSeries } = this.deps.settings.limits;
    const lists = await Promise.all(
      selectorsIn(parse(query)).map(async ({ matchers }) => {
        const viewed = this.viewed(matchers);
        if (viewed === undefined) return this.catalogue.exemplars(matchers, request, maxSeries);
        const views = new CanonicalViews(this.source(options), this.deps.vocabulary, this.deps.settings.lookbackMs);
        return views.exemplars(matchers, viewed, this.catalogue, request, maxSeries);
      }),
    );
    const found = new Map(lists.flat().map((one) => [one.labels.key, one]));
    return [...found.values()].sort((a, b) => compareLabels(a.labels, b.labels));
  }

  async metadata(
    options: QueryOptions & { readonly metric?: string; readonly limit?: number },
  ): Promise<MetricMetadata[]> {
    const request = this.request({ ...options, startMs: 0, endMs: 0 });
    const limit = options.limit ?? this.deps.settings.limits.maxSeries;
    const stored = await this.catalogue.metadata(options.metric, limit, request);
    const known = new Set(stored.map(({ family }) => family));
    const { vocabulary } = this.deps;
    const names = options.metric === undefined ? vocabulary.canonicalNames() : [options.metric];
    const canonical = names.flatMap((name): MetricMetadata[] => {
      const metric = known.has(name) ? undefined : vocabulary.canonicalMetric(name);
      if (metric?.name !== name) return [];
      return [{ family: name, type: metric.type, help: metric.help, unit: metric.unit }];
    });
    return [...stored, ...canonical].slice(0, limit);
  }

  parse(query: string): Expr {
    return parse(query);
  }

  format(query: string): string {
    return prettyExpr(parse(query));
  }

  private seriesOf(matchers: readonly Matcher[], request: CatalogueRequest, limit: number): Promise<LabelSet[]> {
    const viewed = this.viewed(matchers);
    if (viewed === undefined) return this.catalogue.series(matchers, request, limit);
    return viewedSeries(viewed, matchers, this.catalogue, request, limit);
  }

  private viewed(matchers: readonly Matcher[]): readonly CanonicalSource[] | undefined {
    const metric = metricOf(matchers);
    const sources = metric === undefined ? [] : this.deps.vocabulary.canonicalSources(metric);
    return sources.length === 0 ? undefined : sources;
  }

  private source({ tenant = DEFAULT_TENANT, timeoutMs }: QueryOptions): StoreSource {
    const { limits } = this.deps.settings;
    return new StoreSource({
      reader: this.deps.reader,
      tenant,
      timeoutMs: Math.min(timeoutMs ?? Infinity, limits.timeoutMs),
      memoryBytes: limits.memoryBytes,
    });
  }

  private runOptions(options: QueryOptions): RunOptions {
    const { limits, lookbackMs, defaultSubqueryStepMs, pushDown } = this.deps.settings;
    return {
      source: new CanonicalViews(this.source(options), this.deps.vocabulary, options.lookbackMs ?? lookbackMs),
      limits: { ...limits, timeoutMs: Math.min(options.timeoutMs ?? Infinity, limits.timeoutMs) },
      lookbackMs: options.lookbackMs ?? lookbackMs,
      defaultSubqueryStepMs,
      pushDown,
      signal: options.signal,
      now: this.now,
    };
  }

  private request({ tenant = DEFAULT_TENANT, startMs, endMs, signal, timeoutMs }: MetaOptions): CatalogueRequest {
    if (endMs < startMs) throw badTimes('end timestamp must not be before start timestamp');
    const { limits } = this.deps.settings;
    return { tenant, startMs, endMs, signal, timeoutMs: Math.min(timeoutMs ?? Infinity, limits.timeoutMs) };
  }
}

/** Matchers of a series selector. @throws SondeError if the text is another expression */
function matchersOf(selector: string): readonly Matcher[] {
  const expr = parse(selector);
  if (expr.kind === 'selector' && expr.offset === undefined && expr.at === undefined) return expr.matchers;
  throw new SondeError(`${JSON.stringify(selector.slice(0, 80))} is no series selector`, {
    kind: 'invalid',
    code: 'query-selector',
    mend: 'write a metric, label matchers in braces, or both, without offset and @',
  });
}

/** Without selectors everything is meant. */
function selectorMatchers(selectors: readonly string[]): (readonly Matcher[])[] {
  return selectors.length === 0 ? [[]] : selectors.map(matchersOf);
}

function selectorsIn(expr: Expr): VectorSelector[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return [];
    case 'selector':
      return [expr];
    case 'matrix':
      return [expr.selector];
    case 'subquery':
    case 'paren':
    case 'unary':
      return selectorsIn(expr.expr);
    case 'call':
      return expr.args.flatMap(selectorsIn);
    case 'aggregate':
      return [...(expr.param === undefined ? [] : selectorsIn(expr.param)), ...selectorsIn(expr.expr)];
    case 'binary':
      return [...selectorsIn(expr.left), ...selectorsIn(expr.right)];
  }
}

function badTimes(message: string): SondeError {
  return new SondeError(message, { kind: 'invalid', code: 'query-times' });
}
