import { Fragment, type ReactNode } from 'react';
import type { ModelRow, ModelsResponse, ServerRow } from '../../../src/serve/sonde/contract.ts';
import { useView } from '../../app/view.tsx';
import { laneColor } from '../../kit/chart/model.ts';
import { formatPercent, formatRounded, formatSeconds, plural } from '../../kit/format.ts';
import { Glyph, STATE_CLASS } from '../../kit/icons.tsx';
import { Link } from '../../kit/link.tsx';
import { moveRows } from '../../kit/row-keys.ts';
import { SortHead } from '../../kit/sort-head.tsx';
import { parseSorting, sortRows } from '../../kit/sorting.ts';

type Field = Exclude<
  { [K in keyof ServerRow]: ServerRow[K] extends number | null ? K : never }[keyof ServerRow],
  undefined
>;

interface Column {
  readonly field: Field;
  readonly head: ReactNode;
  readonly title: string;
  readonly write: (value: number) => string;
  /** Why a server may not have it. */
  readonly absent: string;
}

const perSecond = (value: number) => formatRounded(value);

const COLUMNS: readonly Column[] = [
  {
    field: 'running',
    head: 'Running',
    title: 'Requests in the batch now',
    write: formatRounded,
    absent: 'not exported by this server',
  },
  {
    field: 'waiting',
    head: 'Waiting',
    title: 'Requests in the queue now',
    write: formatRounded,
    absent: 'not exported by this server',
  },
  {
    field: 'kvCacheRatio',
    head: 'now',
    title: 'KV cache in use now',
    write: formatPercent,
    absent: 'not exported by this server',
  },
  {
    field: 'gpuComputeRatio',
    head: (
      <>
        GPU
        <br />
        compute
      </>
    ),
    title: 'GPU compute, mean of its GPUs',
    write: formatPercent,
    absent: 'no GPU exporter for this server',
  },
  {
    field: 'gpuMemoryRatio',
    head: (
      <>
        GPU
        <br />
        memory
      </>
    ),
    title: 'GPU memory in use; most of it is allocated ahead',
    write: formatPercent,
    absent: 'no GPU exporter for this server',
  },
  {
    field: 'tokensPerSecond',
    head: (
      <>
        Tokens/s
        <br />
        out
      </>
    ),
    title: 'Output tokens per second',
    write: perSecond,
    absent: 'not exported by this server',
  },
  {
    field: 'requestsPerSecond',
    head: 'Req/s',
    title: 'Finished requests per second',
    write: perSecond,
    absent: 'not exported by this server',
  },
  {
    field: 'ttftP95Seconds',
    head: 'TTFT p95',
    title: 'Time to first token, 95th percentile',
    write: formatSeconds,
    absent: 'no streamed request in 5 min',
  },
  {
    field: 'interTokenP95Seconds',
    head: 'Gap p95',
    title: 'Gap between tokens, 95th percentile',
    write: formatSeconds,
    absent: 'no streamed request in 5 min',
  },
  {
    field: 'preemptionsPerMinute',
    head: (
      <>
        Preempted
        <br />
        per min
      </>
    ),
    title: 'Requests thrown out of the batch for want of KV cache',
    write: formatRounded,
    absent: 'not exported by this server',
  },
  {
    field: 'prefixHitRatio',
    head: (
      <>
        Cache
        <br />
        hits
      </>
    ),
    title: 'Prompt tokens found in the prefix cache',
    write: formatPercent,
    absent: 'not exported by this server',
  },
];
const COLUMN_COUNT = COLUMNS.length + 2;

/** Servers under their models, worst first as the server answered. */
export function ModelTable({ data }: { readonly data: ModelsResponse }): ReactNode {
  return (
    <Table
      head={(column) => (
        <th key={column.field} scope="col" className="r" title={column.title}>
          {column.head}
        </th>
      )}
    >
      {data.models.map((model) => (
        <Fragment key={model.model}>
          <ModelLine model={model} />
          {model.servers.map((server) => (
            <ServerLine key={server.instance} server={server} indent />
          ))}
        </Fragment>
      ))}
      {data.otherServers.length > 0 && (
        <>
          <tr className="grp">
            <td colSpan={COLUMN_COUNT}>
              <span className="muted">Servers whose model is not known</span>
            </td>
          </tr>
          {data.otherServers.map((server) => (
            <ServerLine key={server.instance} server={server} indent />
          ))}
        </>
      )}
    </Table>
  );
}

