import { makeSeries, type Labels } from '../../../model/series.ts';
import { formatDuration, parseDurationMs } from '../../../util/duration.ts';
import { quoted } from '../../../util/quoted.ts';
import type { ScrapeJob } from '../config.ts';
import type { TargetGroup } from '../discovery-config.ts';
import { relabel } from '../relabel.ts';

/** Something to scrape: where, how often, and the labels its samples get. */
export interface ResolvedTarget {
  /** Same for the same target across reloads: URL, labels, interval and timeout. */
  readonly key: string;
  /** 32 bits by which targets spread over the interval. */
  readonly hash: number;
  readonly url: string;
  readonly labels: Labels;
  /** As discovery gave them, before relabelling. */
  readonly discoveredLabels: Readonly<Record<string, string>>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** What a discovered target came to. */
export type Resolution =
  | { readonly kind: 'target'; readonly target: ResolvedTarget }
  | { readonly kind: 'dropped'; readonly discoveredLabels: Readonly<Record<string, string>> }
  | { readonly kind: 'invalid'; readonly discoveredLabels: Readonly<Record<string, string>>; readonly fault: string };

/**
 * Makes targets of what discovery found, as Prometheus does: job defaults as labels, `relabel_configs`, then the
 * URL from `__scheme__`, `__address__`, `__metrics_path__` and `__param_*`; other labels with `__` in front go.
 */
export function resolveTargets(job: ScrapeJob, group: TargetGroup): Resolution[] {
  return group.targets.map((own) => resolveTarget(job, { ...group.labels, ...own }));
}

function resolveTarget(job: ScrapeJob, found: Readonly<Record<string, string>>): Resolution {
  const labels = new Map(Object.entries({ ...jobLabels(job), ...found }));
  const discoveredLabels = Object.fromEntries([...labels].sort((a, b) => (a[0] < b[0] ? -1 : 1)));
  if (!relabel(labels, job.relabelRules)) return { kind: 'dropped', discoveredLabels };
  const invalid = (fault: string): Resolution => ({ kind: 'invalid', discoveredLabels, fault });

  const address = labels.get('__address__') ?? '';
  if (address === '') return invalid('has no address: the label __address__ is empty');
  if (address.includes('/')) return invalid(`has no valid address: ${quoted(address)} contains a slash`);
  const intervalMs = parseDurationMs(labels.get('__scrape_interval__') ?? '') ?? 0;
  const timeoutMs = parseDurationMs(labels.get('__scrape_timeout__') ?? '') ?? 0;
  if (intervalMs <= 0) return invalid('has no valid interval in the label __scrape_interval__');
  if (timeoutMs <= 0 || timeoutMs > intervalMs) {
    return invalid('has a timeout in the label __scrape_timeout__ that is invalid or longer than its interval');
  }
  const url = urlOf(job, labels, address);
  if (url === undefined) return invalid(`has no valid address: ${quoted(address)}`);
  if (!labels.has('instance')) labels.set('instance', address);
  const public_ = [...labels].filter(([name, value]) => !name.startsWith('__') && value !== '');
  const identity = makeSeries(url, public_);
  const key = JSON.stringify([url, identity.labels, intervalMs, timeoutMs]);
  const hash = identity.fingerprintLow;
  const target = { key, hash, url, labels: identity.labels, discoveredLabels, intervalMs, timeoutMs };
  return { kind: 'target', target };
}

function jobLabels(job: ScrapeJob): Record<string, string> {
  const params = Object.entries(job.params).filter(([, values]) => values.length > 0);
  return {
    job: job.jobName,
    __scheme__: job.scheme,
    __metrics_path__: job.metricsPath,
    __scrape_interval__: formatDuration(job.intervalMs),
    __scrape_timeout__: formatDuration(job.timeoutMs),
    ...Object.fromEntries(params.map(([name, values]) => [`__param_${name}`, values[0]!])),
  };
}

function urlOf(job: ScrapeJob, labels: ReadonlyMap<string, string>, address: string): string | undefined {
  const path = labels.get('__metrics_path__') ?? '/metrics';
  const text = `${labels.get('__scheme__') ?? 'http'}://${address}${path.startsWith('/') ? '' : '/'}${path}`;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  // Only the first value of a parameter is a label; those behind it come from the job alone.
  const params = new Map(Object.entries(job.params));
  for (const [label, value] of labels) {
    if (!label.startsWith('__param_')) continue;
    const name = label.slice('__param_'.length);
    params.set(name, [value, ...(params.get(name) ?? []).slice(1)]);
  }
  for (const [name, values] of params) for (const value of values) url.searchParams.append(name, value);
  return url.href;
}
