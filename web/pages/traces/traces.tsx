/** Traces in the range: filters, volume, the list. */
import { useCallback, type ReactNode } from 'react';
import type { ParamsOf, TraceRow, TracesResponse } from '../../../src/serve/sonde/contract.ts';
import { ask } from '../../api/client.ts';
import { useEndpoint } from '../../app/use-data.ts';
import { wantedValues } from '../../app/url-state.ts';
import { useView, type View } from '../../app/view.tsx';
import { csvOf, download } from '../../kit/csv.ts';
import { Facets } from '../../kit/facets.tsx';
import { FindBox } from '../../kit/find-box.tsx';
import { cutMiddle, formatCount, formatSeconds, formatTimeMillis, zoneName } from '../../kit/format.ts';
import { StateWord } from '../../kit/icons.tsx';
import { Link } from '../../kit/link.tsx';
import { useMoreRows } from '../../kit/pages-of-rows.ts';
import { moveRows } from '../../kit/row-keys.ts';
import { SortHead } from '../../kit/sort-head.tsx';
import { parseSorting } from '../../kit/sorting.ts';
import { Loads, Nothing } from '../../kit/states.tsx';
import { VolumePanel } from '../../kit/volume-panel.tsx';

const SORTS = ['start', 'duration', 'ttft', 'tokens', 'errors', 'spans'] as const;
const PAGE = 50;
/** A trace this young may still get its root span, which is sent last. */
const RUNNING_MS = 60_000;

export function Traces(): ReactNode {
  const view = useView();
  const { own, setOwn } = view;
  const params = paramsOf(view);
  const traces = useEndpoint('traces', params);
  const find = useCallback((q: string) => setOwn({ q: q === '' ? undefined : q }, 'replace'), [setOwn]);
  return (
    <>
      <h1 className="vh">Traces</h1>
      <section className="panel find" aria-label="Find traces">
        <FindBox
          value={own['q'] ?? ''}
          placeholder="Trace id, or text in a span name, service, tool, agent or error type"
          label="Find traces"
          onFind={find}
        />
        <NumberField label="Longer than" unit="ms" value={own['min']} onSet={(min) => setOwn({ min })} />
        <NumberField label="First token after" unit="ms" value={own['ttft']} onSet={(ttft) => setOwn({ ttft })} />
        <StatusButton />
      </section>
      <Loads from={traces} height={600}>
        {(data) => <Found data={data} question={JSON.stringify({ ...params, from: 0, to: 0 })} />}
      </Loads>
    </>
  );
}

function paramsOf({ params, shared, own }: View): ParamsOf<'traces'> {
  const many = (key: string) => {
    const values = wantedValues(shared.filters, key);
    return values.length === 0 ? {} : { [key]: [...values] };
  };
  const sorting = parseSorting(own['sort']);
  const sort = SORTS.find((name) => name === sorting?.column) ?? 'start';
  const status = wantedValues(shared.filters, 'status')[0];
  const tenant = wantedValues(shared.filters, 'tenant')[0];
  return {
    ...params,
    ...many('service'),
    ...many('name'),
    ...many('model'),
    ...many('operation'),
    ...(tenant === undefined ? {} : { tenant }),
    ...(status === 'ok' || status === 'error' ? { status } : {}),
    ...(own['q'] === undefined ? {} : { q: own['q'] }),
    ...(isNumber(own['min']) ? { minDurationMs: Number(own['min']) } : {}),
    ...(isNumber(own['ttft']) ? { minTtftMs: Number(own['ttft']) } : {}),
    sort,
    order: sorting === undefined || sorting.descending ? 'desc' : 'asc',
    limit: PAGE,
  };
}

function Found({ data, question }: { readonly data: TracesResponse; readonly question: string }): ReactNode {
  const view = useView();
  const { zone } = view;
  const more = useMoreRows<TraceRow>(question, data.nextCursor, (cursor, signal) =>
    ask('traces', {}, { ...paramsOf(view), cursor }, signal),
  );
  const rows = [...data.rows, ...more.rows.filter((row) => !data.rows.some((known) => known.traceId === row.traceId))];
  const range = { fromMs: data.range.fromUnixMs, toMs: data.range.toUnixMs };
  const saveCsv = () =>
    download(
      'traces.csv',
      csvOf(
        [
          'time',
          'trace_id',
          'service',
          'name',
          'duration_ms',
          'ttft_s',
          'input_tokens',
          'output_tokens',
          'spans',
          'errors',
          'models',
        ],
        rows.map((r) => [
          new Date(r.startUnixMs).toISOString(),
          r.traceId,
          r.rootService,
          r.rootName,
          r.durationMs,
          r.ttftSeconds,
          r.inputTokens,
          r.outputTokens,
          r.spans,
          r.errors,
          r.models.join(' '),
        ]),
      ),
    );
  return (
    <>
      <div className="honest">
        <span>
          {data.matched === null ? 'An unknown number of' : <b className="med">{formatCount(data.matched)}</b>} traces
          in range; every trace that arrives is kept
        </span>
        <span className="muted">read in {formatSeconds(data.tookMs / 1000)}</span>
      </div>
      <VolumePanel
        title="Traces over time"
        sub="root spans per step; drag to zoom"
        chart={data.volume}
        t={data.t}
        range={range}
      />
      <div className="list-cols">
        <section className="panel" aria-label="Traces">
          {rows.length === 0 ? (
            <Empty />
          ) : (
            <>
              <div className="scroll-x">
                <table className="t first-kept" onKeyDown={moveRows}>
                  <thead>
                    <tr>
                      <SortHead column="start" initial="-start">
                        Time, {zoneName(data.range.toUnixMs, zone)}
                      </SortHead>
                      <th scope="col">Trace</th>
                      <th scope="col">Root</th>
                      <th scope="col">Models</th>
                      <SortHead column="ttft" right title="Largest time to first token of its model calls">
                        First token
                      </SortHead>
                      <SortHead column="duration" right>
                        Duration
                      </SortHead>
                      <SortHead column="tokens" right>
                        Tokens in / out
                      </SortHead>
                      <SortHead column="spans" right>
                        Spans
                      </SortHead>
                      <SortHead column="errors" right>
                        Errors
                      </SortHead>
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((row) => (
                      <TraceLine key={row.traceId} row={row} />
                    ))}
                  </tbody>
                </table>
              </div>
              <div className="more">
                {more.cursor !== null && (
                  <button className="btn" onClick={more.load} disabled={more.loading}>
                    {more.loading ? 'Reading' : `Show ${PAGE} more`}
                  </button>
                )}
                <button className="btn" onClick={saveCsv}>
                  CSV of {formatCount(rows.length)} rows
                </button>
                {more.failed !== undefined && <StateWord state="bad">{more.failed}</StateWord>}
              </div>
            </>
          )}
        </section>
        <aside className="panel" aria-label="Narrow down">
          <Facets facets={data.facets} />
        </aside>
      </div>
    </>
  );
}

