import type { ReactNode } from 'react';
import type { ErrorBody, Marker, TitledChart } from '../../src/serve/sonde/contract.ts';
import { isFailed } from '../api/client.ts';
import type { Range } from '../app/time-range.ts';
import { Chart } from './chart/chart.tsx';
import type { Extras } from './chart/draw.ts';
import { formatValue } from './format.ts';
import { STATE_CLASS } from './icons.tsx';
import { Failed } from './states.tsx';

const HEIGHT = 104;

/** A grid of small charts, each titled with its latest value, all under one crosshair. */
export function TitledCharts({
  charts,
  t,
  range,
  markers,
  shade,
  syncKey,
  height = HEIGHT,
}: {
  readonly charts: readonly (TitledChart | ErrorBody)[];
  readonly t: readonly number[];
  readonly range: Range;
  readonly markers?: readonly Marker[];
  readonly shade?: Extras['shade'];
  readonly syncKey: string;
  readonly height?: number;
}): ReactNode {
  return (
    <div className="charts">
      {charts.map((one, i) =>
        isFailed(one) ? (
          <div key={i}>
            <Failed problem={one.error} height={height} />
          </div>
        ) : (
          <div key={one.id} title={one.infos.length > 0 ? one.infos.join('\n') : undefined}>
            <h3>
              <span title={one.what}>{one.title}</span>
              <b className={one.state === 'ok' || one.state === 'unknown' ? '' : STATE_CLASS[one.state]}>
                {formatValue(one.now, one.nowUnit)}
              </b>
            </h3>
            <Chart
              label={`${one.title}: ${one.what}`}
              chart={one.chart}
              t={t}
              range={range}
              height={height}
              padLeft={46}
              {...(markers === undefined ? {} : { markers })}
              {...(shade === undefined ? {} : { shade })}
              syncKey={syncKey}
              state={one.state}
            />
          </div>
        ),
      )}
    </div>
  );
}
