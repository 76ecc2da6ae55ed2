/** A uPlot canvas kept in step with its model. Loaded apart from the pages: only pages with charts pay for it. */
import { useEffect, useRef, type ReactNode } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Exemplar, Marker } from '../../../src/serve/sonde/contract.ts';
import { onThemeChange } from '../../app/theme.ts';
import type { Range } from '../../app/time-range.ts';
import {
  cutMiddle,
  formatClock,
  formatDayClock,
  formatSecondsClock,
  formatTime,
  formatValue,
  type Zone,
} from '../format.ts';
import { cssColor } from './colors.ts';
import { drawOver, drawUnder, FONT, type Extras } from './draw.ts';
import { readoutAt, stackLayers, timeTicks, type PlotModel } from './model.ts';
import { hideTip, showTip, type TipLine } from './tip.ts';

/** A stretch the reader selected, with its place in the plot for the menu beside it. */
export interface Selection {
  readonly fromMs: number;
  readonly toMs: number;
  /** CSS pixels from the plot's left edge. */
  readonly leftPx: number;
  /** The same as a share of the plot's width, 0..1. */
  readonly leftShare: number;
  readonly exemplar: Exemplar | undefined;
  /** With an exemplar: its minute's logs are wanted, not the trace. */
  readonly logs: boolean;
}

/** What a chart asks of its plot from outside: the keyboard. */
export interface PlotHandle {
  /** Moves the crosshair by steps; tells what stands there. */
  readonly step: (by: number) => string;
  /** Grows the selection by steps. */
  readonly select: (by: number) => void;
  readonly choose: () => void;
  readonly clear: () => void;
}

export interface PlotProps {
  readonly model: PlotModel;
  readonly range: Range;
  readonly height: number;
  /** Width of the label area; the same for all charts of a column, so that times align. Pixels. */
  readonly padLeft: number;
  readonly timeAxis: boolean;
  readonly zone: Zone;
  /** Charts with the same key share one crosshair and one selection. */
  readonly syncKey: string;
  readonly markers: readonly Marker[];
  readonly shade?: Extras['shade'];
  readonly completeUpToMs?: number | undefined;
  readonly onSelect: (selection: Selection | undefined) => void;
  readonly onDrag: (dragging: boolean) => void;
  readonly onZoomOut: () => void;
  readonly onHandle: (handle: PlotHandle | undefined) => void;
}

const HIT_PX = 10;

export function Plot(props: PlotProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const plot = useRef<uPlot | undefined>(undefined);
  const { model, range, height, padLeft, timeAxis, syncKey, zone, markers } = props;
  const shape = `${model.series.map((s) => `${s.form}${s.color}${s.width}`).join()}|${model.lanes.length}|${padLeft}|${timeAxis}|${syncKey}`;

  useEffect(() => {
    const node = box.current;
    if (node === null) return undefined;
    const u = new uPlot(optionsFor(latest, node.clientWidth), dataOf(latest.current.model), node);
    plot.current = u;
    const release = listen(u, latest);
    latest.current.onHandle(handleFor(u, latest));
    const resize = new ResizeObserver(() => {
      const width = node.clientWidth;
      if (width > 0 && width !== u.width) u.setSize({ width, height: latest.current.height });
    });
    resize.observe(node);
    const stopTheme = onThemeChange(() => u.redraw(false, true));
    void document.fonts.ready.then(() => plot.current === u && u.redraw(false, true));
    return () => {
      release();
      resize.disconnect();
      stopTheme();
      latest.current.onHandle(undefined);
      plot.current = undefined;
      hideTip();
      u.destroy();
    };
  }, [shape]);

  useEffect(() => {
    const u = plot.current;
    if (u === undefined) return;
    if (u.height !== height) u.setSize({ width: u.width, height });
    u.batch(() => {
      u.setData(dataOf(model), false);
      u.setScale('x', { min: range.fromMs / 1000, max: range.toMs / 1000 });
      u.setScale('y', { min: model.y.min, max: model.y.max });
    });
    u.redraw(true, true);
  }, [model, range.fromMs, range.toMs, height, zone, markers, shape]);

  return <div ref={box} className="plot" style={{ height }} />;
}

