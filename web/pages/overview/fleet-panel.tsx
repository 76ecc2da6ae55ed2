import type { ReactNode } from 'react';
import type { Fleet, FleetCell, FleetRow, FleetServer } from '../../../src/serve/sonde/contract.ts';
import { useView } from '../../app/view.tsx';
import { laneColor } from '../../kit/chart/model.ts';
import { formatPercent, formatRounded, formatSeconds, formatValue, plural } from '../../kit/format.ts';
import { Glyph } from '../../kit/icons.tsx';
import { Link } from '../../kit/link.tsx';
import { Panel } from '../../kit/panel.tsx';

const RESOURCES: Readonly<Record<string, string>> = {
  'kv-cache': 'KV cache',
  queue: 'queue',
  'gpu-memory': 'GPU memory',
  'gpu-compute': 'GPU compute',
  cpu: 'CPU',
};
const MOST_CELLS = 64;
const MOST_SERVERS = 40;
const SHOWN_SERVERS = 10;

/** Every model with its servers and GPUs, each cell coloured by its fullest resource. */
export function FleetPanel({ fleet }: { readonly fleet: Fleet }): ReactNode {
  if (fleet.rows.length === 0) return null;
  const cells = fleet.rows.flatMap((row) => row.servers.flatMap((server) => server.cells)).length;
  const byGpu = fleet.rows.some((row) => row.servers.some((server) => server.cellsAre === 'gpu'));
  const counted = [
    plural(fleet.models, 'model'),
    plural(fleet.servers, 'server'),
    ...(fleet.gpus === null ? [] : [plural(fleet.gpus, 'GPU')]),
  ];
  return (
    <Panel
      className="fleet"
      title="Fleet"
      sub={counted.join(' · ')}
      end={
        <span className="legend">
          <span>each cell a {byGpu ? 'GPU' : 'server'}, by its fullest resource</span>
          <span>
            0{' '}
            <span className="ramp">
              {[0, 1, 2, 3, 4, 5, 6, 7, 8].map((k) => (
                <i key={k} style={{ background: `var(--q-${k})` }} />
              ))}
            </span>{' '}
            its limit
          </span>
          <span>
            <i className="gpu">
              <i className="nodata" />
            </i>{' '}
            no data
          </span>
        </span>
      }
    >
      <div className="scroll-x">
        <table className="t first-kept">
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">Servers and GPUs</th>
              <th scope="col" className="r">
                Running
              </th>
              <th scope="col" className="r">
                Waiting
              </th>
              <th scope="col" className="r" title="Time to first token, 95th percentile over the last 5 min">
                TTFT p95
              </th>
              <th scope="col" className="r" title="Output tokens per second and GPU">
                Tok/s/GPU
              </th>
              <th scope="col" className="r" title="How much more load fits before the first limit">
                Headroom
              </th>
            </tr>
          </thead>
          <tbody>
            {fleet.rows.map((row) => (
              <FleetLine key={row.model} row={row} dense={cells > MOST_CELLS} fleet={fleet} />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function FleetLine({
  row,
  dense,
  fleet,
}: {
  readonly row: FleetRow;
  readonly dense: boolean;
  readonly fleet: Fleet;
}): ReactNode {
  const { href } = useView();
  const servers = fleet.servers > MOST_SERVERS ? row.servers.slice(0, SHOWN_SERVERS) : row.servers;
  const path = `/models/${encodeURIComponent(row.model)}`;
  return (
    <tr>
      <td>
        <span className="st">
          <Glyph state={row.state} word />
          <Link className="med ink" href={href(path)}>
            {row.model}
          </Link>
        </span>
        <div className="muted tiny eng">{row.engine ?? 'seen in client spans only'}</div>
      </td>
      <td>
        <div className="srvs">
          {servers.map((server) => (
            <ServerCells key={server.instance} server={server} dense={dense} />
          ))}
          {servers.length < row.servers.length && (
            <Link className="tiny" href={href(path)}>
              all {row.servers.length}
            </Link>
          )}
        </div>
      </td>
      <Cell value={row.running} write={formatRounded} />
      <td className={`r ${row.waiting !== null && row.waiting > 0 ? 'warn med' : ''}`}>
        {row.waiting === null ? <Unknown /> : formatRounded(row.waiting)}
      </td>
      <td className={`r ${row.ttftState === 'bad' ? 'bad med' : row.ttftState === 'warn' ? 'warn med' : ''}`}>
        {row.ttftP95Seconds === null ? <Unknown /> : formatSeconds(row.ttftP95Seconds)}
      </td>
      <Cell value={row.tokensPerSecondPerGpu} write={formatRounded} />
      <td className={`r ${row.headroom !== null && row.headroom < 0 ? 'bad med' : ''}`}>
        {row.headroom === null ? <Unknown /> : formatPercent(row.headroom)}
      </td>
    </tr>
  );
}

function ServerCells({ server, dense }: { readonly server: FleetServer; readonly dense: boolean }): ReactNode {
  const { href } = useView();
  return (
    <Link
      className="srv"
      href={href(`/servers/${encodeURIComponent(server.instance)}`)}
      title={server.up === false ? `${server.instance} does not answer` : server.instance}
    >
      <span className={dense ? 'gpu strip' : 'gpu'}>
        {server.cells.map((cell) => (
          <i
            key={cell.name}
            role="img"
            className={cell.nearness === null ? 'nodata' : cell.overLimit ? 'over' : ''}
            style={cell.nearness === null ? undefined : { background: `var(${laneColor(cell.nearness)})` }}
            title={cellTitle(cell)}
            aria-label={cellTitle(cell)}
          />
        ))}
      </span>
      {server.name}
      {server.up === false && <span className="bad">down</span>}
    </Link>
  );
}

function cellTitle(cell: FleetCell): string {
  if (cell.nearness === null) return `${cell.name}: no data`;
  const resource = cell.resource === null ? '' : ` ${RESOURCES[cell.resource] ?? cell.resource}`;
  return `${cell.name}:${resource} ${formatValue(cell.value, cell.unit)}${cell.overLimit ? ', over its limit' : ''}`;
}

function Cell({
  value,
  write,
}: {
  readonly value: number | null;
  readonly write: (value: number) => string;
}): ReactNode {
  return <td className="r">{value === null ? <Unknown /> : write(value)}</td>;
}

function Unknown(): ReactNode {
  return <span className="muted">unknown</span>;
}
