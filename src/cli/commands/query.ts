import { Command } from 'commander';
import { DEFAULT_URL, getJson } from '../api.ts';
import { durationSeconds } from '../duration-flag.ts';
import { printTable } from '../table.ts';

interface Options {
  readonly url: string;
  readonly json?: boolean;
  readonly time?: string;
  readonly since?: string;
  readonly step?: string;
}

interface Answer {
  readonly data: {
    readonly resultType: string;
    /** A list of series, or of a scalar or string its time and value. */
    readonly result: readonly unknown[];
  };
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
  readonly histogram?: readonly [number, { count: string; sum: string }];
}

export function queryCommand(): Command {
  return new Command('query')
    .description('ask a running Sonde')
    .addCommand(
      new Command('promql')
        .description('evaluate a PromQL expression, now or over a range')
        .argument('<expression>')
        .option('--url <url>', 'address of Sonde', DEFAULT_URL)
        .option('--time <time>', 'evaluate at this time (RFC 3339 or Unix seconds)')
        .option('--since <duration>', 'evaluate over a range that ends now, for example 1h')
        .option('--step <duration>', 'step of the range', '15s')
        .option('--json', 'print the answer as JSON')
        .action(queryPromql),
    );
}

async function queryPromql(expression: string, options: Options): Promise<void> {
  const answer = (await ask(expression, options)) as Answer;
  if (options.json === true) {
    console.log(JSON.stringify(answer.data));
    return;
  }
  for (const note of [...(answer.warnings ?? []), ...(answer.infos ?? [])]) console.error(`note: ${note}`);
  const { result, resultType } = answer.data;
  if (resultType === 'scalar' || resultType === 'string') console.log(String(result[1]));
  else
    printTable(
      ['series', 'value'],
      (result as readonly Series[]).map((series) => [nameOf(series.metric), valueOf(series)]),
    );
}

async function ask(expression: string, options: Options): Promise<unknown> {
  if (options.since === undefined) {
    return getJson(options.url, '/api/v1/query', {
      query: expression,
      ...(options.time === undefined ? {} : { time: options.time }),
    });
  }
  const end = Date.now() / 1000;
  const start = end - durationSeconds(options.since);
  const step = durationSeconds(options.step ?? '15s');
  return getJson(options.url, '/api/v1/query_range', {
    query: expression,
    start: String(start),
    end: String(end),
    step: String(step),
  });
}

function nameOf(metric: Readonly<Record<string, string>>): string {
  const { __name__: name = '', ...labels } = metric;
  const inner = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return inner.length === 0 ? name || '{}' : `${name}{${inner.join(', ')}}`;
}

function valueOf(series: Series): string {
  if (series.value !== undefined) return series.value[1];
  if (series.histogram !== undefined) return `count ${series.histogram[1].count}, sum ${series.histogram[1].sum}`;
  const values = series.values ?? [];
  return values.map(([time, value]) => `${new Date(time * 1000).toISOString().slice(11, 19)} ${value}`).join('  ');
}