type Latest = { readonly current: PlotProps };

function optionsFor(latest: Latest, width: number): uPlot.Options {
  const { model, height, padLeft, timeAxis, syncKey, range } = latest.current;
  const lines = model.series.filter((s) => s.form === 'line' || s.form === 'area');
  const font = `10.5px ${FONT}`;
  const grid = { stroke: () => cssColor('--grid'), width: 1 };
  return {
    width: Math.max(60, width),
    height,
    padding: [9, 10, timeAxis ? 0 : 4, 0],
    legend: { show: false },
    scales: {
      x: { time: true, min: range.fromMs / 1000, max: range.toMs / 1000 },
      y: { range: () => [latest.current.model.y.min, latest.current.model.y.max] },
    },
    axes: [
      {
        size: timeAxis ? 18 : 0,
        gap: 3,
        font,
        stroke: () => cssColor('--ink-3'),
        grid,
        ticks: { show: false },
        splits: (u) => {
          const { range: now, zone } = latest.current;
          const offset = zone === 'utc' ? 0 : -new Date(now.toMs).getTimezoneOffset() * 60;
          const days = now.toMs - now.fromMs > 20 * 3_600_000;
          const width = u.bbox.width / uPlot.pxRatio;
          const edge = ((days ? 40 : 14) / Math.max(1, width)) * (now.toMs - now.fromMs);
          const ticks = timeTicks(now.fromMs / 1000, now.toMs / 1000, width, days ? 86 : 64, offset);
          return ticks.filter((t) => t * 1000 < now.toMs - edge && t * 1000 > now.fromMs + edge);
        },
        values: (_u, splits) => {
          const { range: now, zone } = latest.current;
          if (!latest.current.timeAxis) return splits.map(() => '');
          const days = now.toMs - now.fromMs > 20 * 3_600_000;
          const seconds = splits.some((s) => s % 60 !== 0);
          const write = days ? formatDayClock : seconds ? formatSecondsClock : formatClock;
          return splits.map((s) => write(s * 1000, zone));
        },
      },
      {
        size: padLeft,
        gap: 6,
        font,
        stroke: () => cssColor('--ink-3'),
        grid,
        ticks: { show: false },
        splits: () => [...latest.current.model.y.ticks],
        values: () => [...latest.current.model.y.labels],
      },
    ],
    series: [{}, ...lines.map((one) => seriesOptions(one))],
    cursor: {
      y: false,
      points: { show: false },
      sync: { key: syncKey, setSeries: false },
      drag: { x: true, y: false, setScale: false, dist: 4 },
      bind: { dblclick: () => () => (latest.current.onZoomOut(), null) },
    },
    hooks: {
      drawAxes: [(u) => drawUnder(u, latest.current.model, extrasOf(latest.current))],
      draw: [(u) => drawOver(u, latest.current.model, extrasOf(latest.current))],
    },
  };
}

function seriesOptions(one: PlotModel['series'][number]): uPlot.Series {
  return {
    label: one.name,
    stroke: () => cssColor(one.color),
    width: one.width,
    ...(one.dash === undefined ? {} : { dash: [...one.dash] }),
    ...(one.form === 'area' ? { fill: () => `color-mix(in srgb, ${cssColor(one.color)} 12%, transparent)` } : {}),
    points: { show: (u, i) => loneValues(u.data[i]), size: 4, fill: () => cssColor(one.color) },
    spanGaps: false,
  };
}

/** A value between two gaps has no line; a dot shows it. */
function loneValues(values: uPlot.AlignedData[number] | undefined): boolean {
  if (values === undefined) return false;
  let present = 0;
  for (let i = 0; i < values.length; i += 1) if (typeof values[i] === 'number') present += 1;
  return present > 0 && present < 3;
}

