import type { ReactNode } from 'react';
import type { State } from '../../src/serve/sonde/contract.ts';
import { STATE_CLASS } from './icons.tsx';

/** How much of a limit is used. Full width is the limit, or the value when it is over, and then `tick` is the limit. */
export function Meter({ fill, tick, state }: { fill: number; tick: number | null; state: State }): ReactNode {
  return (
    <div className={`meter ${state === 'ok' ? '' : STATE_CLASS[state]}`} aria-hidden="true">
      <i style={{ width: `${Math.min(1, Math.max(0, fill)) * 100}%` }} />
      {tick !== null && tick < 1 && <u style={{ left: `${tick * 100}%` }} />}
    </div>
  );
}
