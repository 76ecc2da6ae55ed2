import type { ReactNode } from 'react';
import type { SafetyResponse } from '../../../src/serve/sonde/contract.ts';
import { isFailed } from '../../api/client.ts';
import { useView } from '../../app/view.tsx';
import { formatBytes, formatDayClock, formatRounded, rangeWords } from '../../kit/format.ts';
import { Panel } from '../../kit/panel.tsx';
import { Failed } from '../../kit/states.tsx';

/** What storage holds, how large it is, and how long it stays. */
export function TablesPanel({
  tables,
  retry,
}: {
  readonly tables: SafetyResponse['tables'];
  readonly retry: () => void;
}): ReactNode {
  const { zone } = useView();
  if (isFailed(tables)) {
    return (
      <Panel title="Storage">
        <Failed problem={tables.error} retry={retry} />
      </Panel>
    );
  }
  const bytes = tables.reduce((sum, table) => sum + table.bytesOnDisk, 0);
  return (
    <Panel title="Storage" sub={`${formatBytes(bytes)} on disk`}>
      <div className="scroll-x">
        <table className="t first-kept">
          <thead>
            <tr>
              <th scope="col">Table</th>
              <th scope="col" className="r">
                Rows
              </th>
              <th scope="col" className="r">
                On disk
              </th>
              <th scope="col" className="r">
                Bytes a row
              </th>
              <th scope="col">Oldest</th>
              <th scope="col">Kept for</th>
            </tr>
          </thead>
          <tbody>
            {tables.map((table) => (
              <tr key={table.table}>
                <td>
                  {table.table} <span className="muted">{table.signal}</span>
                </td>
                <td className="r">{formatRounded(table.rows)}</td>
                <td className="r">{formatBytes(table.bytesOnDisk)}</td>
                <td className="r">
                  {table.rows === 0 ? <span className="muted">n/a</span> : formatBytes(table.bytesOnDisk / table.rows)}
                </td>
                <td>
                  {table.oldestUnixMs === null ? (
                    <span className="muted">empty</span>
                  ) : (
                    formatDayClock(table.oldestUnixMs, zone)
                  )}
                </td>
                <td className="ink2">
                  {table.retentionMs === null
                    ? 'as long as its records'
                    : rangeWords(table.retentionMs).replace('last ', '')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
