import type { Logger } from '../../../self/logger.ts';
import type { Clock } from '../../../util/clock.ts';
import type { DiscoverySettings, TargetGroup } from '../discovery-config.ts';
import { makeDnsProvider } from './dns.ts';
import { makeFileProvider } from './file.ts';
import { makeHttpProvider } from './http.ts';

/**
 * A source of targets. `start` runs until `stop` and calls `update` with all groups it knows, whenever they change;
 * what cannot be read leaves the groups as they were.
 */
export interface Provider {
  /** Resolves after the first look. */
  start(update: (groups: readonly TargetGroup[]) => void): Promise<void>;
  stop(): void;
}

export interface ProviderContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** What relative paths are relative to. */
  readonly baseDirectory: string;
  readonly userAgent: string;
}

export function makeProvider(settings: DiscoverySettings, context: ProviderContext): Provider {
  switch (settings.kind) {
    case 'static':
      return {
        async start(update) {
          update(settings.groups);
        },
        stop: () => undefined,
      };
    case 'file':
      return makeFileProvider(settings, context);
    case 'http':
      return makeHttpProvider(settings, context);
    case 'dns':
      return makeDnsProvider(settings, context);
  }
}