/** All servers in one list, sorted by any column. */
export function ServerTable({ data }: { readonly data: ModelsResponse }): ReactNode {
  const { own } = useView();
  const sorting = parseSorting(own['sort']) ?? { column: 'kvCacheRatio', descending: true };
  const servers = new Map([...data.models.flatMap((m) => m.servers), ...data.otherServers].map((s) => [s.instance, s]));
  const column = COLUMNS.find((c) => c.field === sorting.column);
  const rows = sortRows(
    [...servers.values()],
    (s) => (column === undefined ? s.instance : s[column.field]),
    sorting.descending,
  );
  return (
    <Table
      head={(c) => (
        <SortHead key={c.field} column={c.field} right title={c.title} initial="-kvCacheRatio">
          {c.head}
        </SortHead>
      )}
    >
      {rows.map((server) => (
        <ServerLine key={server.instance} server={server} />
      ))}
    </Table>
  );
}

function Table({
  head,
  children,
}: {
  readonly head: (column: Column) => ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div className="scroll-x">
      <table className="t first-kept" onKeyDown={moveRows}>
        <thead>
          <tr>
            <th scope="col">Server</th>
            {COLUMNS.map((column) => (
              <Fragment key={column.field}>
                {column.field === 'kvCacheRatio' && <th scope="col">KV cache, this range</th>}
                {head(column)}
              </Fragment>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function ModelLine({ model }: { readonly model: ModelRow }): ReactNode {
  const { href } = useView();
  const facts = [
    ...(model.engines.length > 0 ? [model.engines.join(', ')] : []),
    model.servers.length > 0 ? plural(model.servers.length, 'server') : 'seen in client spans only',
    ...(model.requestsPerSecond === null ? [] : [`${formatRounded(model.requestsPerSecond)} req/s`]),
    ...(model.errorRatio === null ? [] : [`${formatPercent(model.errorRatio)} errors`]),
    ...(model.ttftP95Seconds === null ? [] : [`TTFT p95 ${formatSeconds(model.ttftP95Seconds)}`]),
    ...(model.outputTokensPerSecond === null ? [] : [`${formatRounded(model.outputTokensPerSecond)} tokens/s out`]),
  ];
  return (
    <tr className="grp">
      <td colSpan={COLUMN_COUNT}>
        <span className="st">
          <Glyph state={model.state} word />
          <Link className="ink" data-row href={href(`/models/${encodeURIComponent(model.model)}`)}>
            {model.model}
          </Link>
        </span>{' '}
        <span className="muted">{facts.join(' · ')}</span>
      </td>
    </tr>
  );
}

function ServerLine({ server, indent }: { readonly server: ServerRow; readonly indent?: boolean }): ReactNode {
  const { href } = useView();
  return (
    <tr>
      <td>
        <span className={indent === true ? 'st indent' : 'st'}>
          <Glyph state={server.up === false ? 'bad' : server.state} word />
          <Link className="ink" data-row href={href(`/servers/${encodeURIComponent(server.instance)}`)}>
            {server.instance}
          </Link>
          {server.up === false && <span className="tag bad">does not answer</span>}
        </span>
      </td>
      {COLUMNS.map((column) => {
        const value = server[column.field];
        const state = server.cellStates[column.field];
        const tone = state === 'bad' || state === 'warn' ? `${STATE_CLASS[state]} med` : '';
        return (
          <Fragment key={column.field}>
            {column.field === 'kvCacheRatio' && (
              <td>
                <KvStrip series={server.kvCacheSeries} now={server.kvCacheRatio} />
              </td>
            )}
            <td className={`r ${tone}`}>
              {value === null ? (
                <span className="muted" title={column.absent}>
                  n/a
                </span>
              ) : (
                column.write(value)
              )}
            </td>
          </Fragment>
        );
      })}
    </tr>
  );
}

const STRIP_CELLS = 40;

/** KV cache over the range as a strip of cells; means of the steps behind each cell. */
function KvStrip({
  series,
  now,
}: {
  readonly series: readonly (number | null)[];
  readonly now: number | null;
}): ReactNode {
  if (series.every((v) => v === null)) return <span className="muted">not exported by this server</span>;
  const width = Math.max(1, Math.ceil(series.length / STRIP_CELLS));
  const cells = Array.from({ length: Math.ceil(series.length / width) }, (_, i) => {
    const part = series.slice(i * width, (i + 1) * width).filter((v): v is number => v !== null);
    return part.length === 0 ? null : part.reduce((a, b) => a + b, 0) / part.length;
  });
  return (
    <span
      className="kvh"
      role="img"
      aria-label={`KV cache over the range, now ${now === null ? 'unknown' : formatPercent(now)}`}
    >
      {cells.map((value, i) => (
        <i
          key={i}
          className={value === null ? 'none' : undefined}
          style={value === null ? undefined : { background: `var(${laneColor(value)})` }}
        />
      ))}
    </span>
  );
}
