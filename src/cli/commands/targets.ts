import { Command } from 'commander';
import { DEFAULT_URL, getJson } from '../api.ts';
import { printTable } from '../table.ts';

interface Target {
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError: string;
  readonly lastScrapeDuration: number;
  readonly labels: Readonly<Record<string, string>>;
}

export function targetsCommand(): Command {
  return new Command('targets')
    .description('list what a running Sonde scrapes, and whether it answers')
    .option('--url <url>', 'address of Sonde', DEFAULT_URL)
    .option('--json', 'as JSON')
    .action(async (options: { url: string; json?: boolean }) => {
      const answer = (await getJson(options.url, '/api/v1/targets')) as { data: { activeTargets: readonly Target[] } };
      const targets = answer.data.activeTargets;
      if (options.json === true) console.log(JSON.stringify(targets));
      else {
        printTable(
          ['job', 'target', 'health', 'took', 'problem'],
          targets.map((target) => [
            target.labels['job'] ?? target.scrapePool,
            target.scrapeUrl,
            target.health,
            `${Math.round(target.lastScrapeDuration * 1000)} ms`,
            target.lastError,
          ]),
        );
      }
    });
}
