import type { ReactNode } from 'react';
import type { State, Unit } from '../../src/serve/sonde/contract.ts';
import { figureOf } from './format.ts';
import { STATE_CLASS } from './icons.tsx';

/** A value set large with its unit small beside it. */
export function FigureText({
  value,
  unit,
  state,
  after,
  medium,
}: {
  readonly value: number | null;
  readonly unit: Unit;
  readonly state?: State;
  /** Words behind the unit: `in queue`. */
  readonly after?: string;
  readonly medium?: boolean;
}): ReactNode {
  const tone = state === 'bad' || state === 'warn' ? STATE_CLASS[state] : '';
  const size = medium === true ? 'figure m' : 'figure';
  if (value === null || Number.isNaN(value)) {
    return (
      <div className={`${size} none`}>
        <small>no data</small>
      </div>
    );
  }
  const { value: digits, unit: word } = figureOf(value, unit);
  const tail = [word, after].filter((text) => text !== undefined && text !== '').join(' ');
  return (
    <div className={`${size} ${state === 'bad' ? tone : ''}`}>
      {digits}
      {tail !== '' && <small className={state === 'bad' ? tone : ''}>{tail}</small>}
    </div>
  );
}
