import type { ReactNode } from 'react';
import type { Marker } from '../../../src/serve/sonde/contract.ts';
import type { Range } from '../../app/time-range.ts';
import { useView } from '../../app/view.tsx';
import { formatClock } from '../../kit/format.ts';
import { Link } from '../../kit/link.tsx';
import { withShared } from '../../kit/sentence.tsx';

/** Width of the label area of all charts of the overview, so that times align; pixels. */
export const PAD_LEFT = 74;
const PAD_RIGHT = 10;
const BAD: ReadonlySet<Marker['kind']> = new Set(['restart', 'target-down']);

/** The changes Sonde saw itself, above the charts they cut through. */
export function MarkerLane({
  markers,
  range,
  padLeft,
}: {
  readonly markers: readonly Marker[];
  readonly range: Range;
  readonly padLeft: number;
}): ReactNode {
  const { zone, href } = useView();
  return (
    <div className="lane" role="list" aria-label="Changes on the time axis">
      {markers.map((marker, i) => {
        const share = (marker.unixMs - range.fromMs) / (range.toMs - range.fromMs);
        if (share < 0 || share > 1) return null;
        const title = `${formatClock(marker.unixMs, zone)} ${marker.title}${marker.detail === null ? '' : `: ${marker.detail}`}`;
        const props = {
          className: BAD.has(marker.kind) ? 'evm bad' : 'evm',
          title,
          style: { left: `calc(${padLeft}px + (100% - ${padLeft + PAD_RIGHT}px) * ${share})` },
        };
        return marker.href === null ? (
          <span key={i} role="listitem" aria-label={title} {...props}>
            {marker.letter}
          </span>
        ) : (
          <Link key={i} href={withShared(marker.href, href)} aria-label={title} {...props}>
            {marker.letter}
          </Link>
        );
      })}
    </div>
  );
}
