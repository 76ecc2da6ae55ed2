import type { ReactNode } from 'react';
import type { Chart as ChartData, ErrorBody } from '../../src/serve/sonde/contract.ts';
import { isFailed } from '../api/client.ts';
import type { Range } from '../app/time-range.ts';
import { Chart, Legend } from './chart/chart.tsx';
import { chartModel } from './chart/model.ts';
import { Failed } from './states.tsx';

const HEIGHT = 96;

/** How many there were over the range, by outcome or severity. */
export function VolumePanel({
  title,
  sub,
  chart,
  t,
  range,
}: {
  readonly title: string;
  readonly sub: ReactNode;
  readonly chart: ChartData | ErrorBody;
  readonly t: readonly number[];
  readonly range: Range;
}): ReactNode {
  return (
    <section className="panel volume" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <span className="sub">{sub}</span>
        {!isFailed(chart) && (
          <span className="end">
            <Legend model={chartModel(chart, t, HEIGHT)} />
          </span>
        )}
      </header>
      <div className="body">
        {isFailed(chart) ? (
          <Failed problem={chart.error} height={HEIGHT} />
        ) : (
          <Chart label={title} chart={chart} t={t} range={range} height={HEIGHT} padLeft={46} syncKey="volume" />
        )}
      </div>
    </section>
  );
}
