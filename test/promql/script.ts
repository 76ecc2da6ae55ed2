import { parseDurationMs } from '../../src/util/duration.ts';
import { parseNumber, unquote } from '../../src/query/promql/syntax/literals.ts';
import { parseSeriesLine, type SeriesLine } from './series-notation.ts';

export interface LoadCommand {
  readonly kind: 'load';
  readonly stepMs: number;
  readonly withNhcb: boolean;
  readonly series: readonly SeriesLine[];
}

/** How an error or annotation must read. */
export type Expectation = { readonly match: 'any' } | { readonly match: 'msg' | 'regex'; readonly text: string };

export interface EvalCommand {
  readonly kind: 'eval';
  readonly line: number;
  readonly query: string;
  readonly instant: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly expectations: Readonly<Record<'fail' | 'warn' | 'info', readonly Expectation[]>>;
  readonly noWarn: boolean;
  readonly noInfo: boolean;
  readonly ordered: boolean;
  readonly text: string | undefined;
  readonly scalar: number | undefined;
  /** The instant query is for a range whose samples lie at these times. */
  readonly rangeVector: { readonly startMs: number; readonly endMs: number; readonly stepMs: number } | undefined;
  readonly series: readonly SeriesLine[];
}

export type Command = LoadCommand | EvalCommand | { readonly kind: 'clear' };

/** Reads a script of Prometheus's test language. */
export function parseScript(text: string): Command[] {
  const lines = text.split('\n').map((line) => {
    const trimmed = line.trim();
    return trimmed.startsWith('#') ? '' : trimmed;
  });
  const commands: Command[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line === '') continue;
    const block: string[] = [];
    const at = i + 1;
    const word = line.split(/\s/)[0]!.toLowerCase();
    if (word !== 'clear') while (i + 1 < lines.length && lines[i + 1] !== '') block.push(lines[++i]!);
    try {
      if (word === 'clear') commands.push({ kind: 'clear' });
      else if (word.startsWith('load')) commands.push(parseLoad(line, block));
      else if (word.startsWith('eval')) commands.push(parseEval(line, block, at));
      else throw new Error(`invalid command ${line}`);
    } catch (error) {
      throw new Error(`line ${at}: ${(error as Error).message}`, { cause: error });
    }
  }
  return commands;
}

function parseLoad(line: string, block: readonly string[]): LoadCommand {
  const match = /^load(_with_nhcb)?\s+(\S+)$/.exec(line);
  if (match === null) throw new Error(`invalid load command ${line}`);
  const series = block.map(parseSeriesLine);
  return { kind: 'load', stepMs: durationOf(match[2]!), withNhcb: match[1] !== undefined, series };
}

function parseEval(line: string, block: readonly string[], at: number): EvalCommand {
  const instant = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+at\s+(\S+)\s+(.+)$/.exec(line);
  const range = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/.exec(line);
  const match = instant ?? range;
  if (match === null) throw new Error(`invalid eval command ${line}`);
  const any: Expectation = { match: 'any' };
  const expectations = { fail: [] as Expectation[], warn: [] as Expectation[], info: [] as Expectation[] };
  const modifier = match[1];
  if (modifier === 'fail' || modifier === 'warn' || modifier === 'info') expectations[modifier].push(any);
  let ordered = modifier === 'ordered';
  let noWarn = false;
  let noInfo = false;
  let text: string | undefined;
  let scalar: number | undefined;
  let rangeVector: EvalCommand['rangeVector'];
  const series: SeriesLine[] = [];
  for (const row of block) {
    const expect = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/.exec(row);
    const old = /^expected_fail_(message|regexp)\s+(.+)$/.exec(row);
    const window = /^expect range vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/.exec(row);
    const string = /^expect string\s+(.+)$/.exec(row);
    if (expect !== null) {
      const what = expect[1]!;
      if (what === 'ordered') ordered = true;
      else if (what === 'no_warn') noWarn = true;
      else if (what === 'no_info') noInfo = true;
      else {
        const how = expect[2] as 'regex' | 'msg' | undefined;
        expectations[what as 'fail'].push(how === undefined ? any : { match: how, text: expect[3]!.trim() });
      }
    } else if (old !== null) {
      expectations.fail.push({ match: old[1] === 'message' ? 'msg' : 'regex', text: old[2]!.trim() });
    } else if (window !== null) {
      const [startMs, endMs, stepMs] = [window[1]!, window[2]!, window[3]!].map(durationOf) as [number, number, number];
      rangeVector = { startMs, endMs, stepMs };
    } else if (string !== null) {
      text = unquote(string[1]!);
      if (text === undefined) throw new Error(`bad string ${string[1]}`);
    } else if (row.startsWith('expect ')) throw new Error(`invalid expect statement ${row}`);
    else if (/^\S+$/.test(row) && parseNumber(row) !== undefined) scalar = parseNumber(row);
    else series.push(parseSeriesLine(row));
  }
  if ((noWarn && expectations.warn.length > 0) || (noInfo && expectations.info.length > 0)) {
    throw new Error('expects both an annotation and none');
  }
  const several = series.some((one) => one.points.length > 1);
  if (instant !== null && several && rangeVector === undefined) throw new Error('several values for an instant query');
  const times =
    instant !== null
      ? { startMs: durationOf(match[2]!), endMs: durationOf(match[2]!), stepMs: 0 }
      : { startMs: durationOf(match[2]!), endMs: durationOf(match[3]!), stepMs: durationOf(match[4]!) };
  const query = instant !== null ? match[3]! : match[5]!;
  return {
    kind: 'eval',
    line: at,
    query,
    instant: instant !== null,
    ...times,
    expectations,
    noWarn,
    noInfo,
    ordered,
    text,
    scalar,
    rangeVector,
    series,
  };
}

function durationOf(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new Error(`bad duration ${text}`);
  return ms;
}
