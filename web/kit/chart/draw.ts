/** What uPlot does not draw by itself: layers, lanes, broken limits, events, exemplars. Canvas pixels throughout. */
import uPlot from 'uplot';
import type { Marker } from '../../../src/serve/sonde/contract.ts';
import { formatValue } from '../format.ts';
import { cssColor } from './colors.ts';
import { laneColor, stackLayers, type PlotModel } from './model.ts';

export const LANE_HEIGHT = 14;
export const LANE_GAP = 2;

export const FONT = '"Inter Variable", Inter, ui-sans-serif, system-ui, sans-serif';

/** What else a plot may draw besides its model. */
export interface Extras {
  readonly markers: readonly Marker[];
  /** Stretch to shade lightly, as the time of a trace; milliseconds. */
  readonly shade: { readonly fromMs: number; readonly toMs: number } | undefined;
  /** Points after this are not complete yet; milliseconds. */
  readonly completeUpToMs: number | undefined;
}

/** Under the curves: shading, and the layers of a stack. */
export function drawUnder(u: uPlot, model: PlotModel, extras: Extras): void {
  const { ctx, bbox } = u;
  ctx.save();
  clip(u);
  if (extras.shade !== undefined) {
    const from = x(u, extras.shade.fromMs / 1000);
    const width = Math.max(2 * uPlot.pxRatio, x(u, extras.shade.toMs / 1000) - from);
    ctx.fillStyle = cssColor('--bad-soft');
    ctx.fillRect(from, bbox.top, width, bbox.height);
  }
  if (model.breaches.length > 0) {
    ctx.globalAlpha = 0.75;
    ctx.fillStyle = cssColor('--bad-soft');
    for (const breach of model.breaches) {
      const from = x(u, breach.fromUnixMs / 1000);
      ctx.fillRect(from, bbox.top, x(u, breach.toUnixMs / 1000) - from, bbox.height);
    }
    ctx.globalAlpha = 1;
  }
  if (model.lanes.length > 0) drawLanes(u, model);
  else if (model.stacked && model.series[0]?.form === 'layer') drawLayers(u, model);
  else if (model.series.some((s) => s.form === 'bars')) drawBars(u, model);
  ctx.restore();
}

/** Over the curves: events, the limit, the unfinished last point, exemplars. */
export function drawOver(u: uPlot, model: PlotModel, extras: Extras): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  ctx.save();
  clip(u);
  ctx.lineWidth = ratio;
  ctx.strokeStyle = cssColor('--ink-3');
  ctx.setLineDash([ratio, 3 * ratio]);
  for (const marker of extras.markers) {
    const at = Math.round(x(u, marker.unixMs / 1000)) + 0.5;
    line(ctx, at, bbox.top, at, bbox.top + bbox.height);
  }
  ctx.restore();
  if (model.limit !== undefined) drawLimit(u, model);
  if (model.lanes.length > 0) drawLaneTexts(u, model);
  ctx.save();
  drawUnfinished(u, model, extras);
  for (const exemplar of model.exemplars) {
    const cx = x(u, exemplar.unixMs / 1000);
    const cy = u.valToPos(exemplar.value, 'y', true);
    if (cx < bbox.left || cx > bbox.left + bbox.width) continue;
    const r = 4 * ratio;
    ctx.beginPath();
    ctx.moveTo(cx, cy - r);
    ctx.lineTo(cx + r, cy);
    ctx.lineTo(cx, cy + r);
    ctx.lineTo(cx - r, cy);
    ctx.closePath();
    ctx.fillStyle = cssColor('--surface');
    ctx.strokeStyle = cssColor(exemplar.overLimit ? '--bad-mark' : '--ink-2');
    ctx.lineWidth = 1.4 * ratio;
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

function drawLayers(u: uPlot, model: PlotModel): void {
  const { ctx } = u;
  const layers = stackLayers(model.series);
  const zero = model.t.map(() => 0);
  ctx.lineWidth = 0.75 * uPlot.pxRatio;
  ctx.strokeStyle = cssColor('--surface');
  layers.forEach((tops, i) => {
    const bottoms = i === 0 ? zero : (layers[i - 1] ?? zero);
    ctx.fillStyle = cssColor(model.series[i]?.color ?? '--c-other');
    for (const [from, to] of runs(tops)) {
      ctx.beginPath();
      for (let k = from; k <= to; k += 1) ctx.lineTo(x(u, model.t[k] ?? 0), y(u, tops[k] ?? 0));
      for (let k = to; k >= from; k -= 1) ctx.lineTo(x(u, model.t[k] ?? 0), y(u, bottoms[k] ?? 0));
      ctx.closePath();
      ctx.fill();
      ctx.stroke();
    }
  });
}

function drawBars(u: uPlot, model: PlotModel): void {
  const { ctx, bbox } = u;
  const layers = model.stacked ? stackLayers(model.series) : model.series.map((s) => s.values);
  const stepS = (model.t[1] ?? 0) - (model.t[0] ?? 0);
  const scale = u.scales['x'];
  const width = (bbox.width * stepS) / Math.max(1, (scale?.max ?? 1) - (scale?.min ?? 0)) || 4;
  const gap = width > 3 * uPlot.pxRatio ? uPlot.pxRatio : 0;
  layers.forEach((tops, i) => {
    ctx.fillStyle = cssColor(model.series[i]?.color ?? '--c-other');
    tops.forEach((top, k) => {
      if (top === null || top === 0) return;
      const bottom = model.stacked && i > 0 ? (layers[i - 1]?.[k] ?? 0) : 0;
      const upper = y(u, top);
      ctx.fillRect(
        x(u, model.t[k] ?? 0) - width + gap / 2,
        upper,
        Math.max(1, width - gap),
        Math.max(0, y(u, bottom) - upper),
      );
    });
  });
}

function drawLanes(u: uPlot, model: PlotModel): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  const height = LANE_HEIGHT * ratio;
  const stepS = (model.t[1] ?? 0) - (model.t[0] ?? 0);
  model.lanes.forEach((lane, row) => {
    const top = bbox.top + row * (LANE_HEIGHT + LANE_GAP) * ratio;
    lane.nearness.forEach((nearness, i) => {
      const to = x(u, model.t[i] ?? 0);
      ctx.fillStyle = cssColor(laneColor(nearness));
      ctx.fillRect(x(u, (model.t[i] ?? 0) - stepS), top, to - x(u, (model.t[i] ?? 0) - stepS) + 0.5, height);
    });
    outlineBreaches(u, lane.nearness, model.t, top, height);
  });
}

