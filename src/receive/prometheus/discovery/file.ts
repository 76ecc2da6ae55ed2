import { watch, type FSWatcher } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { SondeError } from '../../../model/errors.ts';
import type { DiscoverySettings, TargetGroup } from '../discovery-config.ts';
import type { Provider, ProviderContext } from './provider.ts';
import { Refresher } from './refresher.ts';
import { decodeTargetGroups, withLabels } from './target-groups.ts';

/** A change of a file is looked at this much later: editors write in several steps. */
const SETTLE_MS = 50;

/**
 * Targets from files (`file_sd_configs`): read at the start, when their directory changes, and each refresh
 * interval. A file that cannot be read or is malformed keeps what it said before; one that is gone takes its
 * targets with it.
 */
export function makeFileProvider(
  settings: Extract<DiscoverySettings, { kind: 'file' }>,
  { clock, logger, baseDirectory }: ProviderContext,
): Provider {
  const patterns = settings.files.map((file) => (isAbsolute(file) ? file : join(baseDirectory, file)));
  const known = new Map<string, readonly TargetGroup[]>();
  const watchers: FSWatcher[] = [];
  let update: (groups: readonly TargetGroup[]) => void = () => undefined;
  let cancelSettling = (): void => undefined;

  const refresher = new Refresher(clock, settings.refreshMs, async () => {
    const files = (await Promise.all(patterns.map(expand))).flat();
    for (const file of known.keys()) if (!files.includes(file)) known.delete(file);
    for (const file of files) {
      try {
        const groups = decodeTargetGroups(parse(await readFile(file, 'utf8')), file);
        known.set(file, withLabels(groups, { __meta_filepath: file }));
      } catch (error) {
        logger.warn({ file, error: describe(error) }, 'a file of targets is of no use; its last good state stays');
      }
    }
    update([...known.values()].flat());
  });

  return {
    async start(onUpdate) {
      update = onUpdate;
      for (const directory of new Set(patterns.map((pattern) => dirname(pattern)))) {
        try {
          const watcher = watch(directory, { persistent: false }, () => {
            cancelSettling();
            cancelSettling = clock.schedule(SETTLE_MS, () => void refresher.run());
          });
          watcher.on('error', () => watcher.close());
          watchers.push(watcher);
        } catch (error) {
          logger.warn({ directory, error: describe(error) }, 'a directory of target files cannot be watched');
        }
      }
      await refresher.run();
    },
    stop() {
      refresher.stop();
      cancelSettling();
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** Files that a path stands for; `*` in its last part is any text. */
async function expand(pattern: string): Promise<string[]> {
  const [prefix, suffix] = basename(pattern).split('*');
  try {
    const names = await readdir(dirname(pattern));
    const fits = (name: string): boolean =>
      suffix === undefined
        ? name === prefix
        : name.length >= prefix!.length + suffix.length && name.startsWith(prefix!) && name.endsWith(suffix);
    return names.filter(fits).map((name) => join(dirname(pattern), name));
  } catch {
    return [];
  }
}

function describe(error: unknown): string {
  return error instanceof SondeError ? error.describe() : (error as Error).message.split('\n', 1)[0]!;
}
