/** The overview: one sentence, then five answers on one time axis, then the fleet. */
import { useEffect, type ReactNode } from 'react';
import type { OverviewResponse } from '../../../src/serve/sonde/contract.ts';
import { isFailed } from '../../api/client.ts';
import { useEndpoint } from '../../app/use-data.ts';
import { useView } from '../../app/view.tsx';
import { Failed, Loads, Strip } from '../../kit/states.tsx';
import { AnswerRow } from './answer-row.tsx';
import { FleetPanel } from './fleet-panel.tsx';
import { shorterRange } from './first-data.ts';
import { MarkerLane, PAD_LEFT } from './marker-lane.tsx';
import { VerdictPanel } from './verdict-panel.tsx';
import './overview.css';

const HEIGHT = 860;
const ORDER = ['experience', 'time', 'saturation', 'cost', 'safety'] as const;

export function Overview(): ReactNode {
  const { params, filters, setShared } = useView();
  const overview = useEndpoint('overview', { ...params, ...filters });
  const asked = new URLSearchParams(window.location.search).has('from');
  const shorter = asked || overview.data === undefined ? undefined : shorterRange(overview.data);
  useEffect(() => {
    if (shorter !== undefined) setShared({ range: { from: shorter, to: 'now' } }, 'replace');
    // Once, when the first answer shows that most of the default range is before any data.
  }, [shorter]);
  return (
    <Loads from={overview} height={HEIGHT}>
      {(data) => <Answers data={data} retry={overview.retry} />}
    </Loads>
  );
}

function Answers({ data, retry }: { readonly data: OverviewResponse; readonly retry: () => void }): ReactNode {
  const range = { fromMs: data.range.fromUnixMs, toMs: data.range.toUnixMs };
  const labels = ORDER.filter((key) => !isFailed(data.rows[key]));
  const lastWithAxis = labels.at(-1);
  return (
    <>
      {isFailed(data.verdict) ? (
        <section className="panel verdict-failed">
          <Failed problem={data.verdict.error} retry={retry} />
        </section>
      ) : (
        <VerdictPanel verdict={data.verdict} nowMs={data.range.toUnixMs} />
      )}
      <section className="panel" aria-label="The five questions, on one time axis">
        <div className="q5">
          <div className="hd c1">Question</div>
          <div className="hd c2">Now, last 5 min</div>
          <div className={data.markers.length === 0 ? 'hd c3 bare' : 'hd c3'}>
            <MarkerLane markers={data.markers} range={range} padLeft={PAD_LEFT} />
          </div>
          <div className="hd c4">Limit</div>
          <div className="hd c5">What explains it</div>
          {ORDER.map((key) => (
            <AnswerRow
              key={key}
              row={data.rows[key]}
              t={data.t}
              range={range}
              markers={data.markers}
              completeUpToMs={data.completeUpToUnixMs}
              timeAxis={key === lastWithAxis}
              notApplied={data.notApplied.filter((n) => n.row === key)}
              retry={retry}
            />
          ))}
        </div>
      </section>
      {isFailed(data.fleet) ? (
        <section className="panel fleet">
          <Strip>The fleet cannot be shown.</Strip>
          <Failed problem={data.fleet.error} retry={retry} />
        </section>
      ) : (
        <FleetPanel fleet={data.fleet} />
      )}
    </>
  );
}
