/** Explore metrics: PromQL in, chart and table out. Traces and logs have pages of their own. */
import { lazy, Suspense, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Exemplar, Unit } from '../../../src/serve/sonde/contract.ts';
import { asCurves, queryExemplars, queryRange, unitOfQuery, type RangeAnswer } from '../../api/prometheus.ts';
import { navigate } from '../../app/location.ts';
import { stepSeconds } from '../../app/time-range.ts';
import { useData } from '../../app/use-data.ts';
import { useView } from '../../app/view.tsx';
import { Chart } from '../../kit/chart/chart.tsx';
import { formatCount, formatSeconds, plural } from '../../kit/format.ts';
import { Glyph } from '../../kit/icons.tsx';
import { Segments } from '../../kit/segments.tsx';
import { Failed, Loads, Strip } from '../../kit/states.tsx';
import { MetricList } from './metric-list.tsx';
import { SeriesTable } from './series-table.tsx';
import './explore.css';

const Editor = lazy(async () => ({ default: (await import('./editor.tsx')).Editor }));
const HEIGHT = 312;
const POINTS = 240;
const MOST_EXEMPLARS = 60;

const UNIT_CHOICES: readonly { readonly value: Unit; readonly label: string }[] = [
  { value: 'count', label: 'numbers' },
  { value: 's', label: 'seconds' },
  { value: 'ratio', label: 'percent' },
  { value: 'bytes', label: 'bytes' },
  { value: 'tokens/s', label: 'tokens/s' },
  { value: 'usd', label: 'US dollars' },
];

export function Explore(): ReactNode {
  const { own, setOwn, range, href, track } = useView();
  const query = own['q'] ?? '';
  const [draft, setDraft] = useState(query);
  const stepS = stepSeconds(range, POINTS);
  const answer = useData(query === '' ? undefined : `${query} ${range.fromMs} ${range.toMs}`, (signal) =>
    track(queryRange(query, range, stepS, signal)),
  );
  const quantile = /histogram_quantile/.test(query);
  const exemplars = useData(quantile ? `exemplars ${query} ${range.fromMs} ${range.toMs}` : undefined, (signal) =>
    queryExemplars(query, range, signal),
  );
  useEffect(() => setDraft(query), [query]);

  const signal = own['signal'];
  useEffect(() => {
    if (signal === 'traces' || signal === 'logs') navigate(href(`/${signal}`), 'replace');
  }, [signal, href]);

  const run = (text: string) => {
    if (text.trim() === query) answer.retry();
    else setOwn({ q: text.trim() });
  };
  const running = answer.startedMs !== undefined && query !== '';
  return (
    <>
      <h1 className="vh">Explore</h1>
      <section className="panel qb" aria-label="Query">
        <div className="row">
          <Segments<'metrics' | 'traces' | 'logs'>
            label="Signal"
            value="metrics"
            onChoose={(value) => value !== 'metrics' && navigate(href(`/${value}`))}
            choices={[
              { value: 'metrics', label: 'Metrics' },
              { value: 'traces', label: 'Traces' },
              { value: 'logs', label: 'Logs' },
            ]}
          />
          <span className="grow" />
          {draft.trim() !== query && <span className="small muted">edited, not run</span>}
          {running ? (
            <button className="btn" onClick={answer.cancel}>
              Stop <span className="k">Esc</span>
            </button>
          ) : (
            <button className="btn primary" onClick={() => run(draft)} disabled={draft.trim() === ''}>
              Run <span style={{ opacity: 0.8 }}>Ctrl Enter</span>
            </button>
          )}
        </div>
        <Suspense fallback={<div className="editor skeleton" />}>
          <Editor
            query={query}
            problem={draft.trim() === query ? answer.problem : undefined}
            onChange={setDraft}
            onRun={run}
            onCancel={answer.cancel}
          />
        </Suspense>
        {answer.problem !== undefined && answer.data !== undefined && <Fault answer={answer} />}
      </section>
      {query === '' ? (
        <MetricList />
      ) : answer.problem !== undefined && answer.startedMs === undefined ? (
        <section className="panel">
          <Failed problem={answer.problem} retry={answer.retry} height={200} />
        </section>
      ) : (
        <Loads from={answer} height={HEIGHT + 200}>
          {(data) => <Answer data={data} query={query} exemplars={exemplars.data ?? []} />}
        </Loads>
      )}
    </>
  );
}

