import { Command, CommanderError } from 'commander';
import { SondeError } from '../model/errors.ts';
import { configCommand } from './commands/config.ts';
import { demoCommand } from './commands/demo.ts';
import { queryCommand } from './commands/query.ts';
import { targetsCommand } from './commands/targets.ts';
import { upCommand } from './commands/up.ts';
import { versionCommand } from './commands/version.ts';
import { EXIT } from './exit.ts';

const program = new Command('sonde')
  .description('Observability for LLM systems in one program.')
  .showHelpAfterError('(sonde --help lists the commands)')
  .exitOverride();
for (const command of [
  upCommand(),
  demoCommand(),
  queryCommand(),
  targetsCommand(),
  configCommand(),
  versionCommand(),
]) {
  program.addCommand(command.exitOverride());
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error);
  // A failed start may leave handles open; nothing they hold matters any more.
  if (process.exitCode !== EXIT.fine) process.exit();
}

/** Prints a failure as a person wants to read it; gives the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  if (error instanceof SondeError) {
    console.error(`sonde: ${error.describe()}`);
    return error.kind === 'invalid' && error.code.startsWith('config-') ? EXIT.usage : EXIT.problem;
  }
  console.error(error);
  return EXIT.problem;
}
