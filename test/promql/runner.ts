import { MemorySource } from '../../src/query/promql/memory-source.ts';
import { runInstant, runRange, type QueryResult, type RunOptions } from '../../src/query/promql/run.ts';
import { ABSENT, type Column } from '../../src/query/promql/series.ts';
import type { Source } from '../../src/query/promql/source.ts';
import { compareError, compareResult } from './compare.ts';
import { FixtureStore, toSampleSeries, type LoadedSeries } from './fixture-store.ts';
import { parseScript, type EvalCommand } from './script.ts';

export interface CaseResult {
  readonly line: number;
  readonly query: string;
  /** What was expected and what came; empty if the case passed. */
  readonly faults: readonly string[];
}

/** Makes the source that queries are run on from what was loaded, such as a store that has it written. */
export type SourceFactory = (series: readonly LoadedSeries[]) => Promise<Source>;

const inMemory: SourceFactory = async (series) => new MemorySource(series.map(toSampleSeries));

/** Runs a script of Prometheus's test language; one result for each `eval`. */
export async function runScript(text: string, makeSource: SourceFactory = inMemory): Promise<CaseResult[]> {
  let store = new FixtureStore();
  let source: Source | undefined;
  const results: CaseResult[] = [];
  for (const command of parseScript(text)) {
    if (command.kind === 'eval') {
      source ??= await makeSource(store.all());
      results.push({ line: command.line, query: command.query, faults: await runCase(command, source) });
      continue;
    }
    source = undefined;
    if (command.kind === 'clear') store = new FixtureStore();
    else store.load(command);
  }
  return results;
}

async function runCase(command: EvalCommand, source: Source): Promise<string[]> {
  const failing = command.expectations.fail.length > 0;
  let result: QueryResult;
  try {
    result = await evaluate(command, source);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (failing) return compareError(command, message);
    return [`failed: ${error instanceof Error && error.name === 'SondeError' ? message : (error as Error).stack}`];
  }
  if (failing) return ['succeeded, though it was expected to fail'];
  const faults = compareResult(command, result);
  return faults.length > 0 ? faults : inRangeMode(command, source);
}

async function evaluate(command: EvalCommand, source: Source): Promise<QueryResult> {
  const options = optionsFor(source);
  // The end of an expected range vector is the time of the query.
  if (command.instant) return runInstant(command.query, command.rangeVector?.endMs ?? command.startMs, options);
  return runRange(command.query, command, options);
}

/** An instant query must give the same as the middle of a range query around it. */
async function inRangeMode(command: EvalCommand, source: Source): Promise<string[]> {
  if (!command.instant || command.ordered || command.rangeVector !== undefined || command.text !== undefined) return [];
  if (/\b(start|end|range|step)\(\)/.test(command.query)) return [];
  const stepMs = 60_000;
  const times = { startMs: command.startMs - stepMs, endMs: command.startMs + stepMs, stepMs };
  try {
    const { value, ...rest } = await runRange(command.query, times, optionsFor(source));
    const grid = { startMs: command.startMs, stepMs: 1, steps: 1 };
    if (value.type === 'scalar') {
      const middle = { type: 'scalar' as const, grid, values: value.values.subarray(1, 2) };
      return compareResult(withoutAnnotations(command), { ...rest, value: middle }).map(inRange);
    }
    if (value.type !== 'matrix') return [`expected a matrix in range mode, got a ${value.type}`];
    const series = value.series.filter(({ kinds }) => kinds[1] !== ABSENT).map(middleStep);
    return compareResult(withoutAnnotations(command), { ...rest, value: { type: 'vector', grid, series } }).map(
      inRange,
    );
  } catch (error) {
    return [`failed in range mode: ${(error as Error).stack}`];
  }
}

function inRange(fault: string): string {
  return `in range mode: ${fault}`;
}

function withoutAnnotations(command: EvalCommand): EvalCommand {
  return { ...command, noWarn: false, noInfo: false, expectations: { fail: [], warn: [], info: [] } };
}

function middleStep(column: Column): Column {
  return {
    ...column,
    values: column.values.subarray(1, 2),
    kinds: column.kinds.subarray(1, 2),
    histograms: column.histograms?.slice(1, 2),
  };
}

function optionsFor(source: Source): RunOptions {
  return {
    source,
    limits: { maxSamples: 10_000_000, maxSeries: 100_000, maxSteps: 11_000, timeoutMs: 100_000, memoryBytes: 1e9 },
    lookbackMs: 300_000,
    defaultSubqueryStepMs: 60_000,
    pushDown: true,
    signal: undefined,
    now: () => performance.now(),
  };
}
