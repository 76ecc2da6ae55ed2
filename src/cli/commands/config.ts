import { Command } from 'commander';
import { stringify } from 'yaml';
import { defaultConfigFile, loadConfig } from '../../config/load.ts';
import { jsonSchemaOf } from '../../config/schema-tree.ts';
import { configSchema } from '../../config/schema.ts';

export function configCommand(): Command {
  return new Command('config')
    .description('check and print configuration')
    .addCommand(
      new Command('check')
        .description('say whether a file is right, and where it is not')
        .argument('[file]', 'configuration file', defaultConfigFile())
        .option('--json', 'as JSON')
        .action((file: string | undefined, options: { json?: boolean }) => {
          loadConfig(file, process.env);
          const name = file ?? 'the defaults';
          console.log(options.json === true ? JSON.stringify({ file: name, valid: true }) : `${name}: valid`);
        }),
    )
    .addCommand(
      new Command('schema').description('print the JSON Schema of the configuration').action(() => {
        console.log(JSON.stringify(jsonSchemaOf(configSchema), undefined, 2));
      }),
    )
    .addCommand(
      new Command('print')
        .description('print the settings in force: file, environment and defaults together')
        .argument('[file]', 'configuration file', defaultConfigFile())
        .option('--json', 'as JSON')
        .action((file: string | undefined, options: { json?: boolean }) => {
          const settings = withoutSecrets(loadConfig(file, process.env).settings);
          console.log(options.json === true ? JSON.stringify(settings) : stringify(settings).trimEnd());
        }),
    );
}

const SECRET = /password|token|secret|credential|hash_?key|^key$/i;

/** A copy in which what must not be shown reads `<hidden>`. */
function withoutSecrets(value: unknown, name = ''): unknown {
  if (SECRET.test(name) && (typeof value === 'string' || Array.isArray(value)) && value.length > 0) return '<hidden>';
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, key)]));
}
