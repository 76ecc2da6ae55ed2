import { readLabelCounts, readLedger, readSeriesCounts, type LedgerLine } from '../../query/overview/index.ts';
import type { StoreReader } from '../../store/index.ts';
import { TABLES } from '../../store/index.ts';
import { isContent, isLoss } from './answer/losses.ts';
import { limitsOf, stateOf } from './answer/limits.ts';
import { panelOf } from './answer/panel.ts';
import type {
  ErrorBody,
  ParsedParamsOf,
  RuleAccount,
  SafetyResponse,
  SignalAccount,
  TableAccount,
} from './contract.ts';
import type { SondeDeps } from './deps.ts';
import { perMinute } from './overview/safety-row.ts';
import { timeAxis, type TimeAxis } from './time-axis.ts';

const TOP = 20;
const SIGNALS = ['metrics', 'traces', 'logs'] as const;
const DAY_MS = 86_400_000;

/** What arrived, what became of it, how much room it takes. */
export async function safetyAnswer(
  deps: SondeDeps,
  params: ParsedParamsOf<'safety'>,
  signal: AbortSignal,
): Promise<SafetyResponse> {
  const axis = timeAxis(params, deps.nowMs());
  const { tenant } = deps;
  const [lines, series, tables] = await Promise.all([
    panelOf(() => readLedger(deps.reader, tenant, axis.fromMs, axis.toMs, signal), deps.logger),
    panelOf(() => seriesOf(deps, axis, signal), deps.logger),
    panelOf(() => tablesOf(deps.reader, deps), deps.logger),
  ]);
  const failed = 'error' in lines;
  return {
    range: { fromUnixMs: axis.fromMs, toUnixMs: axis.toMs, stepMs: axis.stepMs },
    t: [...axis.t],
    accounts: failed ? lines : SIGNALS.map((name) => accountOf(lines, name)),
    rules: failed ? lines : rulesOf(lines),
    chart: failed ? lines : chartOf(lines, axis),
    series,
    tables,
    policies: [...deps.policies()],
    // Every trace is kept: nothing samples yet.
    tracesKeptRatio: 1,
  };
}

/** received = kept + lost; what does not add up is told, not hidden. */
export function accountOf(lines: readonly LedgerLine[], signal: SignalAccount['signal']): SignalAccount {
  const own = lines.filter((line) => line.signal === signal);
  const sum = (outcome: string): number =>
    own.reduce((total, line) => (line.outcome === outcome ? total + line.count : total), 0);
  const losses = new Map<string, SignalAccount['losses'][number]>();
  for (const { outcome, reason, count } of own) {
    if (outcome !== 'dropped' && outcome !== 'rejected') continue;
    const key = `${outcome}\0${reason}`;
    const known = losses.get(key);
    if (known === undefined) losses.set(key, { reason, outcome, count });
    else known.count += count;
  }
  const [received, kept] = [sum('received'), sum('kept')];
  const lost = sum('dropped') + sum('rejected');
  return {
    signal,
    received,
    kept,
    lost,
    unaccounted: received - kept - lost,
    receivedBytes: own.reduce((total, { outcome, bytes }) => (outcome === 'received' ? total + bytes : total), 0),
    losses: [...losses.values()].sort((a, b) => b.count - a.count),
  };
}

/** Every rule that took something away or changed something, by the door it came through; most first. */
function rulesOf(lines: readonly LedgerLine[]): RuleAccount[] {
  const rules = new Map<string, RuleAccount>();
  for (const { signal, outcome, reason, source, count, bytes } of lines) {
    if (outcome !== 'dropped' && outcome !== 'rejected' && outcome !== 'changed') continue;
    if (signal !== 'metrics' && signal !== 'traces' && signal !== 'logs') continue;
    const key = `${signal}\0${outcome}\0${reason}\0${source}`;
    const known = rules.get(key);
    if (known === undefined) rules.set(key, { rule: reason, signal, source, outcome, count, bytes });
    else {
      known.count += count;
      known.bytes += bytes;
    }
  }
  return [...rules.values()].sort((a, b) => b.count - a.count);
}

function chartOf(lines: readonly LedgerLine[], axis: TimeAxis): Exclude<SafetyResponse['chart'], ErrorBody> {
  const outcome = (name: string, key: string, wanted: (line: LedgerLine) => boolean) => ({
    name,
    role: 'outcome' as const,
    key,
    values: perMinute(lines, wanted, axis),
  });
  return {
    kind: 'bars',
    unit: 'records/min',
    series: [
      outcome('kept', 'kept', (line) => line.outcome === 'kept'),
      outcome('lost', 'lost', isLoss),
      outcome('content fields not stored', 'content', isContent),
    ],
    limit: null,
    breaches: [],
    exemplars: [],
    query: null,
  };
}

async function seriesOf(
  deps: SondeDeps,
  axis: TimeAxis,
  signal: AbortSignal,
): Promise<Exclude<SafetyResponse['series'], ErrorBody>> {
  const { reader, tenant } = deps;
  const budget = limitsOf(deps.limits).series;
  const [counts, labels] = await Promise.all([
    readSeriesCounts(reader, tenant, axis.toMs, axis.toMs, TOP, signal),
    readLabelCounts(reader, tenant, axis.toMs, axis.toMs, TOP, signal),
  ]);
  return {
    active: counts.total,
    budget,
    state: stateOf(counts.total, budget),
    topMetrics: counts.byMetric.map(({ metric, series }) => ({ metric, series })),
    topLabels: labels,
  };
}

async function tablesOf(reader: StoreReader, deps: SondeDeps): Promise<TableAccount[]> {
  const stats = await reader.stats();
  const signals = new Map(
    Object.values(TABLES).map((table): [string, (typeof SIGNALS)[number] | undefined] => [
      table.name,
      'signal' in table ? table.signal : undefined,
    ]),
  );
  return stats.map(({ table, rows, bytes, oldestDay, newestDay }) => {
    const signal = signals.get(table);
    return {
      table,
      signal: signal ?? 'account',
      rows,
      bytesOnDisk: bytes,
      oldestUnixMs: oldestDay === undefined ? null : Date.parse(oldestDay),
      newestUnixMs: newestDay === undefined ? null : Math.min(deps.nowMs(), Date.parse(newestDay) + DAY_MS),
      retentionMs: signal === undefined ? null : deps.retentionMs(signal),
    };
  });
}
