/** Is what is kept safe, affordable, complete? Received = kept + named losses, to the record. */
import type { ReactNode } from 'react';
import type { SafetyResponse, State } from '../../../src/serve/sonde/contract.ts';
import { isFailed } from '../../api/client.ts';
import { useEndpoint } from '../../app/use-data.ts';
import { useView } from '../../app/view.tsx';
import { Chart, Legend } from '../../kit/chart/chart.tsx';
import { chartModel } from '../../kit/chart/model.ts';
import { formatCount, formatPercent, formatRounded, rangeWords } from '../../kit/format.ts';
import { Glyph } from '../../kit/icons.tsx';
import { Meter } from '../../kit/meter.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Failed, Loads } from '../../kit/states.tsx';
import { AccountPanel } from './account-panel.tsx';
import { RulesPanel } from './rules-panel.tsx';
import { TablesPanel } from './tables-panel.tsx';
import './safety.css';

const HEIGHT = 96;

export function Safety(): ReactNode {
  const { params } = useView();
  const safety = useEndpoint('safety', params);
  return (
    <>
      <div className="page-head">
        <h1>Data safety</h1>
        <span className="sub">is what Sonde keeps safe, affordable and complete?</span>
      </div>
      <Loads from={safety} height={640}>
        {(data) => <Account data={data} retry={safety.retry} />}
      </Loads>
    </>
  );
}

function Account({ data, retry }: { readonly data: SafetyResponse; readonly retry: () => void }): ReactNode {
  const range = { fromMs: data.range.fromUnixMs, toMs: data.range.toUnixMs };
  const span = rangeWords(range.toMs - range.fromMs);
  return (
    <div className="safe">
      <div className="grid">
        <AccountPanel accounts={data.accounts} span={span} retry={retry} />
        <SeriesPanel series={data.series} retry={retry} />
        <TablesPanel tables={data.tables} retry={retry} />
      </div>
      <div className="grid">
        <Panel
          title="Kept and lost"
          sub={`records a minute, ${span}`}
          {...(isFailed(data.chart) ? {} : { end: <Legend model={chartModel(data.chart, data.t, HEIGHT)} /> })}
        >
          <div className="body">
            {isFailed(data.chart) ? (
              <Failed problem={data.chart.error} retry={retry} />
            ) : (
              <Chart
                label="Records kept and lost per minute"
                chart={data.chart}
                t={data.t}
                range={range}
                height={HEIGHT}
                padLeft={58}
                syncKey="safety"
              />
            )}
          </div>
        </Panel>
        <RulesPanel rules={data.rules} span={span} retry={retry} />
        <Policies data={data} />
      </div>
    </div>
  );
}

function Policies({ data }: { readonly data: SafetyResponse }): ReactNode {
  const states: Readonly<Record<string, State>> = { keep: 'warn' };
  return (
    <Panel title="Policies" sub="from the configuration" className="policies">
      <ul>
        {data.policies.map((policy) => (
          <li key={`${policy.name}${policy.appliesTo}`}>
            <Glyph state={states[policy.action] ?? 'ok'} word />
            <div>
              <b className="med">
                {policy.name}: {policy.action}
              </b>{' '}
              <span className="muted">{policy.appliesTo}</span>
              <p>{policy.detail}</p>
            </div>
          </li>
        ))}
        {data.tracesKeptRatio !== null && (
          <li>
            <Glyph state="ok" word />
            <div>
              <b className="med">Traces kept: {formatPercent(data.tracesKeptRatio)}</b>
              <p>
                {data.tracesKeptRatio === 1
                  ? 'There is no sampling: every trace that arrives is kept until it is too old.'
                  : 'The rest is sampled away; counts are corrected.'}
              </p>
            </div>
          </li>
        )}
      </ul>
    </Panel>
  );
}

function SeriesPanel({
  series,
  retry,
}: {
  readonly series: SafetyResponse['series'];
  readonly retry: () => void;
}): ReactNode {
  if (isFailed(series)) {
    return (
      <Panel title="Series budget">
        <Failed problem={series.error} retry={retry} />
      </Panel>
    );
  }
  const share = series.budget.value > 0 ? series.active / series.budget.value : 0;
  const metrics = series.topMetrics.slice(0, 10);
  return (
    <Panel
      title="Series budget"
      sub={`${formatRounded(series.active)} of ${formatRounded(series.budget.value)} active`}
    >
      <div className="budget">
        <Meter fill={Math.min(1, share)} tick={share > 1 ? 1 / share : null} state={series.state} />
        <div className="tiny muted">
          {share > 1
            ? `over the budget ${series.budget.configKey}`
            : `${formatRounded(Math.max(0, series.budget.value - series.active))} left`}
        </div>
      </div>
      <div className="scroll-x">
        <table className="t">
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col" className="r">
                Series
              </th>
              <th scope="col" className="r">
                Share of all
              </th>
              <th scope="col">Label with most values</th>
              <th scope="col" className="r">
                Values
              </th>
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: Math.max(metrics.length, Math.min(10, series.topLabels.length)) }, (_, i) => {
              const metric = metrics[i];
              const label = series.topLabels[i];
              return (
                <tr key={i}>
                  <td className="mono">{metric?.metric}</td>
                  <td className="r">{metric === undefined ? '' : formatCount(metric.series)}</td>
                  <td className="r muted">
                    {metric === undefined || series.active === 0 ? '' : formatPercent(metric.series / series.active)}
                  </td>
                  <td className="mono">{label?.label}</td>
                  <td className="r">{label === undefined ? '' : formatCount(label.values)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