function dataOf(model: PlotModel): uPlot.AlignedData {
  const lines = model.series.filter((s) => s.form === 'line' || s.form === 'area');
  return [[...model.t], ...lines.map((s) => [...s.values])];
}

function extrasOf(props: PlotProps): Extras {
  return { markers: props.markers, shade: props.shade, completeUpToMs: props.completeUpToMs };
}

/** Hover, click and drag of one plot; returns the way to stop. */
function listen(u: uPlot, latest: Latest): () => void {
  let downAt: number | undefined;
  const onMove = (event: MouseEvent) => {
    const { model, zone, markers } = latest.current;
    const near = exemplarAt(u, model.exemplars, event);
    u.over.style.cursor = near === undefined ? '' : 'pointer';
    if (near !== undefined) {
      showTip(
        event.clientX,
        event.clientY,
        formatTime(near.unixMs, zone),
        [
          { name: 'value', text: formatValue(near.value, model.unit), color: undefined, strong: true },
          ...(near.service === null ? [] : [{ name: 'service', text: near.service, color: undefined, strong: false }]),
          { name: 'exemplar trace', text: cutMiddle(near.traceId), color: undefined, strong: false },
        ],
        'click opens the trace, Alt and click the logs of that minute',
      );
      return;
    }
    const index = u.cursor.idx;
    const t = index === null || index === undefined ? undefined : model.t[index];
    if (t === undefined || index === null || index === undefined) return hideTip();
    const marker = markers.find((m) => Math.abs(u.valToPos(m.unixMs / 1000, 'x') - (u.cursor.left ?? -99)) < 5);
    showTip(event.clientX, event.clientY, formatTime(t * 1000, zone), tipLines(u, model, index), marker?.title);
  };
  const onDown = (event: MouseEvent) => {
    if (event.button !== 0) return;
    downAt = event.clientX;
    latest.current.onSelect(undefined);
    clearSelections(u);
    latest.current.onDrag(true);
  };
  const onUp = (event: MouseEvent) => {
    if (downAt === undefined) return;
    const moved = Math.abs(event.clientX - downAt) >= 4;
    downAt = undefined;
    latest.current.onDrag(false);
    hideTip();
    if (moved && u.select.width > 2) latest.current.onSelect(selectionOf(u, undefined));
    else
      latest.current.onSelect(
        pointOf(u, exemplarAt(u, latest.current.model.exemplars, event), latest.current, event.altKey),
      );
  };
  u.over.addEventListener('mousemove', onMove);
  u.over.addEventListener('mouseleave', hideTip);
  u.over.addEventListener('mousedown', onDown);
  document.addEventListener('mouseup', onUp);
  return () => {
    u.over.removeEventListener('mousemove', onMove);
    u.over.removeEventListener('mouseleave', hideTip);
    u.over.removeEventListener('mousedown', onDown);
    document.removeEventListener('mouseup', onUp);
  };
}

function tipLines(u: uPlot, model: PlotModel, index: number): TipLine[] {
  const rows = readoutAt(model, index);
  const tops = model.stacked ? stackLayers(model.series) : [];
  const cursorTop = u.cursor.top ?? 0;
  const distance = (row: (typeof rows)[number], i: number) => {
    const top = model.stacked ? tops[rows.length - 1 - i]?.[index] : row.value;
    return typeof top === 'number' ? Math.abs(u.valToPos(top, 'y') - cursorTop) : Infinity;
  };
  const nearest = rows.reduce((best, row, i) => (distance(row, i) < distance(rows[best] ?? row, best) ? i : best), 0);
  return rows.map((row, i) => ({
    name: row.name,
    text: row.text,
    color: row.color,
    strong: i === nearest && rows.length > 1,
  }));
}

