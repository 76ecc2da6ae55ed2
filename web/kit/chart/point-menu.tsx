import { useEffect, useRef, type ReactNode } from 'react';
import { navigate } from '../../app/location.ts';
import { useView } from '../../app/view.tsx';
import { rangeTimes } from '../../app/time-range.ts';
import { Icon } from '../icons.tsx';
import { Link } from '../link.tsx';
import type { Selection } from './plot.tsx';

/** The ways on from a point or a stretch of any chart: the same, in the same order, everywhere. */
export function PointMenu({
  selection,
  query,
  zoom,
  close,
}: {
  readonly selection: Selection;
  readonly query: string | null;
  readonly zoom: () => void;
  readonly close: () => void;
}): ReactNode {
  const { href, zone } = useView();
  const box = useRef<HTMLDivElement>(null);
  const { exemplar, fromMs, toMs } = selection;
  const iso = (timeMs: number) => new Date(Math.round(timeMs / 1000) * 1000).toISOString().replace('.000Z', 'Z');
  const range = { from: iso(fromMs), to: iso(toMs) };

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key === 'Escape') close();
    };
    const onDown = (event: PointerEvent) => {
      const target = event.target instanceof Node ? event.target : null;
      if (box.current?.contains(target) !== true) close();
    };
    document.addEventListener('keydown', onKey);
    document.addEventListener('pointerdown', onDown);
    return () => {
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('pointerdown', onDown);
    };
  }, [close]);

  useEffect(() => {
    if (exemplar === undefined) return;
    if (selection.logs) navigate(href('/logs', {}, { range }));
    else navigate(href(`/traces/${exemplar.traceId}`, { span: exemplar.spanId ?? undefined }));
    // Once for each exemplar: `href` and `range` are of the same moment.
  }, [exemplar]);
  if (exemplar !== undefined) return null;

  return (
    <div
      ref={box}
      className="point-menu"
      style={selection.leftShare < 0.5 ? { left: Math.max(0, selection.leftPx - 40) } : { right: 0 }}
      role="dialog"
      aria-label={rangeTimes({ fromMs, toMs }, zone)}
    >
      <b className="med">{rangeTimes({ fromMs, toMs }, zone)}</b>
      <button className="btn" onClick={zoom}>
        Zoom
      </button>
      <Link className="btn" href={href('/traces', {}, { range })}>
        Traces
      </Link>
      <Link className="btn" href={href('/logs', {}, { range })}>
        Logs
      </Link>
      <Link className="btn" href={href('/models', {}, { range })}>
        Servers
      </Link>
      {query !== null && (
        <Link className="btn" href={href('/explore', { q: query }, { range })}>
          Explore
        </Link>
      )}
      <button className="btn quiet icon" aria-label="Clear selection" onClick={close}>
        <Icon name="close" />
      </button>
    </div>
  );
}
