import type { LimitSettings } from '../config.ts';
import type { Breach, Limit, SentencePart, State } from '../contract.ts';
import type { TimeAxis } from '../time-axis.ts';

/** From this share of a limit on, a figure is near it. */
const NEAR = 0.9;

/** The configured limits, each in the unit of what it bounds. */
export function limitsOf(settings: LimitSettings) {
  return {
    ttft: { value: settings.ttftSeconds, unit: 's', label: 'limit', configKey: 'limits.ttft_p95' },
    interToken: { value: settings.interTokenSeconds, unit: 's', label: 'limit', configKey: 'limits.inter_token_p95' },
    errors: { value: settings.errorRatio, unit: 'ratio', label: 'limit', configKey: 'limits.error_ratio' },
    queueShare: { value: settings.queueShare, unit: 'ratio', label: 'limit', configKey: 'limits.queue_share' },
    kvCache: { value: settings.kvCacheRatio, unit: 'ratio', label: 'limit', configKey: 'limits.kv_cache_ratio' },
    queue: { value: settings.queuedRequests, unit: 'requests', label: 'limit', configKey: 'limits.queued_requests' },
    gpuMemory: { value: settings.gpuMemoryRatio, unit: 'ratio', label: 'limit', configKey: 'limits.gpu_memory_ratio' },
    gpuCompute: {
      value: settings.gpuComputeRatio,
      unit: 'ratio',
      label: 'limit',
      configKey: 'limits.gpu_compute_ratio',
    },
    cpu: { value: settings.cpuRatio, unit: 'ratio', label: 'limit', configKey: 'limits.cpu_ratio' },
    series: { value: settings.series, unit: 'series', label: 'budget', configKey: 'limits.series' },
    lost: { value: settings.lostRatio, unit: 'ratio', label: 'limit', configKey: 'limits.lost_ratio' },
    cost:
      settings.usdPerMillionOutput === undefined
        ? null
        : {
            value: settings.usdPerMillionOutput,
            unit: 'usd/1M-tokens',
            label: 'target',
            configKey: 'limits.usd_per_million_output',
          },
  } as const satisfies Record<string, Limit | null>;
}

export type Limits = ReturnType<typeof limitsOf>;

/** A figure held against its limit: what the verdict chooses from. */
export interface Measure {
  readonly row: 'experience' | 'time' | 'saturation' | 'cost' | 'safety';
  readonly subject: string;
  /** A name for the calm sentence: `time to first token of llama`. */
  readonly what: string;
  readonly value: number;
  readonly limit: Limit;
  readonly sinceUnixMs: number | null;
  /** The sentence that says it is over. */
  readonly over: readonly SentencePart[];
  readonly href: string | null;
}

export function nearnessOf(measure: Pick<Measure, 'value' | 'limit'>): number {
  return measure.value / measure.limit.value;
}

/** Over the limit is bad, 90 % of it is near; no value is unknown, never good. */
export function stateOf(value: number | null, limit: Limit | null): State {
  if (value === null || Number.isNaN(value)) return 'unknown';
  if (limit === null) return 'ok';
  if (value > limit.value) return 'bad';
  return value >= limit.value * NEAR ? 'warn' : 'ok';
}

const ORDER: readonly State[] = ['ok', 'unknown', 'warn', 'bad'];

/** The worst; unknown counts only when nothing is known to be wrong and nothing is known to be right. */
export function worstOf(states: readonly State[]): State {
  const known = states.filter((one) => one !== 'unknown');
  return known.reduce<State>(
    (worst, one) => (ORDER.indexOf(one) > ORDER.indexOf(worst) ? one : worst),
    known[0] ?? 'unknown',
  );
}

/** Stretches over the limit; points without a value neither begin nor end one. */
export function breachesOf(values: readonly (number | null)[], limit: Limit | null, axis: TimeAxis): Breach[] {
  if (limit === null) return [];
  const breaches: Breach[] = [];
  let from: number | undefined;
  let last = 0;
  values.forEach((value, i) => {
    if (value === null) return;
    const over = value > limit.value;
    if (over) {
      from ??= axis.t[i]! * 1000 - axis.stepMs;
      last = axis.t[i]! * 1000;
    } else if (from !== undefined) {
      breaches.push({ fromUnixMs: from, toUnixMs: last });
      from = undefined;
    }
  });
  if (from !== undefined) breaches.push({ fromUnixMs: from, toUnixMs: axis.toMs });
  return breaches;
}

/** When the breach that still lasts began; null when there is none. */
export function sinceOf(breaches: readonly Breach[], axis: TimeAxis): number | null {
  const last = breaches.at(-1);
  return last !== undefined && last.toUnixMs >= axis.toMs ? last.fromUnixMs : null;
}

/** A meter: full width is the limit, or the value when it is over; then `tick` marks the limit. */
export function meterOf(value: number, limit: Limit): { fill: number; tick: number | null } {
  return value > limit.value ? { fill: 1, tick: limit.value / value } : { fill: value / limit.value, tick: null };
}
