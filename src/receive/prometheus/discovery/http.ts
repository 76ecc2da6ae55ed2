import { SondeError } from '../../../model/errors.ts';
import type { DiscoverySettings } from '../discovery-config.ts';
import { HttpFetcher } from '../scrape/http-fetcher.ts';
import type { Provider, ProviderContext } from './provider.ts';
import { Refresher } from './refresher.ts';
import { decodeTargetGroups, withLabels } from './target-groups.ts';

const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Targets from an HTTP server (`http_sd_configs`), asked each refresh interval; an answer of no use keeps the last
 * good one.
 * @see https://prometheus.io/docs/prometheus/latest/http_sd/
 */
export function makeHttpProvider(
  settings: Extract<DiscoverySettings, { kind: 'http' }>,
  { clock, logger, baseDirectory, userAgent }: ProviderContext,
): Provider {
  const fetcher = new HttpFetcher(settings.http, baseDirectory);
  const request = {
    url: settings.url,
    headers: {
      Accept: 'application/json',
      'Accept-Encoding': 'gzip',
      'User-Agent': userAgent,
      'X-Prometheus-Refresh-Interval-Seconds': String(settings.refreshMs / 1000),
    },
    timeoutMs: settings.refreshMs,
    maxBytes: MAX_BYTES,
  };
  let stopped = false;
  let refresher: Refresher | undefined;
  return {
    async start(update) {
      refresher = new Refresher(clock, settings.refreshMs, async () => {
        try {
          const { status, contentType = '', body } = await fetcher.get(request);
          if (status !== 200) throw unusable(`answered HTTP status ${status}`);
          if (!/^application\/json\b/i.test(contentType))
            throw unusable(`answered ${JSON.stringify(contentType.slice(0, 80))}, not JSON`);
          const groups = decodeTargetGroups(parseJson(body), settings.url);
          update(withLabels(groups, { __meta_url: settings.url }));
        } catch (error) {
          if (stopped) return;
          const reason = error instanceof SondeError ? error.describe() : String(error);
          logger.warn({ url: settings.url, error: reason }, 'HTTP discovery failed; its last good answer stays');
        }
      });
      await refresher.run();
    },
    stop() {
      stopped = true;
      refresher?.stop();
      fetcher.close();
    },
  };
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'));
  } catch {
    throw unusable('answered invalid JSON');
  }
}

function unusable(message: string): SondeError {
  return new SondeError(message, { kind: 'invalid', code: 'discovery-invalid' });
}
