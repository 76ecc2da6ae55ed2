/** Spans over time, as a tree grid: name, tokens, bar with phases, first-token line. */
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { Span, TraceResponse } from '../../../src/serve/sonde/contract.ts';
import { phaseColor } from '../../kit/chart/colors.ts';
import { formatCount, formatDollars, formatSeconds, formatTick } from '../../kit/format.ts';
import { Glyph } from '../../kit/icons.tsx';
import { spanRows, visibleWindow, type SpanRow } from './span-rows.ts';
import { offsetTicks, PART_WORDS } from './trace-facts.ts';

const ROW = 27;
const VIRTUAL_ABOVE = 500;
const VIEW = 620;
const LABEL_RIGHT_OF = 0.78;

export interface WaterfallProps {
  readonly trace: TraceResponse;
  readonly selected: number | undefined;
  readonly onSelect: (index: number) => void;
  readonly criticalOnly: boolean;
  readonly onCriticalOnly: (on: boolean) => void;
}

/** The part of the trace that is drawn; offsets in ms. */
interface Zoom {
  readonly fromMs: number;
  readonly toMs: number;
}

export function Waterfall({ trace, selected, onSelect, criticalOnly, onCriticalOnly }: WaterfallProps): ReactNode {
  const whole: Zoom = { fromMs: 0, toMs: Math.max(trace.durationMs, 0.001) };
  const [zoom, setZoom] = useState<Zoom | undefined>(undefined);
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const [scrollTop, setScrollTop] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  const view = zoom ?? whole;
  const rows = spanRows(trace.spans, folded, criticalOnly ? new Set(trace.criticalSpans) : undefined);
  const virtual = rows.length > VIRTUAL_ABOVE;
  const [from, to] = virtual ? visibleWindow(rows.length, scrollTop, VIEW, ROW) : [0, rows.length];
  const focusRow = (index: number) => grid.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus();

  useEffect(() => setZoom(undefined), [trace.traceId]);

  const fold = (index: number, on: boolean) =>
    setFolded((now) => {
      const next = new Set(now);
      if (on) next.add(index);
      else next.delete(index);
      return next;
    });

  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = rows.findIndex(
      (row) => String(row.index) === (document.activeElement as HTMLElement | null)?.dataset['index'],
    );
    const row = rows[at];
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const move = (to: number) => {
      const next = rows[Math.min(rows.length - 1, Math.max(0, to))];
      if (next === undefined) return;
      if (virtual && grid.current !== null) grid.current.scrollTop = Math.max(0, (to - 6) * ROW);
      requestAnimationFrame(() => focusRow(next.index));
    };
    switch (key) {
      case 'ArrowDown':
      case 'j':
        move(at + 1);
        break;
      case 'ArrowUp':
      case 'k':
        move(at - 1);
        break;
      case 'Home':
        move(0);
        break;
      case 'End':
        move(rows.length - 1);
        break;
      case 'ArrowLeft':
        if (row !== undefined && row.children > 0 && !row.folded) fold(row.index, true);
        else if (row !== undefined && row.span.parent !== null) focusRow(row.span.parent);
        break;
      case 'ArrowRight':
        if (row?.folded === true) fold(row.index, false);
        else move(at + 1);
        break;
      case 'Enter':
      case ' ':
        if (row !== undefined) onSelect(row.index);
        break;
      case 'z':
        if (row === undefined) return;
        setZoom(
          zoom === undefined
            ? { fromMs: row.span.offsetMs, toMs: row.span.offsetMs + Math.max(row.span.durationMs, 0.001) }
            : undefined,
        );
        break;
      case 'p':
        onCriticalOnly(!criticalOnly);
        break;
      case 'Escape':
        setZoom(undefined);
        return;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const ticks = offsetTicks(view.fromMs, view.toMs);
  return (
    <>
      {zoom !== undefined && (
        <div className="zoomed small">
          {formatSeconds(zoom.fromMs / 1000)} to {formatSeconds(zoom.toMs / 1000)} of{' '}
          {formatSeconds(trace.durationMs / 1000)}
          <button className="btn quiet" onClick={() => setZoom(undefined)}>
            Whole trace
          </button>
        </div>
      )}
      <div
        ref={grid}
        className="wf"
        role="treegrid"
        aria-label="Spans. Arrow keys move and fold, Enter opens, Z zooms, P shows the critical path only"
        aria-rowcount={rows.length}
        onKeyDown={onKey}
        style={virtual ? { maxHeight: VIEW, overflowY: 'auto' } : undefined}
        onScroll={(event) => virtual && setScrollTop(event.currentTarget.scrollTop)}
      >
        <div className="r hd" role="row">
          <div className="nm" role="columnheader">
            Span <span className="s">service</span>
          </div>
          <div className="tk" role="columnheader">
            tokens in / out
          </div>
          <div className="tl" role="columnheader" aria-label="Time">
            {ticks
              .filter((tick) => freeOf(share(tick, view), trace, view))
              .map((tick) => (
                <span
                  key={tick}
                  style={{ left: `${share(tick, view)}%` }}
                  className={tick === view.fromMs ? 'first' : ''}
                >
                  {tick === 0 ? '0' : formatTick(tick / 1000, 's', ((ticks[1] ?? 0) - (ticks[0] ?? 0)) / 1000)}
                </span>
              ))}
          </div>
        </div>
        <div
          className="rows"
          role="rowgroup"
          style={virtual ? { height: rows.length * ROW, paddingTop: from * ROW } : undefined}
        >
          {rows.slice(from, to).map((row, i) => (
            <WaterfallRow
              key={row.index}
              row={row}
              trace={trace}
              view={view}
              selected={row.index === selected}
              tabbable={selected === undefined ? from + i === 0 : row.index === selected}
              onSelect={() => onSelect(row.index)}
              onFold={() => fold(row.index, !row.folded)}
            />
          ))}
        </div>
        <Overlay trace={trace} view={view} ticks={ticks} />
      </div>
    </>
  );
}

function WaterfallRow({
  row,
  trace,
  view,
  selected,
  tabbable,
  onSelect,
  onFold,
}: {
  readonly row: SpanRow;
  readonly trace: TraceResponse;
  readonly view: Zoom;
  readonly selected: boolean;
  readonly tabbable: boolean;
  readonly onSelect: () => void;
  readonly onFold: () => void;
}): ReactNode {
  const { span, index } = row;
  const gaps = trace.gaps.filter((gap) => (gap.underSpan ?? 0) === index);
  const words = `${span.name}, ${span.service}, ${formatSeconds(span.durationMs / 1000)}${span.status === 'error' ? ', failed' : ''}`;
  return (
    <div
      className="r"
      role="row"
      tabIndex={tabbable ? 0 : -1}
      data-index={index}
      aria-level={span.depth + 1}
      aria-selected={selected}
      aria-expanded={row.children > 0 ? !row.folded : undefined}
      aria-label={words}
      onClick={onSelect}
    >
      <div className="nm" role="gridcell">
        {Array.from({ length: Math.min(span.depth, 12) }, (_, i) => (
          <span key={i} className="ind" />
        ))}
        {row.folded && (
          <button
            className="fold"
            tabIndex={-1}
            aria-label={`Unfold ${row.children}`}
            onClick={(event) => {
              event.stopPropagation();
              onFold();
            }}
          >
            +{row.children}
          </button>
        )}
        {span.status === 'error' && <Glyph state="bad" />}
        <span className={selected ? 't med' : 't'} title={span.name}>
          {span.name}
        </span>
        <span className="s">{span.service}</span>
        {span.parentMissing && <span className="tag">parent missing</span>}
        {span.clockSkewMs !== null && <span className="tag">clock +{formatSeconds(span.clockSkewMs / 1000)}</span>}
      </div>
      <div className="tk" role="gridcell">
        {tokensText(span, index === 0 ? trace.costUsd : null)}
      </div>
      <div className="tl" role="gridcell">
        <Bars span={span} view={view} thin={span.depth === 0 && trace.spans.length > 1} />
        {gaps.map((gap) => (
          <i
            key={gap.offsetMs}
            className="gap"
            title={`no span for ${formatSeconds(gap.durationMs / 1000)}`}
            style={{ left: `${share(gap.offsetMs, view)}%`, width: `${width(gap.durationMs, view)}%` }}
          >
            no span, {formatSeconds(gap.durationMs / 1000)}
          </i>
        ))}
        {span.depth > 0 || trace.spans.length === 1 ? <Duration span={span} view={view} /> : null}
      </div>
    </div>
  );
}

function Bars({ span, view, thin }: { readonly span: Span; readonly view: Zoom; readonly thin: boolean }): ReactNode {
  const phases = span.phases.filter((phase) => phase.phase !== 'whole');
  if (phases.length === 0) {
    const color = phaseColor(span.category) ?? '--c-other';
    return (
      <i
        className={thin ? 'b thin' : 'b'}
        style={{
          left: `${share(span.offsetMs, view)}%`,
          width: `${width(span.durationMs, view)}%`,
          background: `var(${color})`,
        }}
      />
    );
  }
  return phases.map((phase, i) => (
    <i
      key={`${phase.phase}${phase.offsetMs}`}
      className={`b seg ${phase.phase === 'queue' || phase.phase === 'waiting-for-first-token' ? 'queue' : ''} ${i === 0 ? 'first' : ''} ${i === phases.length - 1 ? 'last' : ''}`}
      title={`${PART_WORDS[phase.phase as keyof typeof PART_WORDS] ?? phase.phase} ${formatSeconds(phase.durationMs / 1000)}`}
      style={{
        left: `${share(phase.offsetMs, view)}%`,
        width: `${width(phase.durationMs, view)}%`,
        background: `var(${phaseColor(phase.phase) ?? '--c-other'})`,
      }}
    />
  ));
}

function Duration({ span, view }: { readonly span: Span; readonly view: Zoom }): ReactNode {
  const end = share(span.offsetMs + span.durationMs, view);
  const begin = share(span.offsetMs, view);
  if (begin > 100 || end < 0) return null;
  const atRight = end / 100 <= LABEL_RIGHT_OF;
  const place = atRight
    ? { left: `${Math.max(0, end)}%` }
    : begin > 12
      ? { right: `${100 - begin}%` }
      : { right: '0%' };
  return (
    <span className="d" style={place}>
      {formatSeconds(span.durationMs / 1000)}
    </span>
  );
}

function Overlay({
  trace,
  view,
  ticks,
}: {
  readonly trace: TraceResponse;
  readonly view: Zoom;
  readonly ticks: readonly number[];
}): ReactNode {
  const limitMs = trace.ttftLimitSeconds * 1000;
  const first = trace.firstTokenOffsetMs;
  const inside = (ms: number) => ms > view.fromMs && ms < view.toMs;
  return (
    <div className="overlay" aria-hidden="true">
      {ticks
        .filter((tick) => tick > view.fromMs)
        .map((tick) => (
          <i key={tick} className="gl" style={{ left: `${share(tick, view)}%` }} />
        ))}
      {first !== null && inside(limitMs) && (
        <>
          <i className="mark lim" style={{ left: `${share(limitMs, view)}%` }} />
          {Math.abs(share(limitMs, view) - share(first, view)) > 14 && (
            <span className="ml l2" style={{ left: `${share(limitMs, view)}%` }}>
              limit {formatSeconds(trace.ttftLimitSeconds)}
            </span>
          )}
        </>
      )}
      {first !== null && inside(first) && (
        <>
          <i className={first > limitMs ? 'mark' : 'mark fine'} style={{ left: `${share(first, view)}%` }} />
          <span
            className={first > limitMs ? 'ml' : 'ml fine'}
            style={{ left: `${Math.min(88, Math.max(12, share(first, view)))}%` }}
          >
            first token {formatSeconds(first / 1000)}
          </span>
        </>
      )}
    </div>
  );
}

const LABEL_ROOM = 11;

/** Whether a time label at `at` percent stands clear of the labels of the first token and its limit. */
function freeOf(at: number, trace: TraceResponse, view: Zoom): boolean {
  if (trace.firstTokenOffsetMs === null) return true;
  const marks = [trace.firstTokenOffsetMs, trace.ttftLimitSeconds * 1000].filter(
    (ms) => ms > view.fromMs && ms < view.toMs,
  );
  return marks.every((ms) => Math.abs(share(ms, view) - at) > LABEL_ROOM);
}

function tokensText(span: Span, rootCost: number | null): string {
  if (rootCost !== null) return formatDollars(rootCost);
  if (span.inputTokens === null && span.outputTokens === null) return '';
  const write = (value: number | null) => (value === null ? '–' : formatCount(value));
  return span.outputTokens === null
    ? write(span.inputTokens)
    : `${write(span.inputTokens)} / ${write(span.outputTokens)}`;
}

function share(offsetMs: number, { fromMs, toMs }: Zoom): number {
  return ((offsetMs - fromMs) / (toMs - fromMs)) * 100;
}

function width(durationMs: number, { fromMs, toMs }: Zoom): number {
  return (durationMs / (toMs - fromMs)) * 100;
}
