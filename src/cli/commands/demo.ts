import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { INCIDENT_HELP, up, withUpOptions, type UpOptions } from './up.ts';

export function demoCommand(): Command {
  return withUpOptions(
    new Command('demo').description('run Sonde with a small LLM system to look at; its data is invented'),
  )
    .option('--incident-after <duration>', INCIDENT_HELP)
    .action(async (options: UpOptions) => {
      if (options.data !== undefined) return up({ ...options, demo: true });
      // Invented data does not belong beside real data, nor does it need to stay.
      const data = mkdtempSync(join(tmpdir(), 'sonde-demo-'));
      process.on('exit', () => rmSync(data, { recursive: true, force: true }));
      return up({ ...options, data, demo: true });
    });
}