function Fault({
  answer,
}: {
  readonly answer: { readonly problem: { readonly message: string; readonly where: string | null } | undefined };
}): ReactNode {
  return (
    <div className="note bad">
      <Glyph state="bad" />
      <span>
        {answer.problem?.where} {answer.problem?.message}
      </span>
    </div>
  );
}

function Answer({
  data,
  query,
  exemplars,
}: {
  readonly data: RangeAnswer;
  readonly query: string;
  readonly exemplars: readonly Exemplar[];
}): ReactNode {
  const { own, setOwn } = useView();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => setHidden(new Set()), [query]);
  const guessed = useMemo(() => unitOfQuery(query), [query]);
  const unit = UNIT_CHOICES.find((choice) => choice.value === own['unit'])?.value ?? guessed;
  const curves = useMemo(() => asCurves(data.series), [data]);
  const chart = useMemo(
    () => ({
      kind: 'line' as const,
      unit,
      series: curves.filter((one) => !hidden.has(one.name)),
      limit: null,
      breaches: [],
      exemplars: strided(exemplars),
      query,
    }),
    [curves, hidden, unit, exemplars, query],
  );
  return (
    <>
      <div className="honest">
        <span>
          <b className="med">{formatCount(data.series.length)}</b> series, {formatCount(data.samples)} points in{' '}
          {formatSeconds(data.tookMs / 1000)}
        </span>
        {data.infos.map((info) => (
          <span key={info} className="muted">
            {info}
          </span>
        ))}
        {exemplars.length > MOST_EXEMPLARS && (
          <span className="muted">
            {MOST_EXEMPLARS} of {formatCount(exemplars.length)} exemplars shown
          </span>
        )}
      </div>
      {data.warnings.map((warning) => (
        <Strip key={warning}>{warning}</Strip>
      ))}
      {data.series.length === 0 ? (
        <section className="panel">
          <div className="state" style={{ minHeight: 200 }}>
            <b>No series match in this range</b>
            <span>Check the name and the labels, or widen the range.</span>
            <button className="btn" onClick={() => setOwn({ q: undefined })}>
              See which metrics there are
            </button>
          </div>
        </section>
      ) : (
        <>
          <section className="panel" aria-label="Chart">
            <header>
              <h2>Over time</h2>
              <span className="sub">
                {plural(data.series.length, 'series', 'series')}; drag to zoom, click a point for the ways on
              </span>
              <span className="end">
                <label className="small muted">
                  as{' '}
                  <select
                    className="btn"
                    value={unit}
                    onChange={(event) =>
                      setOwn({ unit: event.target.value === guessed ? undefined : event.target.value }, 'replace')
                    }
                  >
                    {UNIT_CHOICES.map((choice) => (
                      <option key={choice.value} value={choice.value}>
                        {choice.label}
                      </option>
                    ))}
                    {UNIT_CHOICES.every((choice) => choice.value !== unit) && <option value={unit}>{unit}</option>}
                  </select>
                </label>
              </span>
            </header>
            <div className="body">
              <Chart
                label={`Result of ${query}`}
                chart={chart}
                t={data.t}
                height={HEIGHT}
                padLeft={64}
                syncKey="explore"
              />
            </div>
          </section>
          <SeriesTable data={data} curves={curves} unit={unit} hidden={hidden} setHidden={setHidden} />
        </>
      )}
    </>
  );
}

function strided(exemplars: readonly Exemplar[]): Exemplar[] {
  const stride = Math.ceil(exemplars.length / MOST_EXEMPLARS);
  return stride <= 1 ? [...exemplars] : exemplars.filter((_, i) => i % stride === 0);
}
