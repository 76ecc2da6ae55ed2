import { useMemo, type ReactNode } from 'react';
import type { ErrorBody, Figure, Marker, OverviewRow } from '../../../src/serve/sonde/contract.ts';
import { isFailed } from '../../api/client.ts';
import type { Range } from '../../app/time-range.ts';
import { useView } from '../../app/view.tsx';
import { Chart } from '../../kit/chart/chart.tsx';
import { chartModel } from '../../kit/chart/model.ts';
import { FigureText } from '../../kit/figure.tsx';
import { formatValue } from '../../kit/format.ts';
import { Glyph, STATE_CLASS } from '../../kit/icons.tsx';
import { Link } from '../../kit/link.tsx';
import { Meter } from '../../kit/meter.tsx';
import { Sentence, withShared } from '../../kit/sentence.tsx';
import { Failed, Nothing, Strip } from '../../kit/states.tsx';
import { PAD_LEFT } from './marker-lane.tsx';

const HEIGHT = 78;
const MOST_SUB_FIGURES = 2;
const AXIS = 18;
const LANE = 16;

/** Counts of what the words beside them name: `64 waiting`. */
const COUNTED: ReadonlySet<Figure['unit']> = new Set(['requests', 'records', 'series', 'count', 'tokens']);

/** Where the title of each answer leads. */
const PATHS: Readonly<Record<OverviewRow['question'], string>> = {
  experience: '/traces',
  time: '/traces',
  saturation: '/models',
  cost: '/models',
  safety: '/safety',
};

export interface AnswerRowProps {
  readonly row: OverviewRow | ErrorBody;
  readonly t: readonly number[];
  readonly range: Range;
  readonly markers: readonly Marker[];
  readonly completeUpToMs: number;
  /** The last row carries the labels of the shared axis. */
  readonly timeAxis: boolean;
  readonly notApplied: readonly { readonly filter: string; readonly reason: string }[];
  readonly retry: () => void;
}

/** One of the five answers: figure, trend, limit, explanation. */
export function AnswerRow(props: AnswerRowProps): ReactNode {
  const { row } = props;
  if (isFailed(row)) {
    return (
      <div style={{ gridColumn: '1 / -1' }}>
        <Failed problem={row.error} retry={props.retry} />
      </div>
    );
  }
  return <Answer {...props} row={row} />;
}

function Answer({
  row,
  t,
  range,
  markers,
  completeUpToMs,
  timeAxis,
  notApplied,
}: AnswerRowProps & { readonly row: OverviewRow }): ReactNode {
  const { href } = useView();
  const { chart, lanes, empty, figure, budget, explanation, state } = row;
  const height = (lanes.length > 0 ? Math.max(48, lanes.length * LANE + 14) : HEIGHT) + (timeAxis ? AXIS : 0);
  const missing = [...row.partial, ...notApplied.map((n) => `${n.filter}: ${n.reason}`)];
  return (
    <>
      <div className="c1">
        <h2>
          <Glyph state={state} word />
          <Link href={href(PATHS[row.question])}>{row.title}</Link>
        </h2>
        <p>{row.ask}</p>
      </div>
      <div className="c2" title={row.basisText}>
        <FigureText
          value={figure.value}
          unit={figure.unit}
          state={state}
          {...(row.question === 'time' ? { after: splitWhat(figure)[0] } : {})}
        />
        <div className="what">{row.question === 'time' ? splitWhat(figure)[1] : figure.what}</div>
        {row.subFigures.length > 0 && (
          <div className="mini">
            {worstFirst(row.subFigures).map((sub, i, all) => (
              <SubFigure key={sub.what} figure={sub} last={i === all.length - 1} />
            ))}
          </div>
        )}
      </div>
      <div className="c3">
        {empty !== null && chart === null && lanes.length === 0 ? (
          <Nothing empty={empty} height={height} />
        ) : (
          <Chart
            label={`${row.title}: ${figure.what}`}
            {...(chart === null ? {} : { chart })}
            {...(lanes.length === 0 ? {} : { lanes })}
            t={t}
            range={range}
            height={height}
            padLeft={PAD_LEFT}
            timeAxis={timeAxis}
            markers={markers}
            completeUpToMs={completeUpToMs}
            state={state}
            syncKey="overview"
          />
        )}
      </div>
      <div className="c4">
        {budget !== null && (
          <>
            <div className="small">
              <Sentence parts={budget.parts} state={budget.state} />
            </div>
            {budget.fill !== null && <Meter fill={budget.fill} tick={budget.tick} state={budget.state} />}
            {budget.note.length > 0 && chart?.kind !== 'stacked' && (
              <div className="mini">
                <Sentence parts={budget.note} state={budget.state} />
              </div>
            )}
          </>
        )}
        {chart !== null && chart.kind === 'stacked' && <PhaseLegend row={row} t={t} />}
      </div>
      <div className="c5">
        {explanation !== null && (
          <>
            {explanation.href === null ? (
              <span className="why">
                <Sentence parts={explanation.parts} />
              </span>
            ) : (
              <Link className="why" href={withShared(explanation.href, href)}>
                <Sentence parts={explanation.parts} plainSubjects />
              </Link>
            )}
            {explanation.note.length > 0 && (
              <div className="mini">
                <Sentence parts={explanation.note} />
              </div>
            )}
          </>
        )}
        {explanation === null && <div className="mini">{row.basisText}</div>}
      </div>
      {missing.length > 0 && (
        <div className="part">
          <Strip>{missing.join(' · ')}</Strip>
        </div>
      )}
    </>
  );
}

/** The figures beside the large one: those that break a limit first, then in the server's order. */
function worstFirst(figures: readonly Figure[]): readonly Figure[] {
  const rank = { bad: 0, warn: 1, ok: 2, unknown: 3 } as const;
  return [...figures].sort((a, b) => rank[a.state] - rank[b.state]).slice(0, MOST_SUB_FIGURES);
}

function SubFigure({ figure, last }: { readonly figure: Figure; readonly last: boolean }): ReactNode {
  const counts = COUNTED.has(figure.unit);
  const each = figure.unit === 'tokens/request' && figure.what.includes('token');
  const text = `${formatValue(figure.value, counts || each ? 'count' : figure.unit)}${each && figure.value !== null ? ' a request' : ''}`;
  const tone = figure.state === 'bad' || figure.state === 'warn' ? STATE_CLASS[figure.state] : undefined;
  return (
    <>
      <span className="sub-figure">
        {!counts && `${figure.what} `}
        {tone === undefined ? text : <b className={tone}>{text}</b>}
        {counts && ` ${figure.what}`}
        {!last && ' ·'}
      </span>{' '}
    </>
  );
}

/** "in queue, of the mean request": the words before "of" stand beside the figure, the rest below it. */
function splitWhat(figure: Figure): readonly [string, string] {
  const at = figure.what.search(/,? of /);
  return at < 0 ? ['', figure.what] : [figure.what.slice(0, at), figure.what.slice(at).replace(/^,? /, '')];
}

function PhaseLegend({ row, t }: { readonly row: OverviewRow; readonly t: readonly number[] }): ReactNode {
  const model = useMemo(() => (row.chart === null ? undefined : chartModel(row.chart, t, HEIGHT)), [row.chart, t]);
  return (
    <div className="legend">
      {model?.series.map((one) => (
        <span key={one.name}>
          <i className="sw" style={{ background: `var(${one.color})` }} />
          {one.name}
        </span>
      ))}
    </div>
  );
}
