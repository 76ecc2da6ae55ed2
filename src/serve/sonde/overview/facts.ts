import type { ClientSpans, SpanFacts } from '../answer/client-spans.ts';
import { byModel, type ServerMetrics } from '../answer/server-metrics.ts';
import { lastOf, maxOf, sumOf } from '../answer/values.ts';
import type { Basis } from '../contract.ts';

/** One model's experience on an axis, from the best source there is for it. NaN = no value. */
export interface ModelExperience {
  readonly model: string;
  readonly basis: Basis;
  readonly ttftP95: Float64Array | undefined;
  readonly interTokenP95: Float64Array | undefined;
  readonly errorRatio: Float64Array | undefined;
  readonly abortRatio: Float64Array | undefined;
  readonly requestsPerSecond: Float64Array | undefined;
  /** Mean time of a call, for models that do not stream. */
  readonly secondsMean: Float64Array | undefined;
}

/**
 * Every model that anything is known of. Time to first token comes from the servers where they tell it, else from
 * the callers' spans, else from the callers' metrics; the others likewise.
 */
export async function modelExperiences(metrics: ServerMetrics, spans: ClientSpans): Promise<ModelExperience[]> {
  const { steps } = metrics.axis;
  const [ttft, interToken, requests, errors, aborts, calls] = await Promise.all([
    metrics.get('ttftByModel'),
    metrics.get('interTokenByModel'),
    metrics.get('requests'),
    metrics.get('errors'),
    metrics.get('aborts'),
    spans.models(),
  ]);
  const worst = (series: typeof ttft): Map<string, Float64Array> =>
    new Map([...byModel(series)].map(([model, many]) => [model, maxOf(many, steps)]));
  const total = (series: typeof ttft): Map<string, Float64Array> =>
    new Map([...byModel(series)].map(([model, many]) => [model, sumOf(many, steps)]));
  const server = { ttft: worst(ttft), interToken: worst(interToken) };
  const rates = { requests: total(requests), errors: total(errors), aborts: total(aborts) };
  const spanOf = new Map<string, SpanFacts>(calls.map((one) => [one.model, one]));
  const names = new Set([...server.ttft.keys(), ...rates.requests.keys(), ...spanOf.keys()]);
  const missing = [...names].every(
    (name) => !server.ttft.has(name) && spanOf.get(name)?.ttftP95.some(isFinite) !== true,
  );
  const clientTtft = missing ? worst(await metrics.get('clientTtft')) : new Map<string, Float64Array>();
  for (const name of clientTtft.keys()) names.add(name);
  return [...names].sort().map((model) => {
    const span = spanOf.get(model);
    const ofServer = server.ttft.get(model);
    const useServer = ofServer?.some(isFinite) === true;
    const requestRate = rates.requests.get(model);
    return {
      model,
      basis: useServer
        ? 'server-metrics'
        : clientTtft.has(model)
          ? 'client-metrics'
          : span === undefined
            ? 'server-metrics'
            : 'client-spans',
      ttftP95: useServer ? ofServer : (clientTtft.get(model) ?? known(span?.ttftP95)),
      interTokenP95: known(server.interToken.get(model)),
      errorRatio: shareOf(rates.errors.get(model), requestRate) ?? known(span?.errorRatio),
      abortRatio: shareOf(rates.aborts.get(model), requestRate),
      requestsPerSecond: requestRate ?? known(span?.requestsPerSecond),
      secondsMean: known(span?.secondsMean),
    };
  });
}

/** Models worst first: by time to first token now, those without one last. */
export function worstFirst(models: readonly ModelExperience[]): ModelExperience[] {
  const key = (one: ModelExperience): number => lastOf(one.ttftP95) ?? -1;
  return [...models].sort((a, b) => key(b) - key(a));
}

function known(values: Float64Array | undefined): Float64Array | undefined {
  return values?.some(isFinite) === true ? values : undefined;
}

function shareOf(part: Float64Array | undefined, whole: Float64Array | undefined): Float64Array | undefined {
  if (part === undefined || whole === undefined) return undefined;
  return known(part.map((value, i) => (whole[i]! > 0 ? value / whole[i]! : NaN)));
}
