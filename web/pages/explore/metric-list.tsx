import { useState, type ReactNode } from 'react';
import { useEndpoint } from '../../app/use-data.ts';
import { useView } from '../../app/view.tsx';
import { starterQuery } from '../../frame/palette.tsx';
import { FindBox } from '../../kit/find-box.tsx';
import { formatCount } from '../../kit/format.ts';
import { Link } from '../../kit/link.tsx';
import { Panel } from '../../kit/panel.tsx';
import { moveRows } from '../../kit/row-keys.ts';
import { Loads, Nothing } from '../../kit/states.tsx';

const MOST = 200;

/** Which metrics there are, canonical ones first; shown until a query is run. */
export function MetricList(): ReactNode {
  const { params, href } = useView();
  const [asked] = useState(params);
  const [typed, setTyped] = useState('');
  const names = useEndpoint('metricNames', { ...asked, ...(typed === '' ? {} : { q: typed }), limit: MOST });
  return (
    <Panel
      title="Metrics in this range"
      sub="canonical: one name over all servers; native: as it came"
      end={<FindBox value={typed} placeholder="Part of a name" label="Find metrics" onFind={setTyped} />}
    >
      <Loads from={names} height={400}>
        {(data) =>
          data.metrics.length === 0 ? (
            <Nothing
              empty={{
                kind: typed === '' ? 'not-in-range' : 'filtered-away',
                what: 'metrics',
                lastUnixMs: null,
                filter: null,
              }}
              height={200}
            />
          ) : (
            <div className="scroll-x">
              <table className="t there first-kept" onKeyDown={moveRows}>
                <thead>
                  <tr>
                    <th scope="col">Metric</th>
                    <th scope="col">Type</th>
                    <th scope="col">Unit</th>
                    <th scope="col" className="r">
                      Series
                    </th>
                    <th scope="col">What it is</th>
                  </tr>
                </thead>
                <tbody>
                  {data.metrics.map((metric) => (
                    <tr key={metric.name}>
                      <td>
                        <Link
                          className="mono"
                          data-row
                          href={href('/explore', { q: starterQuery(metric.name, metric.type) })}
                        >
                          {metric.name}
                        </Link>{' '}
                        {metric.origin === 'canonical' && <span className="tag info">canonical</span>}
                      </td>
                      <td className="ink2">{metric.type ?? 'unknown'}</td>
                      <td className="ink2">{unitWords(metric.unit)}</td>
                      <td className="r">
                        {metric.series === null ? <span className="muted">n/a</span> : formatCount(metric.series)}
                      </td>
                      <td className="wrap muted">{metric.help ?? ''}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loads>
    </Panel>
  );
}

/** UCUM as people say it: `s` seconds, `1` nothing, `{request}` requests. */
function unitWords(unit: string | null): string {
  if (unit === null || unit === '1') return '';
  const known: Readonly<Record<string, string>> = {
    s: 'seconds',
    By: 'bytes',
    W: 'watts',
    Cel: '°C',
    J: 'joules',
    Hz: 'hertz',
    '%': 'percent',
  };
  const counted = /^\{(\w+)\}$/.exec(unit);
  return counted === null ? (known[unit] ?? unit) : `${counted[1]}s`;
}
