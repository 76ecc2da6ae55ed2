import { Command } from 'commander';
import { VERSION } from '../../util/version.ts';

export function versionCommand(): Command {
  return new Command('version')
    .description('print the version')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }) => {
      const about = { version: VERSION, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
      console.log(
        options.json === true
          ? JSON.stringify(about)
          : `sonde ${about.version} (Node.js ${about.node}, ${about.platform})`,
      );
    });
}
