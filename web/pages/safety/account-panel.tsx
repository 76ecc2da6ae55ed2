import type { ReactNode } from 'react';
import type { SafetyResponse, SignalAccount } from '../../../src/serve/sonde/contract.ts';
import { isFailed } from '../../api/client.ts';
import { useStatus } from '../../app/status.tsx';
import { formatBytes, formatCount, plural } from '../../kit/format.ts';
import { StateWord } from '../../kit/icons.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Failed } from '../../kit/states.tsx';
import { lossTitle, lossWords } from './losses.ts';

const SIGNALS = [
  { signal: 'metrics', head: 'Metrics, samples' },
  { signal: 'traces', head: 'Spans' },
  { signal: 'logs', head: 'Log lines' },
] as const;

/** Records received but not yet stored are at most what arrives in this time. */
const IN_FLIGHT_S = 5;

/** Where everything went: a row for what was received, one for what was kept, one for every named loss. */
export function AccountPanel({
  accounts,
  span,
  retry,
}: {
  readonly accounts: SafetyResponse['accounts'];
  readonly span: string;
  readonly retry: () => void;
}): ReactNode {
  const status = useStatus();
  if (isFailed(accounts)) {
    return (
      <Panel title="Where everything went">
        <Failed problem={accounts.error} retry={retry} />
      </Panel>
    );
  }
  const open = accounts.reduce((sum, account) => sum + Math.abs(account.unaccounted), 0);
  const inFlight =
    status.data === undefined
      ? 0
      : IN_FLIGHT_S *
        (status.data.ratePerSecond.metrics + status.data.ratePerSecond.traces + status.data.ratePerSecond.logs);
  const losses = lossRows(accounts);
  const of = (signal: string) => accounts.find((account) => account.signal === signal);
  return (
    <Panel
      title="Where everything went"
      sub={`${span}; received = kept + named losses, to the record`}
      end={
        open === 0 ? (
          <StateWord state="ok">adds up</StateWord>
        ) : open <= inFlight ? (
          <StateWord state="ok">adds up, {formatCount(open)} in flight</StateWord>
        ) : (
          <StateWord state="warn">{plural(open, 'record')} not accounted for</StateWord>
        )
      }
    >
      <div className="scroll-x">
        <table className="t first-kept">
          <thead>
            <tr>
              <th scope="col">What happened</th>
              {SIGNALS.map(({ signal, head }) => (
                <th key={signal} scope="col" className="r">
                  {head}
                </th>
              ))}
              <th scope="col">Why, and who decided</th>
            </tr>
          </thead>
          <tbody>
            <AccountRow
              title="Received"
              strong
              why={accounts.map((a) => formatBytes(a.receivedBytes)).join(', ')}
              value={(signal) => of(signal)?.received ?? 0}
            />
            <AccountRow
              title="Kept"
              strong
              why="stored, and visible to every query"
              value={(signal) => of(signal)?.kept ?? 0}
            />
            {losses.map((loss) => (
              <AccountRow
                key={loss.key}
                title={lossTitle(loss.outcome, loss.reason)}
                why={lossWords(loss.reason)}
                value={(signal) => loss.counts.get(signal) ?? 0}
              />
            ))}
            {losses.length === 0 && <AccountRow title="Lost" why="nothing was refused or dropped" value={() => 0} />}
            {open > 0 && (
              <AccountRow
                title={open <= inFlight ? 'In flight' : 'Not accounted for'}
                why={
                  open <= inFlight
                    ? 'received, not yet stored: no more than what arrives in a few seconds'
                    : 'a fault of Sonde: report it if it stays'
                }
                value={(signal) => of(signal)?.unaccounted ?? 0}
              />
            )}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function AccountRow({
  title,
  strong,
  why,
  value,
}: {
  readonly title: string;
  readonly strong?: boolean;
  readonly why: string;
  readonly value: (signal: string) => number;
}): ReactNode {
  return (
    <tr>
      <td className={strong === true ? 'strong' : undefined}>{title}</td>
      {SIGNALS.map(({ signal }) => {
        const count = value(signal);
        return (
          <td key={signal} className={count === 0 ? 'r muted' : strong === true ? 'r strong' : 'r'}>
            {formatCount(count)}
          </td>
        );
      })}
      <td className="muted wrap">{why}</td>
    </tr>
  );
}

interface LossRow {
  readonly key: string;
  readonly outcome: 'dropped' | 'rejected';
  readonly reason: string;
  readonly counts: Map<string, number>;
}

/** Losses of all signals, one row a reason, largest first. */
function lossRows(accounts: readonly SignalAccount[]): readonly LossRow[] {
  const rows = new Map<string, LossRow>();
  for (const account of accounts) {
    for (const { reason, outcome, count } of account.losses) {
      const key = `${outcome} ${reason}`;
      const row = rows.get(key) ?? { key, outcome, reason, counts: new Map<string, number>() };
      row.counts.set(account.signal, (row.counts.get(account.signal) ?? 0) + count);
      rows.set(key, row);
    }
  }
  const total = (row: LossRow) => [...row.counts.values()].reduce((a, b) => a + b, 0);
  return [...rows.values()].sort((a, b) => total(b) - total(a));
}