function drawLaneTexts(u: uPlot, model: PlotModel): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.textBaseline = 'middle';
  model.lanes.forEach((lane, row) => {
    const middle = bbox.top + (row * (LANE_HEIGHT + LANE_GAP) + LANE_HEIGHT / 2 + 0.5) * ratio;
    ctx.font = `${10.5 * ratio}px ${FONT}`;
    ctx.fillStyle = cssColor('--ink-2');
    ctx.textAlign = 'right';
    ctx.fillText(lane.label, bbox.left - 6 * ratio, middle);
    const last = lane.nearness.findLast((v) => v !== null) ?? 0;
    ctx.font = `600 ${10.5 * ratio}px ${FONT}`;
    ctx.fillStyle = cssColor(last > 0.45 ? '--on-q-high' : '--on-q-low');
    ctx.strokeStyle = cssColor(laneColor(last));
    ctx.lineWidth = 3 * ratio;
    ctx.lineJoin = 'round';
    ctx.strokeText(lane.end, bbox.left + bbox.width - 4 * ratio, middle);
    ctx.fillText(lane.end, bbox.left + bbox.width - 4 * ratio, middle);
  });
  ctx.restore();
}

function outlineBreaches(
  u: uPlot,
  nearness: readonly (number | null)[],
  t: readonly number[],
  top: number,
  height: number,
): void {
  const { ctx } = u;
  const stepS = (t[1] ?? 0) - (t[0] ?? 0);
  const over = nearness.map((v) => (v !== null && v > 1 ? v : null));
  ctx.strokeStyle = cssColor('--bad-mark');
  ctx.lineWidth = 1.5 * uPlot.pxRatio;
  for (const [from, to] of runs(over)) {
    const left = x(u, (t[from] ?? 0) - stepS);
    ctx.strokeRect(left + 1, top + 1, x(u, t[to] ?? 0) - left - 2, height - 2);
  }
}

function drawLimit(u: uPlot, model: PlotModel): void {
  const { ctx, bbox } = u;
  const limit = model.limit;
  if (limit === undefined) return;
  const ratio = uPlot.pxRatio;
  const at = Math.round(y(u, limit.value)) + 0.5;
  if (at < bbox.top || at > bbox.top + bbox.height) return;
  ctx.save();
  ctx.strokeStyle = cssColor('--bad-mark');
  ctx.lineWidth = ratio;
  ctx.setLineDash([5 * ratio, 3 * ratio]);
  line(ctx, bbox.left, at, bbox.left + bbox.width, at);
  ctx.setLineDash([]);
  ctx.font = `560 ${10.5 * ratio}px ${FONT}`;
  const below = at - 14 * ratio < bbox.top;
  ctx.textAlign = 'left';
  ctx.textBaseline = below ? 'top' : 'bottom';
  ctx.lineWidth = 3 * ratio;
  ctx.strokeStyle = cssColor('--surface');
  ctx.fillStyle = cssColor('--bad');
  ctx.lineJoin = 'round';
  const left = bbox.left + 4 * ratio;
  const top = below ? at + 3 * ratio : at - 2 * ratio;
  const words = `${limit.label} ${formatValue(limit.value, limit.unit)}`;
  ctx.strokeText(words, left, top);
  ctx.fillText(words, left, top);
  ctx.restore();
}

function drawUnfinished(u: uPlot, model: PlotModel, { completeUpToMs }: Extras): void {
  if (completeUpToMs === undefined || model.stacked) return;
  const { ctx } = u;
  for (const one of model.series) {
    if (one.form !== 'line' && one.form !== 'area') continue;
    const k = one.values.findLastIndex((v) => v !== null);
    const t = model.t[k];
    if (t === undefined || t * 1000 <= completeUpToMs) continue;
    ctx.beginPath();
    ctx.arc(x(u, t), y(u, one.values[k] ?? 0), 2.5 * uPlot.pxRatio, 0, 2 * Math.PI);
    ctx.fillStyle = cssColor('--surface');
    ctx.strokeStyle = cssColor(one.color);
    ctx.lineWidth = 1.4 * uPlot.pxRatio;
    ctx.fill();
    ctx.stroke();
  }
}

/** First and last index of each stretch without a gap. */
function* runs(values: readonly (number | null)[]): Generator<readonly [number, number]> {
  let from = -1;
  for (let i = 0; i <= values.length; i += 1) {
    const there = i < values.length && values[i] !== null && values[i] !== undefined;
    if (there && from < 0) from = i;
    if (!there && from >= 0) {
      yield [from, i - 1];
      from = -1;
    }
  }
}

function x(u: uPlot, seconds: number): number {
  return u.valToPos(seconds, 'x', true);
}

function y(u: uPlot, value: number): number {
  return u.valToPos(value, 'y', true);
}

function line(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}

function clip({ ctx, bbox }: uPlot): void {
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top - 1, bbox.width, bbox.height + 2);
  ctx.clip();
}
