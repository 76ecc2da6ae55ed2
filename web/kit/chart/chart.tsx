/** A chart: the plot, its sentence, its numbers as a table, and the ways on from any of its points. */
import { lazy, Suspense, useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { Chart as ChartData, Lane, Marker, State } from '../../../src/serve/sonde/contract.ts';
import type { Range } from '../../app/time-range.ts';
import { useView } from '../../app/view.tsx';
import { Icon } from '../icons.tsx';
import type { Extras } from './draw.ts';
import { chartModel, chartSentence, lanesModel, type PlotModel } from './model.ts';
import { NumbersTable } from './numbers-table.tsx';
import type { PlotHandle, Selection } from './plot.tsx';
import { PointMenu } from './point-menu.tsx';

const Plot = lazy(async () => ({ default: (await import('./plot.tsx')).Plot }));
const ZOOM_LEAST_MS = 10_000;

export interface ChartProps {
  /** What it shows, with quantile and unit; begins the sentence read aloud. */
  readonly label: string;
  readonly chart?: ChartData;
  readonly lanes?: readonly Lane[];
  readonly t: readonly number[];
  /** Of the axis, when it is not the page's. */
  readonly range?: Range;
  readonly height: number;
  readonly padLeft?: number;
  readonly timeAxis?: boolean;
  readonly syncKey?: string;
  readonly markers?: readonly Marker[];
  readonly shade?: Extras['shade'];
  readonly completeUpToMs?: number;
  readonly state?: State;
}

export function Chart(props: ChartProps): ReactNode {
  const { label, chart, lanes, t, height } = props;
  const view = useView();
  const { zone, hold, setShared } = view;
  const range = props.range ?? view.range;
  const model = useMemo(
    () => (lanes === undefined ? chart && chartModel(chart, t, height) : lanesModel(lanes, t)),
    [chart, lanes, t, height],
  );
  const [asTable, setAsTable] = useState(false);
  const [selection, setSelection] = useState<Selection | undefined>(undefined);
  const [spoken, setSpoken] = useState('');
  const handle = useRef<PlotHandle | undefined>(undefined);
  const holdId = useId();
  const markers = props.markers ?? NO_MARKERS;

  useEffect(() => {
    hold(holdId, selection !== undefined);
    return () => hold(holdId, false);
  }, [selection, hold, holdId]);

  if (model === undefined) return null;
  const zoom = (fromMs: number, toMs: number) => {
    const grow = Math.max(0, ZOOM_LEAST_MS - (toMs - fromMs)) / 2;
    setShared({ range: { from: iso(fromMs - grow), to: iso(toMs + grow) }, live: false });
  };
  const zoomOut = () => {
    const half = (range.toMs - range.fromMs) / 2;
    zoom(range.fromMs - half, Math.min(Date.now(), range.toMs + half));
  };

  return (
    <figure className="chart">
      {asTable ? (
        <NumbersTable label={label} model={model} zone={zone} height={height} />
      ) : (
        <div
          className="chart-keys"
          tabIndex={0}
          role="group"
          aria-roledescription="chart"
          aria-label={chartSentence(label, model, props.state)}
          onKeyDown={(event) => handleKey(event, handle.current, setSpoken)}
        >
          <Suspense fallback={<div className="plot" style={{ height }} />}>
            <Plot
              model={model}
              range={range}
              height={height}
              padLeft={props.padLeft ?? 46}
              timeAxis={props.timeAxis ?? true}
              zone={zone}
              syncKey={props.syncKey ?? 'page'}
              markers={markers}
              shade={props.shade}
              completeUpToMs={props.completeUpToMs}
              onSelect={setSelection}
              onDrag={(dragging) => hold(`${holdId}drag`, dragging)}
              onZoomOut={zoomOut}
              onHandle={(next) => {
                handle.current = next;
              }}
            />
          </Suspense>
        </div>
      )}
      <button
        className="btn quiet icon as-table"
        aria-label={asTable ? `Show ${label} as a chart` : `Show ${label} as a table`}
        title={asTable ? 'Show the chart' : 'Show the numbers'}
        aria-pressed={asTable}
        onClick={() => setAsTable(!asTable)}
      >
        <Icon name={asTable ? 'chart' : 'table'} />
      </button>
      <span className="vh" role="status">
        {spoken}
      </span>
      {selection !== undefined && !asTable && (
        <PointMenu
          selection={selection}
          query={chart?.query ?? null}
          close={() => handle.current?.clear()}
          zoom={() => {
            handle.current?.clear();
            zoom(selection.fromMs, selection.toMs);
          }}
        />
      )}
    </figure>
  );
}

/** The legend of a chart's curves, in their order. */
export function Legend({ model }: { readonly model: PlotModel }): ReactNode {
  return (
    <div className="legend">
      {model.series.map((one) => (
        <span key={one.name}>
          <i
            className={one.form === 'line' || one.form === 'area' ? 'sw line' : 'sw'}
            style={{ background: `var(${one.color})` }}
          />
          {one.name}
        </span>
      ))}
    </div>
  );
}

const NO_MARKERS: readonly Marker[] = [];

function handleKey(event: KeyboardEvent, plot: PlotHandle | undefined, say: (text: string) => void): void {
  if (plot === undefined || event.target !== event.currentTarget) return;
  const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (by !== 0) {
    event.preventDefault();
    if (event.shiftKey) plot.select(by);
    else say(plot.step(by));
  } else if (event.key === 'Enter') {
    event.preventDefault();
    plot.choose();
  } else if (event.key === 'Escape') {
    plot.clear();
  }
}

function iso(timeMs: number): string {
  return new Date(Math.round(timeMs / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