function handleFor(u: uPlot, latest: Latest): PlotHandle {
  const { sync } = u.cursor;
  const place = (index: number) => {
    const t = latest.current.model.t[index] ?? 0;
    u.setCursor({ left: u.valToPos(t, 'x'), top: 0 });
    for (const other of sync === undefined ? [] : uPlot.sync(sync.key ?? '').plots) {
      if (other !== u) other.setCursor({ left: other.valToPos(t, 'x'), top: 0 });
    }
  };
  let anchor: number | undefined;
  const indexNow = () => u.cursor.idx ?? latest.current.model.t.length - 1;
  const moved = (by: number) => Math.min(latest.current.model.t.length - 1, Math.max(0, indexNow() + by));
  return {
    step: (by) => {
      const index = u.cursor.idx === null || u.cursor.idx === undefined ? latest.current.model.t.length - 1 : moved(by);
      anchor = undefined;
      place(index);
      const { model, zone } = latest.current;
      const values = readoutAt(model, index).map((row) => `${row.name} ${row.text}`);
      return `${formatTime((model.t[index] ?? 0) * 1000, zone)}: ${values.join(', ')}`;
    },
    select: (by) => {
      anchor ??= indexNow();
      const index = moved(by);
      place(index);
      const from = u.valToPos(latest.current.model.t[Math.min(anchor, index)] ?? 0, 'x');
      const to = u.valToPos(latest.current.model.t[Math.max(anchor, index)] ?? 0, 'x');
      u.setSelect({ left: from, width: to - from, top: 0, height: u.over.clientHeight }, false);
      latest.current.onSelect(selectionOf(u, undefined));
    },
    choose: () => {
      const { model } = latest.current;
      const t = (model.t[indexNow()] ?? 0) * 1000;
      const step = ((model.t[1] ?? 0) - (model.t[0] ?? 0)) * 1000;
      const near = model.exemplars.find((e) => Math.abs(e.unixMs - t) <= step);
      latest.current.onSelect(pointOf(u, near, latest.current, false));
    },
    clear: () => {
      anchor = undefined;
      clearSelections(u);
      latest.current.onSelect(undefined);
    },
  };
}

function clearSelections(u: uPlot): void {
  const key = u.cursor.sync?.key;
  for (const plot of key === undefined ? [u] : uPlot.sync(key).plots) {
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }
}

function selectionOf(u: uPlot, exemplar: Exemplar | undefined): Selection {
  const { left, width } = u.select;
  return {
    fromMs: u.posToVal(left, 'x') * 1000,
    toMs: u.posToVal(left + width, 'x') * 1000,
    leftPx: left + u.bbox.left / uPlot.pxRatio,
    leftShare: left / Math.max(1, u.width),
    exemplar,
    logs: false,
  };
}

/** The minute around a point. */
function pointOf(u: uPlot, exemplar: Exemplar | undefined, { range }: PlotProps, logs: boolean): Selection | undefined {
  const left = u.cursor.left ?? -1;
  if (left < 0) return undefined;
  const at = exemplar?.unixMs ?? u.posToVal(left, 'x') * 1000;
  const half = Math.max(30_000, (range.toMs - range.fromMs) / 120);
  return {
    fromMs: at - half,
    toMs: at + half,
    leftPx: left + u.bbox.left / uPlot.pxRatio,
    leftShare: left / Math.max(1, u.width),
    exemplar,
    logs,
  };
}

function exemplarAt(u: uPlot, exemplars: readonly Exemplar[], event: MouseEvent): Exemplar | undefined {
  const rect = u.over.getBoundingClientRect();
  const px = event.clientX - rect.left;
  const py = event.clientY - rect.top;
  return exemplars.find((e) => {
    const dx = u.valToPos(e.unixMs / 1000, 'x') - px;
    const dy = u.valToPos(e.value, 'y') - py;
    return Math.abs(dx) <= HIT_PX && Math.abs(dy) <= HIT_PX;
  });
}
