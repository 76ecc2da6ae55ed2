/** Log records: volume, list, filters, the way to their traces. */
import { useCallback, type ReactNode } from 'react';
import type { LogRow, LogsResponse, ParamsOf } from '../../../src/serve/sonde/contract.ts';
import { ask } from '../../api/client.ts';
import { useEndpoint } from '../../app/use-data.ts';
import { wantedValues } from '../../app/url-state.ts';
import { useView, type View } from '../../app/view.tsx';
import { csvOf, download } from '../../kit/csv.ts';
import { Facets } from '../../kit/facets.tsx';
import { FindBox } from '../../kit/find-box.tsx';
import { cutMiddle, formatCount, formatSeconds, zoneName } from '../../kit/format.ts';
import { Icon, StateWord } from '../../kit/icons.tsx';
import { LogLines } from '../../kit/log-lines.tsx';
import { useMoreRows } from '../../kit/pages-of-rows.ts';
import { Failed, Loads, Nothing } from '../../kit/states.tsx';
import { VolumePanel } from '../../kit/volume-panel.tsx';

const PAGE = 100;

export function Logs(): ReactNode {
  const view = useView();
  const { own, setOwn } = view;
  const filters = filtersOf(view);
  const logs = useEndpoint('logs', { ...filters, limit: PAGE });
  const volume = useEndpoint('logVolume', filters);
  const find = useCallback((q: string) => setOwn({ q: q === '' ? undefined : q }, 'replace'), [setOwn]);
  return (
    <>
      <h1 className="vh">Logs</h1>
      <section className="panel find" aria-label="Find log records">
        <FindBox
          value={own['q'] ?? ''}
          placeholder="Part of the text, without regard to case"
          label="Find log records"
          onFind={find}
        />
        {own['trace'] !== undefined && (
          <span className="chip">
            <span className="k">trace</span>
            <span className="mono">{cutMiddle(own['trace'])}</span>
            <button aria-label="Remove the filter on the trace" onClick={() => setOwn({ trace: undefined })}>
              <Icon name="close" />
            </button>
          </span>
        )}
      </section>
      <Loads from={volume} height={150}>
        {(data) => (
          <VolumePanel
            title="Log records over time"
            sub={`${formatCount(data.total)} records, by severity; drag to zoom`}
            chart={data.chart}
            t={data.t}
            range={{ fromMs: data.range.fromUnixMs, toMs: data.range.toUnixMs }}
          />
        )}
      </Loads>
      <div className="list-cols">
        <section className="panel" aria-label="Log records">
          <Loads from={logs} height={420}>
            {(data) => <Found data={data} question={JSON.stringify({ ...filters, from: 0, to: 0 })} />}
          </Loads>
        </section>
        <aside className="panel" aria-label="Narrow down">
          {volume.data === undefined ? (
            volume.problem !== undefined && <Failed problem={volume.problem} retry={volume.retry} />
          ) : (
            <Facets facets={volume.data.facets} />
          )}
        </aside>
      </div>
    </>
  );
}

function filtersOf({ params, shared, own }: View): ParamsOf<'logVolume'> {
  const services = wantedValues(shared.filters, 'service');
  const severities = wantedValues(shared.filters, 'severity');
  const tenant = wantedValues(shared.filters, 'tenant')[0];
  return {
    ...params,
    ...(services.length === 0 ? {} : { service: [...services] }),
    ...(severities.length === 0 ? {} : { severity: [...severities] }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(own['q'] === undefined ? {} : { text: own['q'] }),
    ...(own['trace'] === undefined ? {} : { traceId: own['trace'] }),
  };
}

function Found({ data, question }: { readonly data: LogsResponse; readonly question: string }): ReactNode {
  const view = useView();
  const { zone, shared, own, setShared, setOwn } = view;
  const more = useMoreRows<LogRow>(question, data.nextCursor, (cursor, signal) =>
    ask('logs', {}, { ...filtersOf(view), limit: PAGE, cursor }, signal),
  );
  const known = new Set(data.rows.map((row) => row.id));
  const rows = [...data.rows, ...more.rows.filter((row) => !known.has(row.id))];
  if (rows.length === 0) {
    const narrowed =
      own['q'] !== undefined ||
      own['trace'] !== undefined ||
      shared.filters.some((f) => f.key === 'service' || f.key === 'severity');
    if (!narrowed)
      return (
        <Nothing empty={{ kind: 'not-in-range', what: 'log records', lastUnixMs: null, filter: null }} height={160} />
      );
    return (
      <div className="state" style={{ minHeight: 160 }}>
        <b>No log records with these filters</b>
        <button
          className="btn"
          onClick={() =>
            (own['q'] ?? own['trace']) !== undefined
              ? setOwn({ q: undefined, trace: undefined })
              : setShared({ filters: [] })
          }
        >
          {(own['q'] ?? own['trace']) !== undefined ? 'Clear the search' : 'Remove all filters'}
        </button>
      </div>
    );
  }
  const saveCsv = () =>
    download(
      'logs.csv',
      csvOf(
        ['time', 'severity', 'service', 'trace_id', 'body'],
        rows.map((r) => [new Date(r.timeUnixMs).toISOString(), r.severity, r.service, r.traceId, r.body]),
      ),
    );
  return (
    <>
      <LogLines rows={rows} timeHead={`Time, ${zoneName(data.range.toUnixMs, zone)}`} />
      <div className="more">
        {more.cursor !== null && (
          <button className="btn" onClick={more.load} disabled={more.loading}>
            {more.loading ? 'Reading' : `Show ${PAGE} more`}
          </button>
        )}
        <button className="btn" onClick={saveCsv}>
          CSV of {formatCount(rows.length)} rows
        </button>
        <span className="muted small">newest first, read in {formatSeconds(data.tookMs / 1000)}</span>
        {more.failed !== undefined && <StateWord state="bad">{more.failed}</StateWord>}
      </div>
    </>
  );
}