function TraceLine({ row }: { readonly row: TraceRow }): ReactNode {
  const { href, zone } = useView();
  return (
    <tr>
      <td className="muted">{formatTimeMillis(row.startUnixMs, zone)}</td>
      <td>
        <Link className="mono" data-row title={row.traceId} href={href(`/traces/${row.traceId}`)}>
          {cutMiddle(row.traceId)}
        </Link>
      </td>
      <td className="root" title={row.rootKnown ? undefined : 'The root span is not here: this is the earliest span'}>
        <b className="med">{row.rootService}</b> <span className="ink2">{row.rootName}</span>
        {!row.rootKnown && (
          <span className="tag">{Date.now() - row.startUnixMs < RUNNING_MS ? 'not finished' : 'no root'}</span>
        )}
      </td>
      <td className="ink2" title={row.models.join(', ')}>
        {row.models[0]}
        {row.models.length > 1 && <span className="muted"> +{row.models.length - 1}</span>}
      </td>
      <td className="r">
        {row.ttftSeconds === null ? <span className="muted">n/a</span> : formatSeconds(row.ttftSeconds)}
      </td>
      <td className="r">{formatSeconds(row.durationMs / 1000)}</td>
      <td className="r">
        {row.inputTokens === null && row.outputTokens === null ? (
          <span className="muted">n/a</span>
        ) : (
          `${row.inputTokens === null ? 'n/a' : formatCount(row.inputTokens)} / ${row.outputTokens === null ? 'n/a' : formatCount(row.outputTokens)}`
        )}
      </td>
      <td className="r">{formatCount(row.spans)}</td>
      <td className={row.errors > 0 ? 'r bad med' : 'r muted'}>{formatCount(row.errors)}</td>
    </tr>
  );
}

function Empty(): ReactNode {
  const { shared, own } = useView();
  const narrowed =
    shared.filters.length > 0 || own['q'] !== undefined || own['min'] !== undefined || own['ttft'] !== undefined;
  const { setOwn, setShared } = useView();
  if (!narrowed)
    return <Nothing empty={{ kind: 'not-in-range', what: 'traces', lastUnixMs: null, filter: null }} height={160} />;
  return (
    <div className="state" style={{ minHeight: 160 }}>
      <b>No traces with these filters</b>
      <div className="row">
        {shared.filters.length > 0 && (
          <button className="btn" onClick={() => setShared({ filters: [] })}>
            Remove all filters
          </button>
        )}
        {(own['q'] ?? own['min'] ?? own['ttft']) !== undefined && (
          <button className="btn" onClick={() => setOwn({ q: undefined, min: undefined, ttft: undefined })}>
            Clear the search
          </button>
        )}
      </div>
    </div>
  );
}

function StatusButton(): ReactNode {
  const { shared, setShared } = useView();
  const only = wantedValues(shared.filters, 'status').includes('error');
  const rest = shared.filters.filter((f) => f.key !== 'status');
  return (
    <button
      className="btn"
      aria-pressed={only}
      onClick={() => setShared({ filters: only ? rest : [...rest, { key: 'status', op: 'eq', value: 'error' }] })}
    >
      {only ? 'Only with errors' : 'Any status'}
    </button>
  );
}

function NumberField({
  label,
  unit,
  value,
  onSet,
}: {
  readonly label: string;
  readonly unit: string;
  readonly value: string | undefined;
  readonly onSet: (value: string | undefined) => void;
}): ReactNode {
  const set = (text: string) => onSet(isNumber(text) ? text : undefined);
  return (
    <label>
      {label}
      <input
        key={value ?? ''}
        inputMode="numeric"
        defaultValue={value ?? ''}
        aria-label={`${label}, ${unit}`}
        onBlur={(event) => event.target.value !== (value ?? '') && set(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && set(event.currentTarget.value)}
      />
      {unit}
    </label>
  );
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,9}(\.\d+)?$/.test(text);
}
