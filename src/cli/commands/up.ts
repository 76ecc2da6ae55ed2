import { Command } from 'commander';
import { startSonde, type RunningSonde } from '../../app/index.ts';
import { defaultConfigFile, loadConfig, type ConfigOverride, type LoadedConfig } from '../../config/load.ts';
import { durationSeconds } from '../duration-flag.ts';
import { EXIT } from '../exit.ts';

/** Flags of `up` and `demo`. */
export interface UpOptions {
  readonly config?: string;
  readonly data?: string;
  readonly listen?: string;
  readonly otlpHttp?: string;
  readonly otlpGrpc?: string;
  readonly logLevel?: string;
  readonly demo?: boolean;
  readonly incidentAfter?: string;
  readonly json?: boolean;
}

/** Of the flag that `up --demo` and `demo` share. */
export const INCIDENT_HELP = 'let the demo’s incident (KV cache fills, users wait) begin after this time';

export function upCommand(): Command {
  return withUpOptions(new Command('up').description('run Sonde'))
    .option('--demo', 'with a small LLM system to look at; its data is invented')
    .option('--incident-after <duration>', INCIDENT_HELP)
    .action((options: UpOptions) => up(options));
}

/** The flags that `up` and `demo` share. */
export function withUpOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file (default: sonde.yaml, if it is there)')
    .option('--data <folder>', 'where data is kept (default: ./sonde-data)')
    .option('--listen <host:port>', 'pages and query APIs; port 0 picks a free one')
    .option('--otlp-http <host:port>', 'OTLP over HTTP')
    .option('--otlp-grpc <host:port>', 'OTLP over gRPC')
    .option('--log-level <level>', 'debug, info, warn, error or silent')
    .option('--json', 'print one line of JSON when ready');
}

/** Runs until it is told to stop. */
export async function up(options: UpOptions): Promise<void> {
  const file = options.config ?? defaultConfigFile();
  const read = (): LoadedConfig => loadConfig(file, process.env, overridesOf(options));
  const sonde = await startSonde({
    config: read(),
    configFile: file,
    demo: options.demo === true ? { incidentAfterMs: durationOf(options.incidentAfter) } : undefined,
    startedUnixMs: Math.round(performance.timeOrigin),
  });
  console.log(options.json === true ? readyJson(sonde) : readyText(sonde));
  process.on('SIGHUP', () => void reload(sonde, read));
  let signals = 0;
  const stop = (): void => {
    // A second Ctrl-C is a person who does not want to wait.
    if (++signals > 1) process.exit(EXIT.problem);
    void sonde.stop().then(() => process.exit(EXIT.fine));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function durationOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : durationSeconds(text) * 1000;
}

async function reload(sonde: RunningSonde, read: () => LoadedConfig): Promise<void> {
  try {
    await sonde.reload(read());
  } catch (err) {
    sonde.logger.error({ err }, 'the configuration could not be read again; the old one stays in force');
  }
}

function overridesOf(options: UpOptions): ConfigOverride[] {
  const flags: readonly (readonly [readonly string[], string | undefined])[] = [
    [['store', 'data_dir'], options.data],
    [['server', 'listen'], options.listen],
    [['otlp', 'http', 'listen'], options.otlpHttp],
    [['otlp', 'grpc', 'listen'], options.otlpGrpc],
    [['log', 'level'], options.logLevel],
  ];
  return flags.flatMap(([path, value]) => (value === undefined ? [] : [{ path, value }]));
}

function readyJson({ url, otlpHttp, otlpGrpc, dataDir, version, readyMs }: RunningSonde): string {
  return JSON.stringify({ event: 'ready', url, otlpHttp, otlpGrpc, dataDir, version, readyMs });
}

function readyText({ url, otlpHttp, otlpGrpc, dataDir, version, readyMs }: RunningSonde): string {
  return `
Sonde ${version} is ready (${readyMs} ms)

  Pages and APIs   ${url}
  OTLP             ${otlpHttp ?? 'off'} (HTTP)   ${otlpGrpc ?? 'off'} (gRPC)
  Data             ${dataDir}

Next:
  1. Open ${url}
  2. Applications: OTEL_EXPORTER_OTLP_ENDPOINT=${otlpHttp ?? '(off)'} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
  3. LLM servers on this machine are found by themselves; others go into sonde.yaml under scrape_configs
`;
}
